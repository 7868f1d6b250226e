"""Confirming an address: now it is decided whether the person has a seat, waits, or is reviewed."""

from datetime import datetime

import structlog
from flask_babel import lazy_gettext as _l

from registration.errors import LinkExpired, NotPossible
from registration.extensions import db, one_transaction
from registration.models import Registration
from registration.steps.journal import PARTICIPANT, SYSTEM
from registration.steps.offers import whole_workshop
from registration.steps.placing import settle
from registration.steps.seating import enter, lock_registration
from registration.vocabulary import LinkPurpose, RegistrationState

log = structlog.get_logger(__name__)


def confirm_address(registration_id: int, *, now: datetime, link_id: int | None = None) -> Registration:
    """Confirm once, however often it is asked for (M-32); in time submitted counts after the deadline (T-05).

    `link_id`: the link that was opened; the address may have been corrected since, and it confirms no other.
    Raises LinkExpired when its time is over, NotPossible when the workshop is.
    """
    with one_transaction():
        registration = lock_registration(registration_id)
        if registration.address_confirmed_at is None:
            _refuse_impossible(registration, link_id, now)
            if registration.state is RegistrationState.LAPSED:
                enter(registration, RegistrationState.UNCONFIRMED, now=now, actor=SYSTEM)
            settle(registration.workshop, registration, now=now, actor=PARTICIPANT)
        state = registration.state
    log.info("registration.address_confirmed", registration=registration_id, state=state)
    return registration


def _refuse_impossible(registration: Registration, link_id: int | None, now: datetime) -> None:
    link = registration.link(LinkPurpose.CONFIRM)
    is_back = registration.has_lapsed_too_early(now)
    if (
        link is None
        or link.is_expired(now)
        or link_id not in (None, link.id)
        or (registration.state is RegistrationState.LAPSED and not is_back)
    ):
        raise LinkExpired()
    is_elsewhere = is_back and db.session.scalar(registration.same_person().limit(1)) is not None
    if is_elsewhere or registration.state not in (RegistrationState.UNCONFIRMED, RegistrationState.LAPSED):
        raise NotPossible(_l("Diese Anmeldung besteht nicht mehr."))
    if not registration.workshop.is_published:
        raise NotPossible(_l("Diese Veranstaltung findet nicht statt."))
    workshop = registration.workshop  # locked: what is kept of this version is as it is now
    if whole_workshop(workshop.id, workshop.version).is_over(now):
        raise NotPossible(_l("Diese Veranstaltung ist vorbei."))
