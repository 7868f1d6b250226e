"""What waits for the desk on the page of a person, and how it is ticked off."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration.extensions import db, one_transaction
from registration.models import JournalEntry, Registration
from registration.services.requesting_erasure import request_erasure
from registration.vocabulary import MailKind, RegistrationState, Role
from tests.factories import mails, make_workshop, sign_up
from tests.times import NOW
from tests.views.organiser.conftest import SignInAs
from tests.views.pages import hidden_fields, words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
Read = Callable[[], Registration]


@pytest.fixture
def ada(app: Flask) -> int:
    """She has a seat; Ben as well, and nothing is to be done about him."""
    with app.app_context():
        workshop = make_workshop(title="Werkstatt")
        sign_up(workshop, "ben")
        return sign_up(workshop).id


@pytest.fixture
def changed(app: Flask, ada: int) -> int:
    """She has changed her organisation, as steps/rejudging.py marks it."""
    with app.app_context(), one_transaction():
        db.session.get_one(Registration, ada).state_reason = "by_hand,changed_by_person"
    return ada


@pytest.fixture
def read(app: Flask, ada: int) -> Read:
    def read() -> Registration:
        with app.app_context():
            return db.session.get_one(Registration, ada)

    return read


def tick(desk: FlaskClient, number: int, what: str) -> str:
    page = f"/organiser/registrations/{number}"
    desk.post(f"{page}/{what}", data=hidden_fields(desk.get(page)))
    return words(desk.get(page))


def actions(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)))


def test_today_leads_to_those_who_have_changed_their_data(desk: FlaskClient, changed: int) -> None:
    page = desk.get("/organiser")
    assert "1 hat Angaben geändert: Werkstatt" in words(page)
    href = next(one for one in page.text.split('"') if one.endswith("?show=to-check"))

    listed = words(desk.get(href))

    assert "Lovelace, Ada" in listed
    assert "Bitdiddle, Ben" not in listed
    assert "1 Angaben geändert" in listed


def test_a_change_is_ticked_off_and_the_seat_stays(
    app: Flask, desk: FlaskClient, changed: int, read: Read
) -> None:
    said = tick(desk, changed, "changes-seen")

    assert "Die Änderung ist abgehakt." in said
    assert "Änderung gesehen" in said
    assert (read().state, read().reasons) == (RegistrationState.CONFIRMED, ["by_hand"])
    assert "Angaben geändert" not in words(desk.get("/organiser"))
    tick(desk, changed, "changes-seen")
    assert actions(app).count("changes_seen") == 1


def test_nobody_without_a_change_has_the_button(desk: FlaskClient, ada: int) -> None:
    assert "changes-seen" not in desk.get(f"/organiser/registrations/{ada}").text


def test_a_viewer_is_offered_neither_button(sign_in_as: SignInAs, app: Flask, changed: int) -> None:
    with app.app_context():
        request_erasure(changed, now=NOW)

    page = sign_in_as(Role.VIEWER).get(f"/organiser/registrations/{changed}").text

    assert "changes-seen" not in page
    assert "erasure-answered" not in page


def test_a_request_for_erasure_is_answered_within_a_month(
    app: Flask, desk: FlaskClient, ada: int, read: Read
) -> None:
    with app.app_context():
        request_erasure(ada, now=NOW)
    assert "Bitte um Löschung: Werkstatt" in words(desk.get("/organiser"))
    page = words(desk.get(f"/organiser/registrations/{ada}"))
    assert "Bitte antworten Sie bis Montag, 15. Februar 2027." in page

    said = tick(desk, ada, "erasure-answered")

    assert "Bitte um Löschung beantwortet" in said
    assert read().erasure_requested_at is None
    assert "Bitte um Löschung" not in words(desk.get("/organiser"))
    tick(desk, ada, "erasure-answered")
    assert actions(app).count("erasure_answered") == 1


def test_who_asks_again_after_the_answer_is_heard_again(app: Flask, desk: FlaskClient, ada: int) -> None:
    with app.app_context():
        request_erasure(ada, now=NOW)
    tick(desk, ada, "erasure-answered")

    with app.app_context():
        request_erasure(ada, now=NOW)
        assert len(mails(MailKind.ERASURE_REQUESTED)) == 2
