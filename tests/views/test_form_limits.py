"""Robots and floods: a form that comes back at once, one address, one client. Nothing typed is ever lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration.extensions import db
from registration.models import RateCount
from registration.vocabulary import RuleEffect
from tests.factories import make_organisation, make_workshop, require_agreement
from tests.times import NOW
from tests.views.pages import hidden_fields, send, title, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now"),
]
FORM = "/workshops/kooperation/register"
ADA = {"family_name": "Lovelace", "email": "ada@example.org", "organisation": "Stadt Musterhausen"}


@pytest.fixture
def hasty(make_app: Callable[..., Flask]) -> FlaskClient:
    """A client of an installation that wants two seconds."""
    app = make_app(FORM_MINIMUM_SECONDS=2)
    with app.app_context():
        make_workshop()
    return app.test_client()  # outside: what belongs to one request ends with it


def wait(monkeypatch: pytest.MonkeyPatch, **time: int) -> None:
    monkeypatch.setattr("registration.clock.now", lambda: NOW + timedelta(**time))


def test_form_that_comes_back_at_once_is_shown_again_with_what_was_typed(hasty: FlaskClient) -> None:
    page = send(hasty, FORM, ADA)

    assert page.status_code == 422
    assert title(page).startswith("Fehler: ")
    assert words(page).count("Das ging sehr schnell.") == 1
    assert 'value="Lovelace"' in page.text


def test_the_same_form_some_seconds_later_is_taken(
    hasty: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = hidden_fields(send(hasty, FORM, ADA)) | ADA
    wait(monkeypatch, seconds=2)

    assert hasty.post(FORM, data=again).status_code == 303


def test_form_that_was_open_for_twenty_hours_is_taken(
    hasty: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = hidden_fields(hasty.get(FORM)) | ADA
    wait(monkeypatch, hours=20)

    assert hasty.post(FORM, data=fields).status_code == 303


def test_form_whose_cookie_is_lost_needs_one_click_more(
    hasty: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = hidden_fields(hasty.get(FORM)) | ADA | {"note": "Bis bald"}
    hasty.delete_cookie("session")
    wait(monkeypatch, hours=20)

    page = hasty.post(FORM, data=fields)

    assert page.status_code == 422
    assert "Bis bald" in page.text
    assert hasty.post(FORM, data=fields | hidden_fields(page)).status_code == 303


def test_robot_that_has_never_seen_the_form_has_to_send_it_again(
    hasty: FlaskClient,
) -> None:
    fields = hidden_fields(hasty.get(FORM)) | ADA
    del fields["form_key"]

    assert hasty.post(FORM, data=fields).status_code == 422


def test_late_form_loses_nothing_and_can_be_sent_as_a_request(
    app_context: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_workshop(allows_late_requests=True)
    fields = hidden_fields(client.get(FORM)) | ADA | {"note": "Bis bald"}
    wait(monkeypatch, days=29)

    page = client.post(FORM, data=fields)

    assert page.status_code == 422
    assert "Anmeldeschluss war am Freitag, 12. Februar 2027." in words(page)
    assert "Anfrage nach Anmeldeschluss senden" in words(page)
    assert "Bis bald" in page.text
    late = fields | hidden_fields(page) | {"is_late_request": "yes"}
    assert client.post(FORM, data=late).status_code == 303


def test_many_registrations_of_one_client_end_in_a_page_with_contact_and_all_that_was_typed(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(REGISTRATIONS_PER_CLIENT_PER_HOUR=2)
    with app.app_context():
        make_workshop()
    client = app.test_client()
    answers = [send(client, FORM, ADA | {"email": f"{name}@example.org"}) for name in "abc"]

    assert [one.status_code for one in answers] == [303, 303, 429]
    assert "Zu viele Versuche in kurzer Zeit." in words(answers[2])
    assert "projektleitung@example.org" in words(answers[2])
    assert 'value="c@example.org"' in answers[2].text
    english = send(client, f"/en{FORM}", ADA | {"email": "d@example.org"})
    assert (english.status_code, "Too many attempts" in words(english)) == (429, True)


def test_limits_hold_over_two_processes(make_app: Callable[..., Flask]) -> None:
    first, second = (make_app(REGISTRATIONS_PER_ADDRESS_PER_HOUR=2) for _ in range(2))
    with first.app_context():
        make_workshop()
    statuses = []
    for number, app in enumerate((first, second, first, second)):
        with app.app_context():
            answer = send(app.test_client(), FORM, ADA | {"family_name": f"Lovelace {number}"})
            statuses.append(answer.status_code)

    assert statuses == [303, 303, 429, 429]


def test_refused_attempts_count_too(make_app: Callable[..., Flask]) -> None:
    app = make_app(REGISTRATIONS_PER_CLIENT_PER_HOUR=2)
    with app.app_context():
        require_agreement(make_workshop(), RuleEffect.REFUSE)
        make_organisation()
        client = app.test_client()

        assert [send(client, FORM, ADA).status_code for _ in range(3)] == [422, 422, 429]


def test_no_address_of_a_client_is_stored(app_context: Flask, client: FlaskClient) -> None:
    make_workshop()
    send(client, FORM, ADA)

    assert not [key for key in db.session.scalars(select(RateCount.key)) if "127.0.0.1" in key]
