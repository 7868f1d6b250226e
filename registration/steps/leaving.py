"""What somebody who has withdrawn gave back: a seat, an offer, or a place in a line."""

from sqlalchemy import select

from registration.extensions import db
from registration.models import JournalEntry, Registration
from registration.vocabulary import RegistrationState


def state_before_leaving(registration: Registration) -> RegistrationState | None:
    """Return the state that the latest withdrawal has ended, by the journal; None when it knows of none."""
    latest = (
        select(JournalEntry.details)
        .where(
            JournalEntry.registration_id == registration.id,
            JournalEntry.action == RegistrationState.WITHDRAWN.value,
        )
        .order_by(JournalEntry.id.desc())
        .limit(1)
    )
    before = (db.session.scalar(latest) or {}).get("from")
    return RegistrationState(before) if before else None
