"""Joining a session: presence is recorded, then the person goes on to the room (domain.md, Links)."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.models import Attendance, WorkshopSession
from registration.steps.seating import lock_registration


def current_session(sessions: list[WorkshopSession], now: datetime) -> WorkshopSession | None:
    """Return the session that is on or comes next; None when all are over."""
    return next((one for one in sessions if now < one.ends_at), None)


def join(registration_id: int, session_id: int, *, now: datetime) -> str:
    """Record presence once and return the current link of the room.

    Raises NotPossible without a seat, before the dial-in time, and after the end.
    """
    with one_transaction():
        registration = lock_registration(registration_id)
        session = db.session.get_one(WorkshopSession, session_id)
        if not registration.has_seat or session.workshop_id != registration.workshop_id:
            raise NotPossible(_l("Zu diesem Termin haben Sie keinen sicheren Platz."))
        if not registration.workshop.is_published:
            raise NotPossible(_l("Diese Veranstaltung findet nicht statt."))
        if not session.dial_in_or_start_at <= now < session.ends_at:
            raise NotPossible(_l("Der Zugang ist gerade nicht geöffnet."))
        _record_presence(registration.id, session.id, now)
        return session.room_link


def _record_presence(registration_id: int, session_id: int, now: datetime) -> None:
    """Note the first time; whoever was marked absent and comes after all was there."""
    known = select(Attendance).where(
        Attendance.registration_id == registration_id, Attendance.session_id == session_id
    )
    entry = db.session.scalars(known).first()
    if entry is None:
        entry = Attendance(registration_id=registration_id, session_id=session_id, attended=False)
        db.session.add(entry)
    if not entry.attended:
        entry.attended, entry.recorded_at = True, now
