"""Organisers at the desk. No application context stays open: it would remember who was signed in."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration import clock
from registration.services.signing_in import create_organiser
from registration.vocabulary import Role
from tests.times import NOW
from tests.views.pages import send

PASSWORD = "ein-gutes-passwort"
SignInAs = Callable[[Role], FlaskClient]


@pytest.fixture(autouse=True)
def at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the one clock (T-16)."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def sign_in_as(app: Flask) -> SignInAs:
    """Return a browser in which a person of that role is signed in."""

    def sign_in(role: Role) -> FlaskClient:
        email = f"{role}@example.org"
        with app.app_context():
            create_organiser(email, name=role, role=role, password=PASSWORD, now=NOW)
        browser = app.test_client()
        send(browser, "/sign-in", {"email": email, "password": PASSWORD})
        return browser

    return sign_in


@pytest.fixture
def desk(sign_in_as: SignInAs) -> FlaskClient:
    """The browser of an organiser."""
    return sign_in_as(Role.ORGANISER)
