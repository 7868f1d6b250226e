"""`flask create-organiser`."""

import pytest
from flask import Flask
from sqlalchemy import select

from registration.extensions import db
from registration.models import Organiser
from registration.vocabulary import Role

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
COMMAND = ["create-organiser", "Team@Example.org", "--name", "Team", "--role", "admin", "--password-stdin"]


def test_account_is_opened_with_the_role(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=COMMAND, input="ein-gutes-passwort\n")

    assert done.exit_code == 0
    with app.app_context():
        one = db.session.scalars(select(Organiser)).one()
        assert (one.email, one.name, one.role) == ("team@example.org", "Team", Role.ADMIN)


def test_password_is_asked_for_twice(app: Flask) -> None:
    typed = "ein-gutes-passwort\nein-anderes\nein-gutes-passwort\nein-gutes-passwort\n"

    done = app.test_cli_runner().invoke(args=COMMAND[:-1], input=typed)

    assert done.exit_code == 0
    assert "ein-gutes-passwort" not in done.output


@pytest.mark.parametrize("password", ["kurz", ""])
def test_password_too_short_opens_no_account(password: str, app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=COMMAND, input=f"{password}\n")

    assert done.exit_code == 1
    with app.app_context():
        assert db.session.scalars(select(Organiser)).all() == []
