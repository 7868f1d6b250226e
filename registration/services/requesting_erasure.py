"""Asking for the erasure of one's own data (Art. 17 GDPR, L-13). Erasing is the organiser's decision."""

from datetime import datetime

import structlog

from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.steps.journal import PARTICIPANT, write
from registration.steps.seating import lock_registration

log = structlog.get_logger(__name__)


def request_erasure(registration_id: int, *, now: datetime) -> None:
    """Note the wish and tell the organiser; while it waits for an answer, a second wish changes nothing."""
    with one_transaction():
        registration = lock_registration(registration_id)
        if registration.erasure_requested_at is not None:
            return
        registration.erasure_requested_at = now
        workshop = registration.workshop
        entry = write(
            "erasure_requested",
            now=now,
            actor=PARTICIPANT,
            workshop_id=workshop.id,
            registration_id=registration.id,
        )
        cause = f"registration:{registration.id}:journal:{entry.id}"
        context = {"registration_id": registration.id, "reference": registration.reference}
        db.session.add(messages.erasure_requested(workshop, cause=cause, now=now, context=context))
    log.info("registration.erasure_requested", registration=registration_id)
