"""The sessions of a workshop."""

from dataclasses import fields, replace
from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from registration.errors import ConcurrentEdit, NotPossible, RegistrationError
from registration.extensions import db
from registration.models import JournalEntry, Workshop, WorkshopSession
from registration.rules.wall_times import AmbiguousTime, NonExistentTime
from registration.services import publishing, scheduling
from registration.services.offering import end_due_offers
from registration.services.publishing import WorkshopFacts
from registration.services.scheduling import AgendaLine, SessionFacts
from registration.services.withdrawing import withdraw
from registration.vocabulary import RegistrationState, WorkshopState
from tests.factories import find, make_organiser, make_workshop, sign_up
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")


def wall(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, month, day, hour, minute)  # noqa: DTZ001 - a wall time


FACTS = SessionFacts(
    starts_local=wall(2, 24, 10),
    ends_local=wall(2, 24, 12, 30),
    dial_in_local=wall(2, 24, 9, 45),
    room_link="https://meeting.example.org/1",
    agenda=(AgendaLine(time(10), "Begrüßung"), AgendaLine(time(11), "Arbeit", "Team")),
)


@pytest.fixture
def by(app_context: Flask) -> dict:
    return {"organiser_id": make_organiser().id, "now": NOW}


@pytest.fixture
def workshop_id(app_context: Flask) -> int:
    return make_workshop(sessions=[], state=WorkshopState.DRAFT).id


@pytest.fixture
def session_id(workshop_id: int, by: dict) -> int:
    return scheduling.add_session(workshop_id, FACTS, version=1, **by)


def stored(session_id: int) -> WorkshopSession:
    db.session.expire_all()
    return db.session.get_one(WorkshopSession, session_id)


def test_new_session_keeps_wall_times_and_instants(session_id: int) -> None:
    one = stored(session_id)

    assert (one.starts_local, one.starts_at) == (wall(2, 24, 10), datetime(2027, 2, 24, 9, 0, tzinfo=UTC))
    assert [(item.at, item.item, item.by) for item in one.agenda] == [
        (time(10), "Begrüßung", ""),
        (time(11), "Arbeit", "Team"),
    ]
    assert (one.sequence, one.revision) == (0, 1)


@pytest.mark.parametrize(
    ("change", "sequence", "revision"),
    [
        ({}, 0, 1),
        ({"agenda": ()}, 0, 1),
        ({"ends_local": wall(2, 24, 13)}, 1, 1),
        ({"room_link": "https://meeting.example.org/2"}, 1, 1),
        ({"place": "Rathaus"}, 1, 1),
        ({"starts_local": wall(2, 24, 10, 15)}, 1, 2),
    ],
)
def test_what_calendars_show_raises_sequence_and_another_start_revision(
    change: dict, sequence: int, revision: int, workshop_id: int, session_id: int, by: dict
) -> None:
    scheduling.change_session(workshop_id, session_id, replace(FACTS, **change), version=2, **by)

    assert (stored(session_id).sequence, stored(session_id).revision) == (sequence, revision)


def test_taking_a_change_back_raises_sequence_again(workshop_id: int, session_id: int, by: dict) -> None:
    moved = replace(FACTS, place="Rathaus")
    scheduling.change_session(workshop_id, session_id, moved, version=2, **by)
    scheduling.change_session(workshop_id, session_id, FACTS, version=3, **by)

    assert stored(session_id).sequence == 2


def test_change_of_a_session_is_a_change_of_the_workshop(workshop_id: int, session_id: int, by: dict) -> None:
    assert db.session.get_one(Workshop, workshop_id).version == 2
    with pytest.raises(ConcurrentEdit):
        scheduling.change_session(workshop_id, session_id, FACTS, version=1, **by)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends_local": wall(2, 24, 10)}, "ends"),
        ({"dial_in_local": wall(2, 24, 10, 1)}, "dial_in"),
    ],
)
def test_times_follow_each_other(change: dict, field: str, workshop_id: int, by: dict) -> None:
    with pytest.raises(RegistrationError) as refusal:
        scheduling.add_session(workshop_id, replace(FACTS, **change), version=1, **by)
    assert refusal.value.field == field


