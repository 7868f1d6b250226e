"""Recording attendance by hand: attended, with minutes, or absent, per session."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.models import Attendance, Registration, WorkshopSession
from registration.steps.journal import organiser, write


def record_attendance(
    session_id: int, attended: Mapping[int, bool], *, organiser_id: int, now: datetime
) -> int:
    """Set who of the people with a seat was there, by registration id; return how many entries changed.

    Raises NotPossible before the session has begun.
    """
    with one_transaction():
        session = db.session.get_one(WorkshopSession, session_id)
        if now < session.dial_in_or_start_at:
            raise NotPossible(_l("Der Termin hat noch nicht begonnen."))
        known = {one.registration_id: one for one in _recorded(session_id)}
        changed = 0
        for registration in _people(session, list(attended)):
            entry = known.get(registration.id)
            if entry is not None and entry.attended == attended[registration.id]:
                continue
            entry = entry or Attendance(registration_id=registration.id, session_id=session_id)
            entry.attended, entry.recorded_at = attended[registration.id], now
            db.session.add(entry)
            changed += 1
        details = {"session": session_id, "changed": [f"{changed} Einträge"]}
        if changed:
            actor = organiser(organiser_id)
            write(
                "attendance_recorded", now=now, actor=actor, workshop_id=session.workshop_id, details=details
            )
    return changed


def _recorded(session_id: int) -> list[Attendance]:
    return list(db.session.scalars(select(Attendance).where(Attendance.session_id == session_id)))


def _people(session: WorkshopSession, ids: list[int]) -> list[Registration]:
    chosen = select(Registration).where(
        Registration.workshop_id == session.workshop_id, Registration.id.in_(ids)
    )
    return [one for one in db.session.scalars(chosen) if one.has_seat]
