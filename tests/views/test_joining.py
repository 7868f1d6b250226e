"""The way to the meeting room: when it opens, for whom, and what it records."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration import clock
from registration.extensions import db, one_transaction
from registration.models import Attendance, Registration, Workshop
from registration.services.withdrawing import withdraw
from registration.vocabulary import LinkPurpose, WorkshopFormat
from tests.factories import START, make_session, make_workshop, sign_up
from tests.times import NOW
from tests.views.pages import words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]
ROOM = "https://meeting.example.org/room/4711"
SECRETS = (ROOM, "2741 555 0199", "lupine", "+49 69 5550 1234")


def way_in(app: Flask, registration: Registration) -> str:
    link = registration.link(LinkPurpose.JOIN)
    assert link is not None
    return f"/join/{link.token(app.config['SECRET_KEY'])}"


def move_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def opening_of(workshop: Workshop) -> datetime:
    return workshop.sessions[0].dial_in_or_start_at


def presences() -> list[Attendance]:
    db.session.rollback()
    return list(db.session.scalars(select(Attendance)))


def test_before_the_dial_in_the_page_says_when_it_opens(app: Flask, client: FlaskClient) -> None:
    page = client.get(way_in(app, sign_up(make_workshop())))

    assert "Er öffnet am Mittwoch, 24. Februar 2027, um 09:45 Uhr (in 40 Tagen)." in words(page)
    assert not any(secret in page.text for secret in SECRETS)
    assert "<form" not in page.text


def test_at_the_dial_in_there_is_a_button_for_the_person_named_and_the_telephone_beside_it(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = make_workshop()
    address = way_in(app, sign_up(workshop))
    move_clock(monkeypatch, opening_of(workshop))

    page = client.get(address)

    assert "Die Einwahl ist offen." in words(page)
    assert "Sie nehmen teil als Ada Lovelace." in words(page)
    assert re.findall(r'<form method="(\w+)"', page.text) == ["get", "post"]
    assert all(secret in page.text for secret in SECRETS[1:])
    assert 'href="tel:+496955501234"' in page.text


def test_the_button_records_presence_and_leads_to_the_room(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = make_workshop()
    address = way_in(app, sign_up(workshop))
    move_clock(monkeypatch, opening_of(workshop))

    answer = client.post(address)

    assert (answer.status_code, answer.location) == (303, address)
    page = client.get(address)
    assert "Ihre Teilnahme ist vermerkt." in words(page)
    assert f'href="{address}/room" rel="noopener noreferrer"' in page.text
    assert client.get(f"{address}/room").location == ROOM
    assert [one.attended for one in presences()] == [True]


def test_looking_records_nothing(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop = make_workshop()
    address = way_in(app, sign_up(workshop))
    move_clock(monkeypatch, opening_of(workshop))

    for _ in range(20):
        client.head(address)
        client.get(address)

    assert presences() == []


def test_whoever_comes_later_is_led_to_the_new_room(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = make_workshop()
    address = way_in(app, sign_up(workshop))
    move_clock(monkeypatch, opening_of(workshop))
    client.post(address)

    with one_transaction():
        workshop.sessions[0].room_link = "https://meeting.example.org/room/new"

    assert client.get(f"{address}/room").location == "https://meeting.example.org/room/new"


def test_button_before_the_opening_changes_nothing(app: Flask, client: FlaskClient) -> None:
    answer = client.post(way_in(app, sign_up(make_workshop())))

    assert answer.status_code == 409
    assert "Der Zugang ist noch nicht offen." in words(answer)
    assert presences() == []


def test_without_a_seat_the_door_stays_closed_and_leads_to_a_link_to_the_registration(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = make_workshop()
    ada = sign_up(workshop)
    address = way_in(app, ada)
    withdraw(ada.id, now=NOW)
    move_clock(monkeypatch, opening_of(workshop))

    page = client.get(address)

    assert "Sie haben zurzeit keinen sicheren Platz." in words(page)
    assert 'href="/new-link"' in page.text
    assert not any(secret in page.text for secret in SECRETS)
    assert client.post(address).status_code == 409
    assert presences() == []


def test_after_the_end_the_page_says_so(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = make_workshop()
    address = way_in(app, sign_up(workshop))
    move_clock(monkeypatch, workshop.sessions[0].ends_at)

    assert "Die Veranstaltung ist vorbei." in words(client.get(address))
    assert client.post(address).status_code == 409


def test_after_the_first_session_the_page_speaks_of_the_next(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = [make_session(), make_session(START + timedelta(days=7), uid="two")]
    workshop = make_workshop(sessions=sessions)
    address = way_in(app, sign_up(workshop))
    move_clock(monkeypatch, workshop.sessions[0].ends_at)

    assert "Er öffnet am Mittwoch, 3. März 2027, um 09:45 Uhr (in 7 Tagen)." in words(client.get(address))


def test_who_dials_in_by_telephone_can_say_so(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = make_workshop(sessions=[make_session(room_link="")])
    address = way_in(app, sign_up(workshop))
    move_clock(monkeypatch, opening_of(workshop))

    assert "Ich bin dabei" in words(client.get(address))
    client.post(address)
    page = client.get(address)
    assert "Ihre Teilnahme ist vermerkt." in words(page)
    assert "Jetzt zum Meeting" not in words(page)


def test_on_site_there_is_no_button(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    place = make_session(room_link="", room_phones="", room_meeting_number="", room_password="", place="Aula")
    workshop = make_workshop(format=WorkshopFormat.ON_SITE, sessions=[place])
    address = way_in(app, sign_up(workshop))
    move_clock(monkeypatch, opening_of(workshop))

    page = client.get(address)

    assert "Wir treffen uns vor Ort. Aula" in words(page)
    assert "<button" not in page.text


def test_page_is_private(app: Flask, client: FlaskClient) -> None:
    page = client.get(way_in(app, sign_up(make_workshop())))

    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("language", ["", "/en"])
def test_way_in_that_was_forwarded_does_not_lead_to_the_registration(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    workshop = make_workshop()
    ada = sign_up(workshop)
    others = [one.token(app.config["SECRET_KEY"]) for one in ada.links if one.purpose is not LinkPurpose.JOIN]
    address = way_in(app, ada)

    for moment in (NOW, opening_of(workshop), workshop.sessions[0].ends_at):
        move_clock(monkeypatch, moment)
        page = client.get(f"{language}{address}").text
        assert not [token for token in others if token in page]
        assert "/my-registration/" not in page
        assert f'href="{language}/new-link"' in page


def test_link_of_another_purpose_does_not_open_the_door(app: Flask, client: FlaskClient) -> None:
    link = sign_up(make_workshop()).link(LinkPurpose.MANAGE)
    assert link is not None

    assert client.get(f"/join/{link.token(app.config['SECRET_KEY'])}").status_code == 404


@pytest.mark.parametrize("door", ["not_yet", "no_seat", "over"])
def test_way_to_the_room_leads_back_while_the_door_is_closed(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    workshop = make_workshop()
    ada = sign_up(workshop)
    address = way_in(app, ada)
    if door == "no_seat":
        withdraw(ada.id, now=NOW)
    moments = {"not_yet": NOW, "no_seat": opening_of(workshop), "over": workshop.sessions[0].ends_at}
    move_clock(monkeypatch, moments[door])

    answer = client.get(f"{address}/room")

    assert (answer.status_code, answer.location) == (303, address)
    assert presences() == []


def test_on_the_day_itself_the_page_says_how_long_it_takes(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = make_workshop()
    address = way_in(app, sign_up(workshop))
    move_clock(monkeypatch, opening_of(workshop) - timedelta(minutes=25))

    assert "um 09:45 Uhr (in 25 Minuten). Das Ende ist um 12:30 Uhr." in words(client.get(address))