def test_time_that_the_clock_jumps_over_is_refused(workshop_id: int, by: dict) -> None:
    facts = SessionFacts(starts_local=wall(3, 28, 2, 30), ends_local=wall(3, 28, 5))
    with pytest.raises(NonExistentTime):
        scheduling.add_session(workshop_id, facts, version=1, **by)


def test_time_that_happens_twice_needs_a_choice(workshop_id: int, by: dict) -> None:
    facts = SessionFacts(starts_local=wall(10, 31, 2, 30), ends_local=wall(10, 31, 5))
    with pytest.raises(AmbiguousTime):
        scheduling.add_session(workshop_id, facts, version=1, **by)

    winter = scheduling.add_session(workshop_id, replace(facts, fold=1), version=1, **by)
    assert stored(winter).starts_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_session_of_a_draft_can_be_removed(workshop_id: int, session_id: int, by: dict) -> None:
    scheduling.remove_session(workshop_id, session_id, version=2, **by)

    assert db.session.get_one(Workshop, workshop_id).sessions == []


def test_last_session_of_a_public_workshop_stays(by: dict) -> None:
    workshop = make_workshop()
    with pytest.raises(NotPossible):
        scheduling.remove_session(workshop.id, workshop.sessions[0].id, version=1, **by)


SOON = SessionFacts(starts_local=wall(1, 15, 12), ends_local=wall(1, 15, 14))


def offered(**columns: object) -> tuple[int, dict]:
    """Ben has an offer until the start: the workshop, and how its editor saves."""
    columns = {"capacity": 1, "asks_before_moving_up": True, "offer_hours": 2_000} | columns
    workshop = make_workshop(move_up_until_hours=0, **columns)
    ada, workshop_id = sign_up(workshop, "ada"), workshop.id
    sign_up(workshop, "ben")
    withdraw(ada.id, now=NOW)
    saving = {"organiser_id": make_organiser().id, "now": NOW, "version": workshop.version}
    return workshop_id, saving


def offer_end(workshop_id: int) -> datetime:
    db.session.expire_all()
    return find(workshop_id, "ben").offered_until


def test_offer_ends_with_the_start_of_a_workshop_that_is_moved_earlier(app_context: Flask) -> None:
    workshop_id, saving = offered()
    session = db.session.get_one(Workshop, workshop_id).sessions[0]

    scheduling.change_session(workshop_id, session.id, SOON, **saving)

    start = datetime(2027, 1, 15, 11, 0, tzinfo=UTC)
    assert offer_end(workshop_id) == start
    noted = select(JournalEntry.details).where(JournalEntry.action == "offer_shortened")
    assert db.session.scalars(noted).one()["until"] == start.isoformat()
    assert end_due_offers(now=start) == 1


def test_offer_ends_with_an_earlier_session_that_is_added(app_context: Flask) -> None:
    workshop_id, saving = offered()

    scheduling.add_session(workshop_id, SOON, **saving)

    assert offer_end(workshop_id) == datetime(2027, 1, 15, 11, 0, tzinfo=UTC)


def test_offer_ends_with_the_start_in_another_zone(app_context: Flask) -> None:
    workshop_id, saving = offered()
    workshop = db.session.get_one(Workshop, workshop_id)
    names = [one.name for one in fields(WorkshopFacts)]
    facts = WorkshopFacts(**{name: getattr(workshop, name) for name in names} | {"zone": "Asia/Tokyo"})

    publishing.change(workshop_id, facts, **saving)

    assert offer_end(workshop_id) == datetime(2027, 2, 24, 1, 0, tzinfo=UTC)


def test_offer_is_not_prolonged_by_a_later_start(app_context: Flask) -> None:
    workshop_id, saving = offered()
    before = offer_end(workshop_id)
    session = db.session.get_one(Workshop, workshop_id).sessions[0]
    later = replace(
        SOON,
        starts_local=session.starts_local + timedelta(days=7),
        ends_local=session.ends_local + timedelta(days=7),
    )

    scheduling.change_session(workshop_id, session.id, later, **saving)

    assert offer_end(workshop_id) == before
    assert find(workshop_id, "ben").state is RegistrationState.OFFERED
