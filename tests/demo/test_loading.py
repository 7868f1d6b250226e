"""The demo shows every state, made by the real use cases, on both databases."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask_security import verify_password
from sqlalchemy import func, select

from registration.demo import loading
from registration.extensions import db
from registration.models import JournalEntry, Organiser, OutboxMessage, Registration, Workshop
from registration.vocabulary import OutboxState, RegistrationState, WorkshopState

SHOWN = set(RegistrationState) - {RegistrationState.SUBSTITUTED}
only_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@pytest.fixture
def demo(app_context: Flask, now: datetime) -> Flask:
    loading.load(now=now)
    return app_context


def workshop(slug: str) -> Workshop:
    return db.session.scalars(select(Workshop).where(Workshop.slug == slug)).one()


def states(slug: str) -> list[str]:
    of_workshop = Registration.workshop_id == workshop(slug).id
    return list(db.session.scalars(select(Registration.state).where(of_workshop)))


def test_demo_shows_a_registration_in_every_state(app_context: Flask, now: datetime) -> None:
    """How long it takes is measured in benchmarks/starting.py."""
    loading.load(now=now)

    assert set(db.session.scalars(select(Registration.state))) == SHOWN


@only_sqlite
def test_both_offerings_are_open_on_their_weekdays(demo: Flask, now: datetime) -> None:
    for slug, weekday in (("wissenswerkstatt", 2), ("gute-sache", 1)):
        offered = workshop(slug)
        assert offered.takes_registrations(now)
        assert offered.closes_at is not None
        assert offered.closes_at > now + timedelta(days=14)
        assert offered.first_session is not None
        assert offered.first_session.starts_local.weekday() == weekday


@only_sqlite
def test_list_shows_free_full_closed_and_past_workshops(demo: Flask, now: datetime) -> None:
    assert workshop("netzwerktreffen").is_closed(now)
    assert not workshop("netzwerktreffen").is_over(now)
    assert workshop("datenwerkstatt").state == WorkshopState.ARCHIVED
    assert Counter(states("bildungsbericht")) == {"confirmed": 4, "waiting": 3, "withdrawn": 1}


@only_sqlite
def test_every_change_of_state_stands_in_the_journal(demo: Flask) -> None:
    for one in db.session.scalars(select(Registration)):
        newest = (
            select(JournalEntry.action)
            .where(JournalEntry.registration_id == one.id)
            .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        )
        expected = "received" if one.state == RegistrationState.UNCONFIRMED else one.state
        assert db.session.scalars(newest).first() == expected


@only_sqlite
def test_no_mail_of_the_demo_is_overdue_and_all_go_to_example_addresses(demo: Flask, now: datetime) -> None:
    waiting = list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.state == OutboxState.QUEUED)))
    assert waiting
    assert {mail.next_attempt_at for mail in waiting} == {now}
    assert all(mail.to_address.endswith("example.org") for mail in waiting)


@only_sqlite
def test_organisers_can_sign_in_with_the_password_that_is_printed(demo: Flask) -> None:
    accounts = {one.email: one for one in db.session.scalars(select(Organiser))}
    assert {email: one.role.value for email, one in accounts.items()} == {
        "demo@example.org": "admin",
        "team@example.org": "organiser",
    }
    password = accounts[loading.ADMIN].password
    assert password is not None
    assert password.startswith("$argon2id$")
    assert verify_password(loading.PASSWORD, password)


@only_sqlite
def test_command_loads_an_empty_database_once(app: Flask) -> None:
    first = app.test_cli_runner().invoke(args=["demo", "load", "--if-empty"])
    second = app.test_cli_runner().invoke(args=["demo", "load", "--if-empty"])
    third = app.test_cli_runner().invoke(args=["demo", "load"])
    assert (first.exit_code, second.exit_code, third.exit_code) == (0, 0, 1)
    assert first.output == "The demo is loaded.\n"
    assert second.output == ""
    with app.app_context():
        assert db.session.scalar(select(func.count(Organiser.id))) == 2


@only_sqlite
def test_command_refuses_in_production(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.config["APP_ENV"] = "production"
    refused = app.test_cli_runner().invoke(args=["demo", "load"])
    assert refused.exit_code == 1
    assert "never in production" in refused.output
    with app.app_context():
        assert loading.is_empty()
