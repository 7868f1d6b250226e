"""What people need to take part well is forgotten a month after the event (L-07)."""

from datetime import timedelta

import pytest
from flask import Flask

from registration.extensions import db, one_transaction
from registration.models import Registration
from registration.services.forgetting import forget_support_needs
from tests.factories import make_session, make_workshop, sign_up
from tests.times import NOW

DAY = timedelta(days=1)


@pytest.fixture
def ada(app_context: Flask) -> Registration:
    """She has a seat in a workshop with two sessions and has told what she needs."""
    workshop = make_workshop()
    workshop.sessions.append(make_session(workshop.sessions[0].starts_local + 7 * DAY, uid="second"))
    ada = sign_up(workshop)
    with one_transaction():
        db.session.get_one(Registration, ada.id).support_needs = "Schriftdolmetschung"
    return ada


def test_support_needs_stay_until_a_month_after_the_last_session(ada: Registration) -> None:
    ends_at = ada.workshop.ends_at
    assert ends_at is not None

    assert forget_support_needs(days=30, now=NOW) == 0
    assert forget_support_needs(days=30, now=ends_at + 30 * DAY - timedelta(seconds=1)) == 0
    assert db.session.get_one(Registration, ada.id).support_needs == "Schriftdolmetschung"


def test_support_needs_are_gone_a_month_after_the_event_and_nothing_else(ada: Registration) -> None:
    ends_at = ada.workshop.ends_at
    assert ends_at is not None

    assert forget_support_needs(days=30, now=ends_at + 30 * DAY) == 1
    assert forget_support_needs(days=30, now=ends_at + 31 * DAY) == 0

    db.session.expire_all()
    assert (ada.support_needs, ada.family_name) == ("", "Lovelace")
