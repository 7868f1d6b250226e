"""Letting registrations lapse whose address nobody confirmed (domain.md: 48 h)."""

from datetime import datetime

import structlog

from registration.extensions import db, one_transaction
from registration.models import Registration
from registration.steps.journal import SYSTEM
from registration.steps.seating import enter, fill_free_seats, lock_registration
from registration.vocabulary import LinkPurpose, RegistrationState

log = structlog.get_logger(__name__)


def lapse_unconfirmed(*, now: datetime) -> int:
    """Lapse what is due, each in a transaction of its own; return how many."""
    due = Registration.lapsed(now).with_only_columns(Registration.id)
    lapsed = 0
    for registration_id in list(db.session.scalars(due)):
        with one_transaction():
            registration = lock_registration(registration_id)
            link = registration.link(LinkPurpose.CONFIRM)
            is_due = link is None or link.is_expired(now)  # it may have got a new one meanwhile
            if registration.state is not RegistrationState.UNCONFIRMED or not is_due:
                continue
            enter(registration, RegistrationState.LAPSED, now=now, actor=SYSTEM)
            db.session.flush()
            fill_free_seats(registration.workshop, now=now)
        lapsed += 1
        log.info("registration.lapsed", registration=registration_id)
    return lapsed
