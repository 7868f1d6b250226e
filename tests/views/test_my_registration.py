"""One's own registration: what it shows in which state, and what can be done there."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration.extensions import db
from registration.models import Registration
from registration.vocabulary import Decision, LinkPurpose, RegistrationState
from tests.factories import START, make_session, make_workshop, sign_up, submit
from tests.times import NOW
from tests.views.pages import send, title, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]
ROOM = ("https://meeting.example.org/room/4711", "2741 555 0199", "lupine", "+49 69 5550 1234")


def page_of(app: Flask, registration: Registration) -> str:
    link = registration.link(LinkPurpose.MANAGE)
    assert link is not None
    return f"/my-registration/{link.token(app.config['SECRET_KEY'])}"


def state(registration: Registration) -> RegistrationState:
    db.session.expire_all()
    return registration.state


def test_seat_shows_everything_that_opens_the_room(app: Flask, client: FlaskClient) -> None:
    page = client.get(page_of(app, sign_up(make_workshop())))

    assert "Ihr Platz ist sicher." in words(page)
    assert all(part in words(page) for part in ROOM)
    assert "Einwahl ab 09:45 Uhr" in words(page).replace("Einwahl ab09", "Einwahl ab 09")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"capacity": 0}, "Sie stehen auf der Warteliste an 1. Stelle."),
        ({"decision": Decision.BY_ORGANISER}, "Wir prüfen Ihre Anmeldung."),
    ],
)
def test_without_a_seat_the_room_stays_closed(
    app: Flask, client: FlaskClient, columns: dict[str, object], said: str
) -> None:
    address = page_of(app, sign_up(make_workshop(**columns)))

    page = client.get(address)

    assert said in words(page)
    assert not any(part in page.text for part in ROOM)
    assert client.get(f"{address}/calendar.ics").status_code == 404


def test_unconfirmed_person_is_asked_to_confirm(app: Flask, client: FlaskClient) -> None:
    page = client.get(page_of(app, submit(make_workshop())))

    assert "Bitte bestätigen Sie Ihre E-Mail-Adresse." in words(page)


def test_looking_changes_nothing(app: Flask, client: FlaskClient) -> None:
    ada = sign_up(make_workshop())
    address = page_of(app, ada)
    before = ada.state_changed_at

    for _ in range(20):
        client.head(address)
        client.get(address)

    assert state(ada) == RegistrationState.CONFIRMED
    assert ada.state_changed_at == before


def test_withdrawing_needs_the_choice_and_the_button(app: Flask, client: FlaskClient) -> None:
    ada = sign_up(make_workshop())
    address = page_of(app, ada)

    page = send(client, address, {}, to=f"{address}/withdrawal")

    assert page.status_code == 422
    assert title(page).startswith("Fehler: ")
    assert 'href="#decision-0"' in page.text
    assert state(ada) == RegistrationState.CONFIRMED


def test_choice_to_withdraw_is_not_preselected(app: Flask, client: FlaskClient) -> None:
    page = client.get(page_of(app, sign_up(make_workshop()))).text

    assert 'value="withdraw"' in page
    assert " checked" not in page


def test_withdrawing_leads_back_and_can_be_undone(app: Flask, client: FlaskClient) -> None:
    ada = sign_up(make_workshop())
    address = page_of(app, ada)

    answer = send(client, address, {"decision": "withdraw"}, to=f"{address}/withdrawal")

    assert (answer.status_code, answer.location) == (303, address)
    assert "Sie haben sich abgemeldet." in words(client.get(address))
    assert state(ada) == RegistrationState.WITHDRAWN
    assert send(client, address, {}, to=f"{address}/return").status_code == 422
    send(client, address, {"decision": "return"}, to=f"{address}/return")
    assert state(ada) == RegistrationState.CONFIRMED


def test_undo_is_not_offered_when_the_seat_has_gone(app: Flask, client: FlaskClient) -> None:
    workshop = make_workshop(capacity=1)
    ada = sign_up(workshop, "ada")
    sign_up(workshop, "ben")
    address = page_of(app, ada)

    send(client, address, {"decision": "withdraw"}, to=f"{address}/withdrawal")

    assert "Abmeldung zurücknehmen" not in words(client.get(address))


def test_calendar_file_of_a_seat_holds_the_room(app: Flask, client: FlaskClient) -> None:
    answer = client.get(f"{page_of(app, sign_up(make_workshop()))}/calendar.ics")

    assert answer.content_type.startswith("text/calendar")
    assert "https://meeting.example.org/room/4711" in answer.text.replace("\r\n ", "")


def test_nothing_can_be_withdrawn_after_the_end(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = sign_up(make_workshop(sessions=[make_session(START)]))
    monkeypatch.setattr("registration.clock.now", lambda: NOW + timedelta(days=60))

    page = client.get(page_of(app, ada))

    assert "Die Veranstaltung ist vorbei." in words(page)
    assert 'value="withdraw"' not in page.text


def test_wrong_link_is_not_found(client: FlaskClient) -> None:
    assert client.get("/my-registration/" + "A" * 43).status_code == 404
