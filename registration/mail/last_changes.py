"""When a session was changed last, as the journal tells it: LAST-MODIFIED of calendar files (C-06)."""

from datetime import datetime

from flask import current_app
from sqlalchemy import select

from registration.extensions import db
from registration.mail.remembering import Memory
from registration.models import JournalEntry, WorkshopSession

_OF_SESSION = ("session_added", "session_changed")
_OF_WORKSHOP = ("workshop_created", "workshop_changed", "workshop_published", "workshop_cancelled")


def last_change(session: WorkshopSession) -> datetime:
    """Return the instant; that of the workshop's beginning where nobody has written anything down."""
    workshop = session.workshop
    instants = _memory().recall((workshop.id, workshop.version), lambda: _instants(workshop.id))
    return max(instants.get(number, workshop.created_at) for number in (session.id, None))


def _memory() -> Memory[dict[int | None, datetime]]:
    """The workshop's version rises with every change, so each is asked for once."""
    kept: Memory[dict[int | None, datetime]] = current_app.extensions.setdefault(
        "registration.last_changes", Memory(64)
    )
    return kept


def _instants(workshop_id: int | None) -> dict[int | None, datetime]:
    """By session; what concerns all of them stands under None."""
    lines = select(JournalEntry.at, JournalEntry.action, JournalEntry.details).where(
        JournalEntry.workshop_id == workshop_id,
        JournalEntry.registration_id.is_(None),
        JournalEntry.action.in_([*_OF_SESSION, *_OF_WORKSHOP]),
    )
    found: dict[int | None, datetime] = {}
    with db.session.no_autoflush:
        for at, action, details in db.session.execute(lines):
            about = details.get("session") if action in _OF_SESSION else None
            found[about] = max(at, found.get(about, at))
    return found
