"""What changes about a session is told once, to everybody to whom it is new (C-06, T-11, T-13)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from registration.errors import ConcurrentEdit, NotPossible
from registration.extensions import db
from registration.mail.rendering import Rendered, render
from registration.mail.still_wanted import reason_to_skip
from registration.models import JournalEntry, OutboxMessage, Workshop
from registration.services import publishing, scheduling, telling_changes
from registration.services.confirming import confirm_address
from registration.services.planning import plan_due_mails
from registration.services.scheduling import SessionFacts
from registration.services.telling_changes import prospect
from registration.services.withdrawing import withdraw
from registration.vocabulary import MailKind, OutboxState, RegistrationState, WorkshopFormat, WorkshopState
from tests.factories import find, make_organiser, make_session, make_workshop, sign_up, submit
from tests.services.plans import DAY, HOUR, MINUTE, add_rule, fresh_mails, names, quiet, utc, wall
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
CHANGED = MailKind.WORKSHOP_CHANGED
FACTS = SessionFacts(
    starts_local=wall("2027-02-24T10:00"),
    ends_local=wall("2027-02-24T12:30"),
    dial_in_local=wall("2027-02-24T09:45"),
    room_platform="Webex",
    room_link="https://meeting.example.org/room/4711",
    room_meeting_number="2741 555 0199",
    room_password="lupine",
    room_phones="+49 69 5550 1234",
)
"""As `make_session()` writes it."""
LATER = {
    "starts_local": wall("2027-02-26T14:00"),
    "ends_local": wall("2027-02-26T16:30"),
    "dial_in_local": wall("2027-02-26T13:45"),
}
ROOM = {"room_link": "https://meeting.example.org/room/neu", "room_password": "Salbei"}


@dataclass
class Desk:
    """An organiser and her workshop."""

    workshop_id: int
    organiser_id: int

    @property
    def workshop(self) -> Workshop:
        db.session.rollback()
        return db.session.get_one(Workshop, self.workshop_id)

    def by(self, now: datetime = NOW) -> dict[str, Any]:
        return {"version": self.workshop.version, "organiser_id": self.organiser_id, "now": now}

    def change(self, now: datetime = NOW, *, session: int = 0, **facts: Any) -> None:
        session_id = self.workshop.sessions[session].id
        scheduling.change_session(self.workshop_id, session_id, replace(FACTS, **facts), **self.by(now))

    def add(self, start: str, now: datetime = NOW) -> int:
        times = {"starts_local": wall(start), "ends_local": wall(start) + 2 * HOUR, "dial_in_local": None}
        return scheduling.add_session(self.workshop_id, replace(FACTS, **times), **self.by(now))

    def remove(self, session: int, now: datetime = NOW) -> None:
        scheduling.remove_session(self.workshop_id, self.workshop.sessions[session].id, **self.by(now))

    def tell(self, now: datetime = NOW, text: str = "") -> int:
        return telling_changes.tell_changes(self.workshop_id, text=text, **self.by(now))

    def readers(self, now: datetime = NOW) -> list[str]:
        found = prospect(self.workshop, now=now)
        return [one.registration.given_name for one in found.readers] if found else []


@pytest.fixture
def desk(app_context: Flask) -> Desk:
    return Desk(make_workshop().id, make_organiser().id)


def seat(desk: Desk, name: str, now: datetime = NOW) -> None:
    sign_up(desk.workshop, name, now=now)


def letter(name: str) -> Rendered:
    """The newest mail about a change to that person, as it would leave now."""
    return render(_newest(name), now=NOW)


def _newest(name: str) -> OutboxMessage:
    return [one for one in fresh_mails(CHANGED) if one.registration.given_name == name.capitalize()][-1]


def journal(desk: Desk) -> list[JournalEntry]:
    lines = select(JournalEntry).where(JournalEntry.workshop_id == desk.workshop_id)
    return list(db.session.scalars(lines.order_by(JournalEntry.id)))


def test_who_has_a_seat_reads_the_old_and_the_new_time_and_gets_the_raised_sequence(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(**LATER)

    assert desk.tell(text="Die Referentin ist verhindert.") == 1

    mail = letter("ada")
    assert mail.subject == "Geänderter Termin: Kooperationsvereinbarungen in (bester) Form (26.02.2027)"
    assert "Bisher: Mittwoch, 24. Februar 2027, 10:00 bis 12:30\u00a0Uhr" in mail.text
    assert "Neu: Freitag, 26. Februar 2027, 14:00 bis 16:30\u00a0Uhr" in mail.text
    assert "Die Referentin ist verhindert." in mail.text
    (file,) = mail.attachments
    assert file.method == "PUBLISH"
    assert b"SEQUENCE:1\r\n" in file.content
    assert b"DTSTART;TZID=Europe/Berlin:20270226T140000\r\n" in file.content


def test_several_changes_become_one_mail(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(**LATER)
    desk.change(**LATER, **ROOM)

    desk.tell()

    (mail,) = fresh_mails(CHANGED)
    text = letter("ada").text
    assert "Bisher: Mittwoch, 24. Februar" in text
    assert "Der bisherige Link gilt nicht mehr:\nhttps://meeting.example.org/room/4711" in text
    assert "lupine" not in text
    assert mail.state is OutboxState.QUEUED


def test_what_is_taken_back_needs_no_mail_and_still_raises_the_sequence(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(**LATER)
    desk.change()

    assert desk.readers() == []
    assert desk.workshop.sessions[0].told is None
    assert desk.workshop.sessions[0].sequence == 2


def test_agenda_and_title_are_told_to_nobody(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(title="Ein anderer Name", agenda=())

    assert desk.readers() == []


def test_who_got_the_seat_after_the_change_was_told_with_it(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(NOW + HOUR, **LATER)
    seat(desk, "ben", NOW + 2 * HOUR)

    assert desk.readers() == ["Ada"]


def test_who_waits_hears_of_the_new_date_without_room_and_calendar_and_not_of_a_new_room(desk: Desk) -> None:
    with_seat = Desk(make_workshop(slug="voll", capacity=1).id, desk.organiser_id)
    seat(with_seat, "ada")
    seat(with_seat, "ben")

    with_seat.change(**ROOM)
    assert with_seat.readers() == ["Ada"]
    with_seat.change(**LATER, **ROOM)
    assert with_seat.tell() == 2

    ben = letter("ben")
    assert "Sie stehen auf der Warteliste an 1. Stelle." in ben.text
    assert "Neu: Freitag, 26. Februar 2027" in ben.text
    assert ben.attachments == []
    secrets = ("room/4711", "room/neu", "Salbei", "lupine", "2741 555 0199")
    assert [one for one in secrets if one in ben.text + ben.html + str(_newest("ben").context)] == []


def test_an_address_that_nobody_has_confirmed_gets_nothing(desk: Desk) -> None:
    submit(desk.workshop, "ada")
    desk.change(**LATER)

    assert desk.workshop.sessions[0].told is None
    with pytest.raises(NotPossible):
        desk.tell()


def test_a_seat_that_ended_before_the_mail_left_gets_no_mail(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(**LATER)
    desk.tell()

    withdraw(find(desk.workshop_id, "ada").id, now=NOW)

    assert "Stand der Anmeldung" in str(reason_to_skip(_newest("ada"), now=NOW))


def test_draft_and_past_sessions_have_nobody_to_tell(desk: Desk) -> None:
    draft = Desk(make_workshop(slug="entwurf", state=WorkshopState.DRAFT).id, desk.organiser_id)
    draft.change(**LATER)
    assert draft.workshop.sessions[0].told is None

    seat(desk, "ada")
    desk.change(utc("2027-02-25T08:00"), place="Rathaus")
    assert desk.workshop.sessions[0].told is None


def test_telling_twice_is_refused_and_writes_nothing(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(**LATER)
    seen = desk.by()
    telling_changes.tell_changes(desk.workshop_id, text="", **seen)

    with pytest.raises(NotPossible):
        telling_changes.tell_changes(desk.workshop_id, text="", **seen)

    assert len(fresh_mails(CHANGED)) == 1


def test_what_the_organiser_has_not_seen_is_not_told(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(**LATER)
    seen = desk.by()
    desk.change(**LATER, place="Rathaus")

    with pytest.raises(ConcurrentEdit):
        telling_changes.tell_changes(desk.workshop_id, text="", **seen)


def test_deciding_to_tell_nobody_stands_in_the_journal(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(place="Rathaus", room_password="Salbei")

    telling_changes.keep_quiet(desk.workshop_id, **desk.by())

    assert desk.readers() == []
    assert fresh_mails(CHANGED) == []
    assert journal(desk)[-1].action == "changes_not_told"


def test_the_journal_says_how_many_were_told_and_no_secret(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(**ROOM)
    desk.tell(text="Bitte beachten.")

    line = journal(desk)[-1]
    assert (line.action, line.details["people"], line.details["text"]) == (
        "changes_told",
        1,
        "Bitte beachten.",
    )
    assert "lupine" not in str(line.details)
    assert "Salbei" not in str(line.details)


def test_another_format_is_another_place(desk: Desk) -> None:
    seat(desk, "ada")
    one = desk.workshop
    facts = publishing.WorkshopFacts(
        title=one.title,
        format=WorkshopFormat.ON_SITE,
        contact_name=one.contact_name,
        contact_email=one.contact_email,
        deadline_on=one.deadline_on,
    )
    publishing.change(desk.workshop_id, facts, **desk.by())
    desk.tell()

    text = letter("ada").text
    assert "Ort bisher: Online (Webex)\nOrt neu: Vor Ort" in text
    assert desk.workshop.sessions[0].sequence == 1


# Sessions that come and go


@pytest.fixture
def programme(desk: Desk) -> Desk:
    starts = (wall("2027-03-26T10:00"), wall("2027-03-30T10:00"))  # the clock changes between them
    sessions = [make_session(start, uid=f"programm-{start.day}") for start in starts]
    return Desk(make_workshop(slug="programm", sessions=sessions).id, desk.organiser_id)


def test_a_new_session_is_told_and_is_in_the_file(programme: Desk) -> None:
    seat(programme, "ada")
    programme.add("2027-04-09T14:00")
    programme.tell()

    mail = letter("ada")
    assert mail.subject.startswith("Zusätzlicher Termin: ")
    assert "Wann: Freitag, 9. April 2027, 14:00 bis 16:00\u00a0Uhr" in mail.text
    assert mail.attachments[0].content.count(b"BEGIN:VEVENT") == 3


def test_a_removed_session_is_taken_out_of_calendars_by_a_file_of_its_own(programme: Desk) -> None:
    seat(programme, "ada")
    uid = programme.workshop.sessions[1].calendar_uid
    programme.remove(1)
    programme.tell()

    mail = letter("ada")
    assert mail.subject.startswith("Termin entfällt: ")
    assert "Entfällt: Dienstag, 30. März 2027, 10:00 bis 12:30\u00a0Uhr" in mail.text
    published, cancelled = mail.attachments
    assert (published.method, cancelled.method) == ("PUBLISH", "CANCEL")
    assert cancelled.content.count(b"BEGIN:VEVENT") == 1
    assert f"UID:{uid}".encode() in cancelled.content
    assert b"SEQUENCE:1\r\n" in cancelled.content
    assert uid.encode() not in published.content


def test_a_session_that_came_and_went_is_told_only_to_who_knew_it(programme: Desk) -> None:
    seat(programme, "ada")
    programme.add("2027-04-09T14:00", NOW + HOUR)
    seat(programme, "ben", NOW + 2 * HOUR)
    programme.remove(2, NOW + 3 * HOUR)

    assert programme.readers(NOW + 3 * HOUR) == ["Ben"]


def test_a_session_whose_mails_have_left_can_still_be_taken_out(programme: Desk) -> None:
    seat(programme, "ada")
    add_rule(programme.workshop, MailKind.REMINDER, -7)
    plan_due_mails(now=utc("2027-03-19T08:00"))
    (reminder,) = fresh_mails(MailKind.REMINDER)
    reminder.state, reminder.sent_at = OutboxState.SENT, utc("2027-03-19T08:00")
    db.session.commit()

    programme.remove(0, utc("2027-03-20T08:00"))

    assert len(programme.workshop.sessions) == 1


def test_calling_all_off_takes_out_what_was_removed_before_and_not_told(programme: Desk) -> None:
    seat(programme, "ada")
    programme.remove(1)
    publishing.cancel(programme.workshop_id, text="", **programme.by())

    (mail,) = fresh_mails(MailKind.WORKSHOP_CANCELLED)
    (file,) = render(mail, now=NOW).attachments
    assert file.content.count(b"BEGIN:VEVENT") == 2


# Changes upon changes


def test_who_has_not_got_the_first_mail_hears_of_both_changes_in_the_second(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(place="Rathaus", **LATER)
    desk.tell(NOW + HOUR)
    desk.change(place="Rathaus")
    desk.tell(NOW + 2 * HOUR)

    first, second = fresh_mails(CHANGED)
    assert (first.state, second.state) == (OutboxState.SKIPPED, OutboxState.QUEUED)
    assert set(second.context["sessions"].popitem()[1]) == {"format", "place", "room_platform"}


def test_who_has_got_the_first_mail_hears_the_difference_to_it(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(**LATER)
    desk.tell()
    (first,) = fresh_mails(CHANGED)
    first.state, first.sent_at = OutboxState.SENT, NOW
    db.session.commit()
    desk.change()
    desk.tell(NOW + HOUR)

    assert "Bisher: Freitag, 26. Februar 2027" in letter("ada").text


def test_a_mail_in_the_hands_of_a_worker_gives_way_to_a_later_one(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(**LATER)
    desk.tell()
    (first,) = fresh_mails(CHANGED)
    first.state, first.claim_token = OutboxState.CLAIMED, "held"
    db.session.commit()
    desk.change(**LATER, **ROOM)
    desk.tell(NOW + HOUR)

    first, second = fresh_mails(CHANGED)
    assert "neuere Änderung" in str(reason_to_skip(first, now=NOW))
    assert reason_to_skip(second, now=NOW) is None


def test_a_mail_about_what_was_taken_back_does_not_leave(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(**LATER)
    desk.tell()
    desk.change()

    assert "wieder so" in str(reason_to_skip(_newest("ada"), now=NOW))


# When it leaves


NIGHT = utc("2027-01-20T21:00")


def test_by_night_it_waits_for_the_morning(app_context: Flask, desk: Desk) -> None:
    quiet(app_context)
    seat(desk, "ada")
    desk.change(**LATER)
    desk.tell(NIGHT)

    (mail,) = fresh_mails(CHANGED)
    assert mail.next_attempt_at == utc("2027-01-21T06:00")


@pytest.mark.parametrize("start", ["2027-02-24T10:00", "2027-01-22T10:00"])
def test_shortly_before_the_old_or_the_new_start_it_leaves_at_once(
    app_context: Flask, desk: Desk, start: str
) -> None:
    quiet(app_context)
    seat(desk, "ada")
    night = utc("2027-02-22T21:00") if start.startswith("2027-02") else NIGHT
    moved = LATER if start.startswith("2027-02") else _at(start)
    desk.change(night, **moved)
    desk.tell(night)

    (mail,) = fresh_mails(CHANGED)
    assert mail.next_attempt_at == night


def _at(start: str) -> dict[str, Any]:
    return {"starts_local": wall(start), "ends_local": wall(start) + 2 * HOUR, "dial_in_local": None}


# Reminders of a moved session


@pytest.fixture
def reminding(desk: Desk) -> Desk:
    add_rule(desk.workshop, MailKind.REMINDER, -7)
    return desk


MOVE = utc("2027-01-21T15:00")
SOON = _at("2027-01-25T10:00")  # seven days before is over


def test_the_change_takes_the_place_of_a_reminder_that_is_due_as_well(reminding: Desk) -> None:
    seat(reminding, "ada")
    reminding.change(MOVE, **SOON)

    assert plan_due_mails(now=MOVE + MINUTE) == 0
    reminding.tell(MOVE + 2 * MINUTE)

    assert plan_due_mails(now=MOVE + 3 * MINUTE) == 0
    assert plan_due_mails(now=MOVE + DAY) == 0
    assert names(CHANGED) == ["Ada"]


def test_when_nobody_tells_the_change_the_reminder_does(reminding: Desk) -> None:
    seat(reminding, "ada")
    reminding.change(MOVE, **SOON)

    assert plan_due_mails(now=MOVE + timedelta(minutes=29)) == 0
    assert plan_due_mails(now=MOVE + timedelta(minutes=31)) == 1


def test_who_decides_to_tell_nobody_holds_no_reminder_back(reminding: Desk) -> None:
    seat(reminding, "ada")
    reminding.change(MOVE, **SOON)
    telling_changes.keep_quiet(reminding.workshop_id, **reminding.by(MOVE))

    assert plan_due_mails(now=MOVE + MINUTE) == 1


def test_a_reminder_of_the_new_date_comes_when_it_is_due(reminding: Desk) -> None:
    seat(reminding, "ada")
    reminding.change(MOVE, **LATER)
    reminding.tell(MOVE)

    assert plan_due_mails(now=utc("2027-02-19T08:00")) == 1
    assert names(MailKind.REMINDER) == ["Ada"]


def test_a_colleague_who_takes_the_seat_after_the_change_gets_no_mail_about_it(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(**LATER)
    newcomer = submit(desk.workshop, "ben", now=NOW)
    confirm_address(newcomer.id, now=NOW + HOUR)

    assert find(desk.workshop_id, "ben").state is RegistrationState.CONFIRMED
    assert desk.readers(NOW + HOUR) == ["Ada"]
