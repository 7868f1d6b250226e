"""Offers on the waiting list: a free seat is kept for the first in line until she has answered.

An offered seat is taken (rule 2). Whoever lets it go, or does not answer in time, passes it on to the next in
line in the same transaction (rule 4).
"""

from datetime import datetime

import structlog
from flask_babel import lazy_gettext as _l

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.models import Registration, Workshop
from registration.steps.journal import PARTICIPANT, SYSTEM
from registration.steps.seating import enter, fill_free_seats, lock_registration
from registration.vocabulary import RegistrationState

State = RegistrationState
log = structlog.get_logger(__name__)


def accept_offer(registration_id: int, *, now: datetime) -> Registration:
    """Take the offered seat, once however often it is asked for; raises NotPossible after its end."""
    with one_transaction():
        registration = lock_registration(registration_id)
        if registration.state is not State.CONFIRMED:
            _refuse_without_offer(registration)
            if registration.has_offer_ended(now) or _has_started(registration.workshop, now):
                raise NotPossible(_l("Das Angebot ist abgelaufen. Der Platz geht an die nächste Person."))
            enter(registration, State.CONFIRMED, now=now, actor=PARTICIPANT, mail=messages.moved_up)
    log.info("offer.accepted", registration=registration_id)
    return registration


def let_go(registration_id: int, *, now: datetime) -> Registration:
    """Let the offered seat go, once however often it is asked for; the next in line is asked at once."""
    with one_transaction():
        registration = lock_registration(registration_id)
        if registration.state is not State.WITHDRAWN:
            _refuse_without_offer(registration)
            enter(registration, State.WITHDRAWN, now=now, actor=PARTICIPANT, mail=messages.withdrawn)
            db.session.flush()
            fill_free_seats(registration.workshop, now=now)
    log.info("offer.let_go", registration=registration_id)
    return registration


def end_due_offers(*, now: datetime) -> int:
    """End the offers whose time is over, each in a transaction of its own; return how many."""
    due = db.session.scalars(Registration.offers_ended(now).with_only_columns(Registration.id)).all()
    return sum(_end_offer(registration_id, now) for registration_id in due)


def _end_offer(registration_id: int, now: datetime) -> int:
    with one_transaction():
        registration = lock_registration(registration_id)
        if not registration.has_offer_ended(now):
            return 0  # she has answered meanwhile, or another worker was here
        reasons, mail = ("offer_ended",), messages.offer_ended
        enter(registration, State.LAPSED, now=now, actor=SYSTEM, reasons=reasons, mail=mail)
        db.session.flush()
        fill_free_seats(registration.workshop, now=now)
    log.info("offer.ended", registration=registration_id)
    return 1


def _has_started(workshop: Workshop, now: datetime) -> bool:
    return workshop.starts_at is not None and now >= workshop.starts_at


def _refuse_without_offer(registration: Registration) -> None:
    if registration.state is not State.OFFERED:
        raise NotPossible(_l("Dieses Angebot besteht nicht mehr."))
