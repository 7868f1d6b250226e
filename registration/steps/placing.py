"""Deciding where a registration goes, and taking it there (domain.md, rules 2, 3 and 5)."""

from datetime import datetime

from registration.extensions import db
from registration.mail import messages
from registration.models import Answer, Registration, Workshop
from registration.rules.seating import Placement, place
from registration.steps.counting import limits_of, review_takes_seat, seats_for
from registration.steps.journal import Actor
from registration.steps.seating import MailFor, enter, next_confirmation_instant
from registration.vocabulary import Decision, Outcome, RegistrationState

State = RegistrationState

ANSWERS: dict[RegistrationState, MailFor] = {
    State.CONFIRMED: messages.seat_certain,
    State.IN_REVIEW: messages.under_review,
    State.WAITING: messages.waiting_list,
    State.DECLINED: messages.declined,
}


def placement_of(workshop: Workshop, registration: Registration, *, now: datetime) -> Placement:
    """Return where the registration would go now; an organiser's approval outweighs the rules."""
    approved = registration.is_approved
    outcome = Outcome(registration.verdict["outcome"])
    if outcome is Outcome.REFUSED:  # entered by hand, or named for such a seat: an organiser decides
        outcome = Outcome.REVIEW
    held_until = registration.seat_held_until
    return place(
        decision=Decision.AT_ONCE if approved else workshop.decision,
        outcome=Outcome.ELIGIBLE if approved else outcome,
        seats=seats_for(workshop, registration, now=now),
        has_waiting_list=workshop.has_waiting_list,
        is_late=registration.is_late and not approved,
        review_holds_seat=review_takes_seat(workshop),
        holds_seat=held_until is not None and held_until > now,
    )


def would_take_seat(workshop: Workshop, placement: Placement) -> bool:
    """Return whether an unconfirmed registration with this placement holds a seat meanwhile (rule 2)."""
    review = placement.state is State.IN_REVIEW and "late" not in placement.reasons
    return placement.state is State.CONFIRMED or (review and review_takes_seat(workshop))


def settle(workshop: Workshop, registration: Registration, *, now: datetime, actor: Actor) -> None:
    """The address is confirmed: give a seat, a place on the waiting list, or to an organiser."""
    instant = next_confirmation_instant(workshop, now)
    before = registration.substitutes
    if before is not None and before.has_seat:
        registration.address_confirmed_at = instant
        _take_over(before, registration, now, actor)
        return
    if registration.substitutes_id is not None:  # the seat has gone: she is somebody who registers by herself
        registration.is_approved, registration.is_late = False, workshop.is_closed(now)
    placement = placement_of(workshop, registration, now=now)
    registration.address_confirmed_at = instant
    mail = ANSWERS[placement.state]
    enter(registration, placement.state, now=now, actor=actor, reasons=placement.reasons, mail=mail)


def _take_over(before: Registration, registration: Registration, now: datetime, actor: Actor) -> None:
    """Pass the seat from the person she substitutes, past the waiting list."""
    _take_over_choices(before, registration)
    registration.is_approved, registration.is_late = True, False
    enter(before, State.SUBSTITUTED, now=now, actor=actor, mail=messages.substituted)
    db.session.flush()
    enter(registration, State.CONFIRMED, now=now, actor=actor, mail=messages.seat_certain)


def _take_over_choices(before: Registration, registration: Registration) -> None:
    """Seats of an option are counted by answers: with the seat goes what was chosen."""
    limited = limits_of(registration.workshop).question_ids - {
        one.question_id for one in registration.answers
    }
    registration.answers += [
        Answer(question_id=one.question_id, value=one.value)
        for one in before.answers
        if one.question_id in limited
    ]
