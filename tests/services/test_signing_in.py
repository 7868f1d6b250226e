"""Accounts and sign-ins."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.models import Organiser, RateCount, SignIn
from registration.services.signing_in import (
    SignInDelayed,
    SignInRefused,
    create_organiser,
    sign_in,
    sign_out,
    signed_in,
)
from registration.vocabulary import Role
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
EMAIL, PASSWORD = "team@example.org", "ein-gutes-passwort"


@pytest.fixture
def organiser_id(app_context: Flask) -> int:
    return create_organiser(EMAIL, name="Team", role=Role.ORGANISER, password=PASSWORD, now=NOW)


def test_password_is_kept_as_argon2id_with_the_measured_cost(organiser_id: int) -> None:
    password = db.session.get_one(Organiser, organiser_id).password

    assert password is not None
    assert password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_second_account_for_an_address_is_refused(organiser_id: int) -> None:
    with pytest.raises(NotPossible):
        create_organiser("Team@Example.org", name="", role=Role.ADMIN, password=PASSWORD, now=NOW)


@pytest.mark.parametrize("password", ["elf-zeichen", "x" * 257])
def test_password_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(NotPossible):
        create_organiser(EMAIL, name="", role=Role.ADMIN, password=password, now=NOW)


def test_secret_opens_the_sign_in_and_is_not_stored(organiser_id: int) -> None:
    _, secret = sign_in(EMAIL, PASSWORD, now=NOW)

    found = signed_in(secret, now=NOW)

    assert found is not None
    assert found.id == organiser_id
    assert secret not in db.session.scalars(select(SignIn.fingerprint)).one()


def test_signing_in_again_gives_another_secret(organiser_id: int) -> None:
    assert sign_in(EMAIL, PASSWORD, now=NOW)[1] != sign_in(EMAIL, PASSWORD, now=NOW)[1]


@pytest.mark.parametrize("secret", ["", "?", "a" * 43])
def test_wrong_secret_opens_nothing(secret: str, organiser_id: int) -> None:
    assert signed_in(secret, now=NOW) is None


def test_signing_out_ends_this_sign_in_only(organiser_id: int) -> None:
    _, first = sign_in(EMAIL, PASSWORD, now=NOW)
    _, second = sign_in(EMAIL, PASSWORD, now=NOW)

    sign_out(first)

    assert signed_in(first, now=NOW) is None
    assert signed_in(second, now=NOW) is not None


def test_switched_off_account_is_signed_out_at_once(organiser_id: int) -> None:
    _, secret = sign_in(EMAIL, PASSWORD, now=NOW)
    with one_transaction():
        db.session.get_one(Organiser, organiser_id).active = False

    assert signed_in(secret, now=NOW) is None
    with pytest.raises(SignInRefused):
        sign_in(EMAIL, PASSWORD, now=NOW)


def test_use_is_noted_once_per_minute(organiser_id: int) -> None:
    _, secret = sign_in(EMAIL, PASSWORD, now=NOW)
    seen = select(SignIn.last_seen_at)

    signed_in(secret, now=NOW + timedelta(seconds=59))
    assert db.session.scalars(seen).one() == NOW
    signed_in(secret, now=NOW + timedelta(seconds=60))
    assert db.session.scalars(seen).one() == NOW + timedelta(seconds=60)


def test_wait_grows_with_every_failure(organiser_id: int) -> None:
    waits, moment = [], NOW
    for _ in range(10):
        try:
            sign_in(EMAIL, "falsch", now=moment)
        except SignInRefused:
            waits.append(0)
        except SignInDelayed as delay:
            waits.append(delay.seconds)
            moment += timedelta(seconds=delay.seconds)

    assert waits == [0, 0, 0, 0, 2, 0, 4, 0, 8, 0]


def test_success_forgets_the_failures(organiser_id: int) -> None:
    for _ in range(3):
        with pytest.raises(SignInRefused):
            sign_in(EMAIL, "falsch", now=NOW)
    sign_in(EMAIL, PASSWORD, now=NOW)
    for _ in range(4):
        with pytest.raises(SignInRefused):
            sign_in(EMAIL, "falsch", now=NOW)


def test_counters_hold_no_addresses(organiser_id: int) -> None:
    with pytest.raises(SignInRefused):
        sign_in(EMAIL, "falsch", now=NOW)

    keys = db.session.scalars(select(RateCount.key)).all()
    assert len(keys) == 2
    assert not any("example" in key for key in keys)
    assert db.session.scalar(select(func.count(SignIn.id))) == 0
