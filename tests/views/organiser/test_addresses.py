"""The page that puts a participant's address right."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registration.extensions import db
from registration.models import Registration
from registration.services.withdrawing import withdraw
from registration.vocabulary import MailKind, OutboxState
from tests.factories import mails, make_workshop, sign_up, submit
from tests.times import NOW
from tests.views.pages import send, words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
OLD, NEW = "ada@musterhausen.example.org", "ada@neustadt.example.org"


@pytest.fixture
def ada(app: Flask) -> str:
    """The page of somebody with a seat."""
    with app.app_context():
        return f"/organiser/registrations/{sign_up(make_workshop()).id}"


def address_of_ada(app: Flask) -> str:
    with app.app_context():
        return db.session.query(Registration).one().email


def correct(desk: FlaskClient, ada: str, typed: str, **ticked: str) -> TestResponse:
    """Send the form; the page that follows."""
    answer = send(desk, f"{ada}/address", {"email": typed, **ticked})
    return desk.get(answer.location) if answer.status_code == 303 else answer


def test_page_of_the_person_leads_there(desk: FlaskClient, ada: str) -> None:
    assert f'href="{ada}/address"' in desk.get(ada).text
    assert f"Bisher schreiben wir an {OLD}." in words(desk.get(f"{ada}/address"))


def test_spelled_address_is_changed_and_the_page_says_so(desk: FlaskClient, app: Flask, ada: str) -> None:
    page = correct(desk, ada, NEW, is_certain="y")

    assert "Die Adresse ist geändert. Die neue erhält eine E-Mail" in words(page)
    assert address_of_ada(app) == NEW


def test_without_the_tick_the_new_address_is_asked(desk: FlaskClient, app: Flask, ada: str) -> None:
    page = correct(desk, ada, NEW)

    assert "An die neue Adresse geht ein Link zum Bestätigen." in words(page)
    assert f"{NEW} (noch nicht bestätigt)" in words(page)
    assert address_of_ada(app) == OLD


def test_who_has_not_confirmed_is_asked_anew_without_a_tick(desk: FlaskClient, app: Flask) -> None:
    with app.app_context():
        ada = f"/organiser/registrations/{submit(make_workshop()).id}"
    assert "stimmt sicher" not in words(desk.get(f"{ada}/address"))

    page = correct(desk, ada, NEW)

    assert "Dorthin geht die Bitte, sie zu bestätigen." in words(page)
    with app.app_context():
        assert [mail.to_address for mail in mails(MailKind.CONFIRM_ADDRESS)] == [OLD, NEW]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "E-Mail"),
        ("jörg@example.org", "Umlaute vor dem @"),
        (OLD, "Das ist die Adresse, die wir schon haben."),
    ],
)
def test_what_is_no_new_address_is_refused_beside_the_field_and_stays_there(
    desk: FlaskClient, app: Flask, ada: str, typed: str, sentence: str
) -> None:
    page = correct(desk, ada, typed)

    assert page.status_code == 400
    assert sentence in words(page)
    assert f'value="{typed}"' in page.text
    assert address_of_ada(app) == OLD


def test_registration_that_is_over_offers_nothing_and_is_refused(
    desk: FlaskClient, app: Flask, ada: str
) -> None:
    with app.app_context():
        withdraw(int(ada.rpartition("/")[2]), now=NOW)

    assert "/address" not in desk.get(ada).text
    assert "Diese Anmeldung besteht nicht mehr." in words(correct(desk, ada, NEW))


def test_failed_mail_leads_there(desk: FlaskClient, app: Flask, ada: str) -> None:
    with app.app_context():
        message = mails(MailKind.SEAT_CERTAIN)[0]
        page = f"/organiser/mails/{message.id}"
        assert "E-Mail-Adresse ändern" not in words(desk.get(page))
        message.state = OutboxState.FAILED
        db.session.commit()

    assert f'href="{ada}/address"' in desk.get(page).text
