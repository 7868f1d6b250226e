"""The wall time is the truth: instants stored by older rules of time zones are corrected (T-01)."""

from datetime import UTC, datetime, timedelta

import pytest

from registration.extensions import db, one_transaction
from registration.models import Workshop, WorkshopSession
from registration.services.deriving import derive_instants
from tests.factories import make_session, make_workshop
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
HOUR = timedelta(hours=1)
OPENING = {
    "opens_local": datetime(2027, 1, 4, 9, 0),  # noqa: DTZ001 - a wall time
    "opens_at": datetime(2027, 1, 4, 8, 0, tzinfo=UTC),
}


def as_by_older_rules(shift: timedelta) -> None:
    """Store every instant as a tzdata would have that knew another offset."""
    moved = {name: getattr(WorkshopSession, name) for name in ("starts_at", "ends_at", "dial_in_at")}
    with one_transaction():
        for one in db.session.query(WorkshopSession).all():
            for name in moved:
                setattr(one, name, getattr(one, name) + shift)
        for workshop in db.session.query(Workshop).all():
            workshop.opens_at += shift
            workshop.closes_at += shift


@pytest.mark.parametrize("shift", [HOUR, -HOUR])
def test_instants_follow_the_wall_times(shift: timedelta) -> None:
    workshop = make_workshop(**OPENING)
    (session,) = workshop.sessions
    right = (
        *(session.starts_at, session.ends_at, session.dial_in_at),
        *(workshop.opens_at, workshop.closes_at),
    )
    as_by_older_rules(shift)
    version = workshop.version

    assert derive_instants(now=NOW) == 1

    db.session.expire_all()
    assert (session.starts_at, session.ends_at, session.dial_in_at) == right[:3]
    assert (workshop.opens_at, workshop.closes_at) == right[3:]
    assert (session.revision, session.sequence) == (1, 0)  # nobody has moved anything
    assert workshop.version > version  # pages that were kept are put together anew


def test_right_instants_are_left_alone() -> None:
    workshop = make_workshop(**OPENING)
    version = workshop.version

    assert derive_instants(now=NOW) == 0
    assert workshop.version == version


def test_a_start_that_an_earlier_version_stored_without_its_wall_time_is_left_alone() -> None:
    workshop = make_workshop(opens_at=OPENING["opens_at"])

    assert derive_instants(now=NOW) == 0
    assert workshop.opens_at == OPENING["opens_at"]


def test_the_second_of_two_equal_hours_stays_the_second() -> None:
    night = datetime(2027, 10, 31, 2, 30)  # noqa: DTZ001 - a wall time, which there is twice
    session = make_session(night, dial_in_local=None)
    second = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    session.starts_at, session.ends_at, session.dial_in_at = second, second + 2 * HOUR + HOUR / 2, None
    make_workshop(sessions=[session])

    assert derive_instants(now=NOW) == 0
    assert session.starts_at == second


def test_what_is_long_over_stays_as_it_was() -> None:
    workshop = make_workshop(**OPENING)
    as_by_older_rules(HOUR)

    assert derive_instants(now=workshop.ends_at + timedelta(days=3)) == 0
