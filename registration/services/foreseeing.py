"""Foreseeing what a registration would lead to, from what was typed and from what is public (L-55).

Nothing is written, no seat is held, and nobody is looked for: known people get the same answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from flask import current_app

from registration.models import Workshop
from registration.rules.names import clean
from registration.rules.pools import choices_in
from registration.rules.seating import Seats, place
from registration.rules.verdicts import Reason
from registration.steps.assessing import asked_of, assess
from registration.steps.counting import full_options, limits_of, review_takes_seat, seats_as_counted
from registration.steps.offers import Offer
from registration.vocabulary import Decision, Outcome, RegistrationState, RuleEffect, RuleKind

__all__ = ["Expectation", "Outlook", "foresee"]


class Expectation(StrEnum):
    """What somebody can expect who sends the form now and confirms her address."""

    NO_ORGANISATION = "no_organisation"  # she has not said where she works
    NO_ANSWERS = "no_answers"  # she has not answered what decides
    SEAT = "seat"
    SEAT_WITHIN_LIMIT = "seat_within_limit"  # unless her organisation has all its seats, which is not public
    REVIEW = "review"
    UNDISCLOSED = "undisclosed"  # it depends on an agreement, and agreements are not public
    PERHAPS_REFUSED = "perhaps_refused"  # the same, and without one sending the form is refused
    WAITING = "waiting"
    WAITING_FOR_CHOICE = "waiting_for_choice"  # what she has chosen is full, the workshop is not
    APPLICATION = "application"
    LATE = "late"
    NOT_OPEN = "not_open"
    CLOSED = "closed"
    FULL = "full"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outlook:
    """What to expect, and the reasons that may be told."""

    expectation: Expectation
    reasons: tuple[Reason, ...] = ()


_BY_STATE = {
    RegistrationState.CONFIRMED: Expectation.SEAT,
    RegistrationState.IN_REVIEW: Expectation.REVIEW,
    RegistrationState.WAITING: Expectation.WAITING,
    RegistrationState.DECLINED: Expectation.FULL,
}


def foresee(
    offer: Offer, *, organisation: str, email_domain: str, answers: Mapping[int, str], now: datetime
) -> Outlook:
    """Return what a registration with these data would lead to, as the public sees the workshop now."""
    workshop = offer.workshop
    if (closed := _why_closed(workshop, now)) is not None:
        return Outlook(closed)
    if not clean(organisation):
        return Outlook(Expectation.NO_ORGANISATION)
    if _lacks_an_answer(workshop, answers):
        return Outlook(Expectation.NO_ANSWERS)
    verdict = assess(
        workshop,
        organisation=clean(organisation),
        email_domain=email_domain,
        answers=answers,
        now=now,
        register_stamp=offer.register,
    ).verdict
    told = tuple(reason for reason in verdict.reasons if _may_be_told(reason))
    if any(reason.met is False and reason.effect is RuleEffect.REFUSE for reason in told):
        return Outlook(Expectation.REFUSED, told)
    if told != verdict.reasons:
        hidden = {reason.effect for reason in verdict.reasons if reason not in told}
        return Outlook(_undisclosed(offer, hidden, told, answers, now))
    return Outlook(_expectation(offer, verdict.outcome, answers, now), told)


def _why_closed(workshop: Workshop, now: datetime) -> Expectation | None:
    """Why sending the form would be refused, whoever sends it."""
    if not workshop.has_opened(now):
        return Expectation.NOT_OPEN
    takes_late = workshop.allows_late_requests and not workshop.is_over(now)
    return Expectation.CLOSED if workshop.is_closed(now) and not takes_late else None


def _undisclosed(
    offer: Offer, hidden: set[RuleEffect], told: Sequence[Reason], answers: Mapping[int, str], now: datetime
) -> Expectation:
    """What follows with an agreement and without one, where that is the same; it tells of no agreement."""
    best = Outcome.ELIGIBLE if all(reason.met for reason in told) else Outcome.REVIEW
    possible = {_expectation(offer, outcome, answers, now) for outcome in (best, Outcome.REVIEW)}
    if possible == {Expectation.FULL}:
        return Expectation.FULL
    if RuleEffect.REFUSE in hidden:
        return Expectation.PERHAPS_REFUSED
    return possible.pop() if len(possible) == 1 else Expectation.UNDISCLOSED


def _lacks_an_answer(workshop: Workshop, answers: Mapping[int, str]) -> bool:
    """Whether a question that decides, and that is asked of her, is still to be answered."""
    deciding = {rule.question_id for rule in workshop.rules}
    asked = asked_of(workshop, answers)
    return any(
        one.is_required and one.id in deciding & asked and not answers.get(one.id)
        for one in workshop.questions
    )


def _may_be_told(reason: Reason) -> bool:
    """Whether an organisation has an agreement is told where agreements are public, and nowhere else."""
    return reason.kind is not RuleKind.AGREEMENT or bool(current_app.config["AGREEMENTS_ARE_PUBLIC"])


def _expectation(offer: Offer, outcome: Outcome, answers: Mapping[int, str], now: datetime) -> Expectation:
    workshop = offer.workshop
    if workshop.is_closed(now):
        return Expectation.LATE
    if workshop.decision is Decision.APPLY_FIRST:
        return Expectation.APPLICATION
    seats = _seats(offer, answers, now)
    placement = place(
        decision=workshop.decision,
        outcome=outcome,
        seats=seats,
        has_waiting_list=workshop.has_waiting_list,
        is_late=False,
        review_holds_seat=review_takes_seat(workshop),
    )
    found = _BY_STATE[placement.state]
    if found is Expectation.SEAT and workshop.limit_per_organisation is not None:
        return Expectation.SEAT_WITHIN_LIMIT
    by_choice = found is Expectation.WAITING and not seats.is_full and bool(seats.exhausted)
    return Expectation.WAITING_FOR_CHOICE if by_choice else found


def _seats(offer: Offer, answers: Mapping[int, str], now: datetime) -> Seats:
    """The seats as everybody may count them: how many an organisation has is not told."""
    seats = seats_as_counted(offer.workshop, offer.count, now=now)
    chosen = {one for number, answer in answers.items() for one in choices_in(number, answer)}
    full = chosen & full_options(offer.workshop, now=now)
    return replace(seats, exhausted=limits_of(offer.workshop).pools(None, full))
