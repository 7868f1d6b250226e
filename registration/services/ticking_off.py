"""Ticking off what an organiser has looked at: changes that a person made herself, a request for erasure."""

from datetime import datetime

import structlog

from registration.extensions import one_transaction
from registration.models import Registration
from registration.steps.journal import organiser, write
from registration.steps.rejudging import TO_CHECK
from registration.steps.seating import lock_registration

log = structlog.get_logger(__name__)


def accept_changes(registration_id: int, *, organiser_id: int, now: datetime) -> bool:
    """Take the mark from a seat whose person has changed her data; False when there was none."""
    with one_transaction():
        registration = lock_registration(registration_id)
        if TO_CHECK not in registration.reasons:
            return False
        registration.state_reason = ",".join(code for code in registration.reasons if code != TO_CHECK)
        _note("changes_seen", registration, organiser_id, now)
    log.info("registration.changes_seen", registration=registration_id, organiser=organiser_id)
    return True


def answer_erasure(registration_id: int, *, organiser_id: int, now: datetime) -> bool:
    """Note that her request for erasure was answered (L-13); False when there was none. Erases nothing."""
    with one_transaction():
        registration = lock_registration(registration_id)
        if registration.erasure_requested_at is None:
            return False
        registration.erasure_requested_at = None
        _note("erasure_answered", registration, organiser_id, now)
    log.info("registration.erasure_answered", registration=registration_id, organiser=organiser_id)
    return True


def _note(action: str, one: Registration, organiser_id: int, now: datetime) -> None:
    write(
        action,
        now=now,
        actor=organiser(organiser_id),
        workshop_id=one.workshop_id,
        registration_id=one.id,
    )
