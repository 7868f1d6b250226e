"""What mails and calendar files say of a meeting room that is gone, or left over on site (C-06, M-93)."""

import pytest

from registration.mail.rendering import render
from registration.services import publishing
from registration.vocabulary import MailKind, WorkshopFormat
from tests.factories import make_organiser, make_session, make_workshop, sign_up
from tests.services.plans import HOUR, fresh_mails, wall
from tests.services.test_telling_changes import CHANGED, ROOM, Desk, desk, letter, seat
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
__all__ = ["desk"]  # the fixture
LEFT_OVER = ("room/4711", "2741 555 0199", "lupine", "5550 1234", "Einwahl", "CONFERENCE", "VALARM")


def hold(desk: Desk, meets: WorkshopFormat) -> None:
    one = desk.workshop
    facts = publishing.WorkshopFacts(
        title=one.title,
        format=meets,
        contact_name=one.contact_name,
        contact_email=one.contact_email,
        deadline_on=one.deadline_on,
    )
    publishing.change(desk.workshop_id, facts, **desk.by(NOW + HOUR))


def test_on_site_nobody_is_told_a_room_that_is_left_over(app_context: object) -> None:
    one = make_workshop(format=WorkshopFormat.ON_SITE, sessions=[make_session(place="Rathaus")])
    sign_up(one, "ada")

    (mail,) = fresh_mails(MailKind.SEAT_CERTAIN)
    written = render(mail, now=NOW)

    said = written.text + written.html + written.attachments[0].content.decode()
    assert "Rathaus" in said
    assert [word for word in LEFT_OVER if word in said] == []


def test_a_room_that_nobody_uses_on_site_is_no_news(app_context: object) -> None:
    one = make_workshop(format=WorkshopFormat.ON_SITE, sessions=[make_session(place="Rathaus")])
    on_site = Desk(one.id, make_organiser().id)
    seat(on_site, "ada")

    on_site.change(place="Rathaus", dial_in_local=wall("2027-02-24T09:30"), **ROOM)

    assert on_site.readers() == []


def test_who_will_meet_on_site_is_told_that_the_room_is_gone(desk: Desk) -> None:
    seat(desk, "ada")
    hold(desk, WorkshopFormat.ON_SITE)
    desk.tell(NOW + HOUR)

    ada = letter("ada")
    assert ada.subject.startswith("Geänderter Ort: ")
    assert "Ort bisher: Online (Webex)\nOrt neu: Vor Ort" in ada.text
    assert "Entfällt: Link, Meeting-Kennnummer, Passwort, Telefon" in ada.text
    assert "Neuer Zugang" not in ada.text


def test_only_what_there_is_now_is_told_as_new(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(NOW + HOUR, room_link=ROOM["room_link"], room_password="")
    desk.tell(NOW + HOUR)

    ada = letter("ada")
    assert "Neuer Zugang: Link\nEntfällt: Passwort\n" in ada.text
    assert ada.subject.startswith("Neuer Zugang zum Meeting: ")


def test_a_room_that_is_only_gone_is_not_called_new(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(NOW + HOUR, room_link="", room_password="")
    desk.tell(NOW + HOUR)

    ada = letter("ada")
    assert ada.subject.startswith("Bisheriger Zugang gilt nicht mehr: ")
    assert "Neuer Zugang" not in ada.text + ada.html
    assert "Entfällt: Link, Passwort" in ada.text
    assert "Entfällt: Link, Passwort" in ada.html


def test_two_files_are_called_two(desk: Desk) -> None:
    desk.add("2027-03-03T10:00")
    seat(desk, "ada", NOW + HOUR)
    desk.remove(1, NOW + 2 * HOUR)
    desk.tell(NOW + 2 * HOUR)

    ada = letter("ada")
    assert len(ada.attachments) == len(["termin.ics", "absage.ics"])
    assert "die beiden beiliegenden Kalenderdateien" in ada.text
    assert "die beiden beiliegenden Kalenderdateien" in ada.html


def test_in_english_a_session_is_cancelled_and_a_link_is_new(desk: Desk) -> None:
    desk.add("2027-03-03T10:00")
    seat(desk, "ada", NOW + HOUR)
    desk.change(NOW + 2 * HOUR, **ROOM)
    desk.remove(1, NOW + 2 * HOUR)
    desk.tell(NOW + 2 * HOUR)

    (mail,) = fresh_mails(CHANGED)
    mail.language = mail.registration.language = "en"
    said = render(mail, now=NOW).text
    assert "New access details: Link, Password" in said
    assert "delete the cancelled session" in said
