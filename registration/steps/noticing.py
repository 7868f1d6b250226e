"""Noticing that people have not been told of a change, under the lock of the workshop.

What they were last told stands in `WorkshopSession.told`, what was taken out in `Workshop.untold_removals`.
"""

from datetime import datetime

from sqlalchemy import select

from registration.extensions import db
from registration.mail import words
from registration.models import Registration, Workshop, WorkshopSession
from registration.rules.session_changes import (
    WHEN,
    WHERE,
    Facts,
    end_of,
    facts_of,
    told_before,
    told_nothing,
)
from registration.rules.wall_times import to_nearest_instant
from registration.vocabulary import RegistrationState

State = RegistrationState
TOLD_STATES = (State.CONFIRMED, State.IN_REVIEW, State.WAITING, State.OFFERED)
"""Whoever waits wants to know the new date, too; an address that nobody has confirmed may be anybody's."""


def note_change(session: WorkshopSession, before: Facts, *, now: datetime) -> None:
    """Keep what people were told before a change, or forget it when all is as they know it."""
    if not session.workshop.is_published or is_over(before, session, now):
        return
    if session.told is not None or _has_readers(session.workshop):
        session.told = told_before(session.told, before, session, now)


def note_new(session: WorkshopSession, *, now: datetime) -> None:
    """Remember that nobody has been told of a new session."""
    workshop = session.workshop
    if workshop.is_published and session.ends_at > now and _has_readers(workshop):
        session.told = told_nothing(now)


def note_removal(session: WorkshopSession, *, now: datetime) -> None:
    """Remember what stands in calendars although it will not take place, as it was told last."""
    workshop = session.workshop
    if not workshop.is_published or session.ends_at <= now or not _has_readers(workshop):
        return
    told = session.told or {}
    known = facts_of(session) | told
    removal = {name: known[name] for name in (*WHEN, *WHERE)} | {
        "session_id": session.id,
        "uid": session.calendar_uid,
        "sequence": session.sequence + 1,
        "title": words.session_title(session),
        "changed_at": now.isoformat(),
        "known_from": told["changed_at"] if told.get("is_new") else "",
    }
    workshop.untold_removals = [*workshop.untold_removals, removal]


def forget(workshop: Workshop) -> None:
    """From now on people know everything as it is, or shall not be told."""
    workshop.untold_removals = []
    for session in workshop.sessions:
        session.told = None


def is_over(told: Facts, session: WorkshopSession, now: datetime) -> bool:
    """Whether a session is over by the old and by the new time."""
    former = end_of(told)
    was_to_end = (
        to_nearest_instant(former, str(told.get("zone", session.zone))) if former else session.ends_at
    )
    return max(was_to_end, session.ends_at) <= now


def _has_readers(workshop: Workshop) -> bool:
    live = select(Registration.id).where(
        Registration.workshop_id == workshop.id, Registration.state.in_(TOLD_STATES)
    )
    return db.session.scalar(live.limit(1)) is not None
