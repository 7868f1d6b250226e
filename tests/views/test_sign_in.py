"""Signing in and out over HTTP."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration import clock
from registration.services.signing_in import create_organiser
from registration.views.sign_in import local_path
from registration.vocabulary import Role
from tests.times import NOW
from tests.views.pages import send, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now"),
]
GOOD = {"email": "team@example.org", "password": "ein-gutes-passwort"}
WRONG = GOOD | {"password": "ein-anderes-passwort"}


@pytest.fixture(autouse=True)
def account(app: Flask, at_now: None) -> None:
    with app.app_context():
        create_organiser(GOOD["email"], name="Team", role=Role.ORGANISER, password=GOOD["password"], now=NOW)


def move_clock(monkeypatch: pytest.MonkeyPatch, to: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: to)


def test_right_password_opens_the_desk(client: FlaskClient) -> None:
    answer = send(client, "/sign-in", GOOD)

    assert (answer.status_code, answer.location) == (303, "/organiser")
    assert client.get("/organiser").status_code == 200


def test_address_may_be_typed_in_capitals_with_blanks(client: FlaskClient) -> None:
    assert send(client, "/sign-in", GOOD | {"email": " Team@Example.org "}).status_code == 303


@pytest.mark.parametrize("typed", [WRONG, GOOD | {"email": "nobody@example.org"}, GOOD | {"email": "?"}])
def test_wrong_password_and_unknown_address_get_the_same_answer(typed: dict, client: FlaskClient) -> None:
    answer = send(client, "/sign-in", typed)

    assert answer.status_code == 400
    assert "E-Mail-Adresse oder Passwort stimmt nicht." in words(answer)


def test_sign_in_without_the_token_of_the_form_is_refused(client: FlaskClient) -> None:
    assert client.post("/sign-in", data=GOOD).status_code == 400
    assert client.get("/organiser").status_code == 303


def test_after_failures_the_next_attempt_has_to_wait(client: FlaskClient) -> None:
    for _ in range(4):
        send(client, "/sign-in", WRONG)

    answer = send(client, "/sign-in", GOOD)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "2"
    assert "Bitte warten Sie 2 Sekunden." in words(answer)


def test_wait_holds_for_unknown_addresses_too(client: FlaskClient) -> None:
    for _ in range(4):
        send(client, "/sign-in", WRONG | {"email": "nobody@example.org"})

    assert send(client, "/sign-in", WRONG | {"email": "nobody@example.org"}).status_code == 429


def test_after_the_wait_the_right_password_opens_the_desk(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        send(client, "/sign-in", WRONG)
    move_clock(monkeypatch, NOW + timedelta(seconds=3))

    assert send(client, "/sign-in", GOOD).status_code == 303


def test_wait_of_one_address_does_not_stop_another(client: FlaskClient) -> None:
    for _ in range(6):
        send(client, "/sign-in", WRONG | {"email": "nobody@example.org"})

    assert send(client, "/sign-in", GOOD).status_code == 303


def test_kept_cookie_is_dead_after_signing_out(app: Flask, client: FlaskClient) -> None:
    send(client, "/sign-in", GOOD)
    kept = client.get_cookie("session").value  # type: ignore[union-attr] # signed in just above
    send(client, "/organiser", {}, to="/sign-out")

    thief = app.test_client()
    thief.set_cookie("session", kept)

    assert client.get("/organiser").status_code == 303
    assert thief.get("/organiser").status_code == 303


def test_cookie_from_before_signing_in_is_worth_nothing(app: Flask, client: FlaskClient) -> None:
    client.get("/sign-in")
    before = client.get_cookie("session").value  # type: ignore[union-attr] # the form has set it
    send(client, "/sign-in", GOOD)

    other = app.test_client()
    other.set_cookie("session", before)

    assert other.get("/organiser").status_code == 303


@pytest.mark.parametrize(
    ("later", "status"), [(timedelta(hours=7, minutes=59), 200), (timedelta(hours=8), 303)]
)
def test_idle_sign_in_ends(
    later: timedelta, status: int, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, "/sign-in", GOOD)
    move_clock(monkeypatch, NOW + later)

    assert client.get("/organiser").status_code == status


def test_sign_in_in_use_ends_after_a_week(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    send(client, "/sign-in", GOOD)
    answers = []
    for hours in range(6, 7 * 24 + 1, 6):
        move_clock(monkeypatch, NOW + timedelta(hours=hours))
        answers.append(client.get("/organiser").status_code)

    assert answers == [200] * 27 + [303]


def test_way_back_leads_to_the_page_that_was_asked_for(client: FlaskClient) -> None:
    asked = client.get("/organiser/organisations?search=Musterhausen")

    answer = send(client, asked.location, GOOD)

    assert answer.location == "/organiser/organisations?search=Musterhausen"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "////evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        " //evil.example",
        "/organiser\r\nX: y",
        "organiser",
        "",
    ],
)
def test_way_back_leads_nowhere_else(target: str) -> None:
    assert local_path(target) is None


@pytest.mark.parametrize("path", ["/login", "/logout", "/register", "/reset", "/change", "/verify"])
def test_there_is_no_other_page_of_the_sign_in_library(path: str, client: FlaskClient) -> None:
    assert client.get(path).status_code == 404
