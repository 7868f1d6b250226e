"""Withdrawing from a workshop, and coming back while the seat is free (M-33)."""

from datetime import datetime

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.models import Registration
from registration.rules.seating import Placement
from registration.steps.counting import seats_for
from registration.steps.journal import PARTICIPANT
from registration.steps.leaving import state_before_leaving
from registration.steps.placing import ANSWERS, placement_of
from registration.steps.rejudging import TO_CHECK
from registration.steps.seating import enter, fill_free_seats, lock_registration, next_confirmation_instant
from registration.vocabulary import Outcome, RegistrationState

State = RegistrationState
log = structlog.get_logger(__name__)


def withdraw(registration_id: int, *, now: datetime) -> Registration:
    """Give the claim back; whoever is first in line gets the seat in the same transaction (rule 4)."""
    with one_transaction():
        registration = lock_registration(registration_id)
        if registration.state is not State.WITHDRAWN:
            if not registration.is_live:
                raise NotPossible(_l("Diese Anmeldung besteht nicht mehr."))
            if registration.workshop.is_over(now):
                raise NotPossible(_l("Diese Veranstaltung ist vorbei."))
            enter(registration, State.WITHDRAWN, now=now, actor=PARTICIPANT, mail=messages.withdrawn)
            db.session.flush()
            fill_free_seats(registration.workshop, now=now)
    log.info("registration.withdrawn", registration=registration_id)
    return registration


def undo_withdrawal(registration_id: int, *, now: datetime) -> Registration:
    """Take the withdrawal back: a seat only while one is free, a waiting person starts at the end.

    Who had a seat gets it again, also where an organiser would have to look first: it was promised to stay.

    Raises NotPossible when the seat has gone, the workshop is over, or she has registered anew.
    """
    with one_transaction():
        registration = lock_registration(registration_id)
        workshop = registration.workshop
        if registration.state is not State.WITHDRAWN or registration.address_confirmed_at is None:
            raise NotPossible(_l("Diese Abmeldung lässt sich nicht zurücknehmen."))
        if not workshop.is_published or workshop.is_over(now):
            raise NotPossible(_l("Diese Veranstaltung ist vorbei oder abgesagt."))
        if db.session.scalar(select(registration.same_person().exists())):
            raise NotPossible(_l("Sie haben sich inzwischen neu angemeldet."))
        placement = _her_seat_again(registration, placement_of(workshop, registration, now=now), now)
        if placement.state in (State.WAITING, State.DECLINED):
            raise NotPossible(_l("Der Platz ist inzwischen vergeben. Sie können sich neu anmelden."))
        registration.address_confirmed_at = next_confirmation_instant(workshop, now)
        enter(
            registration,
            placement.state,
            now=now,
            actor=PARTICIPANT,
            reasons=placement.reasons,
            mail=ANSWERS[placement.state],
        )
    log.info("registration.returned", registration=registration_id, state=placement.state)
    return registration


def _her_seat_again(registration: Registration, placement: Placement, now: datetime) -> Placement:
    """Let an earlier seat outweigh a review, while one is free; what was to be looked at stays marked."""
    if placement.state is not State.IN_REVIEW or state_before_leaving(registration) is not State.CONFIRMED:
        return placement
    seats = seats_for(registration.workshop, registration, now=now)
    if seats.is_full or seats.waiting or seats.exhausted:
        return placement
    is_in_order = registration.verdict["outcome"] == Outcome.ELIGIBLE
    return Placement(State.CONFIRMED, () if is_in_order else (TO_CHECK,))
