"""Joining a session, and who was there."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.models import Attendance
from registration.services.attending import record_attendance
from registration.services.joining import current_session, join
from tests.factories import make_organiser, make_workshop, sign_up

pytestmark = pytest.mark.usefixtures("app_context")


def test_the_door_opens_with_the_dial_in_and_presence_is_recorded_once():
    workshop = make_workshop()
    ada, session = sign_up(workshop), workshop.sessions[0]
    with pytest.raises(NotPossible):
        join(ada.id, session.id, now=session.dial_in_at - timedelta(seconds=1))
    for minutes in (0, 30):
        room = join(ada.id, session.id, now=session.dial_in_at + timedelta(minutes=minutes))
        assert room == session.room_link
    (present,) = db.session.scalars(select(Attendance))
    assert (present.attended, present.recorded_at) == (True, session.dial_in_at)


def test_whoever_joins_later_gets_the_new_room():
    workshop = make_workshop()
    ada, session = sign_up(workshop), workshop.sessions[0]
    with one_transaction():
        session.room_link = "https://meeting.example.org/room/new"
    assert join(ada.id, session.id, now=session.starts_at) == "https://meeting.example.org/room/new"


def test_who_waits_does_not_get_in():
    workshop = make_workshop(capacity=1)
    sign_up(workshop, "ada")
    ben, session = sign_up(workshop, "ben"), workshop.sessions[0]
    with pytest.raises(NotPossible):
        join(ben.id, session.id, now=session.starts_at)


def test_after_the_end_the_door_is_closed():
    workshop = make_workshop()
    ada, session = sign_up(workshop), workshop.sessions[0]
    assert current_session(workshop.sessions, session.ends_at) is None
    with pytest.raises(NotPossible):
        join(ada.id, session.id, now=session.ends_at)


def test_an_organiser_records_who_was_there_and_who_was_not():
    workshop = make_workshop()
    ada, ben, session = sign_up(workshop, "ada"), sign_up(workshop, "ben"), workshop.sessions[0]
    by = {"organiser_id": make_organiser().id, "now": session.ends_at}
    assert record_attendance(session.id, {ada.id: True, ben.id: False}, **by) == 2
    assert record_attendance(session.id, {ada.id: True, ben.id: True}, **by) == 1
    assert [one.attended for one in db.session.scalars(select(Attendance))] == [True, True]


def test_nobody_was_there_before_it_began():
    workshop = make_workshop()
    ada, session = sign_up(workshop), workshop.sessions[0]
    before = session.dial_in_at - timedelta(minutes=1)
    with pytest.raises(NotPossible):
        record_attendance(session.id, {ada.id: True}, organiser_id=make_organiser().id, now=before)


def test_whoever_was_marked_absent_and_comes_after_all_was_there():
    workshop = make_workshop()
    ada, session = sign_up(workshop), workshop.sessions[0]
    record_attendance(session.id, {ada.id: False}, organiser_id=make_organiser().id, now=session.starts_at)
    join(ada.id, session.id, now=session.starts_at)
    assert db.session.scalars(select(Attendance.attended)).one() is True
