"""Foreseeing what a registration would lead to, from what was typed and from what is public (L-55).

Nothing is written, no seat is held, and nobody is looked for: the answer is the same for people who are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import current_app

from registration.models import Workshop
from registration.rules.names import clean
from registration.rules.seating import Seats, place
from registration.rules.verdicts import Reason
from registration.steps.assessing import assess
from registration.steps.offers import Offer
from registration.steps.counting import review_takes_seat
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
    WAITING = "waiting"
    APPLICATION = "application"
    LATE = "late"
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
        return Outlook(Expectation.UNDISCLOSED)
    return Outlook(_expectation(offer, verdict.outcome, now), told)


def _lacks_an_answer(workshop: Workshop, answers: Mapping[int, str]) -> bool:
    """Whether a question that decides is still to be answered; those that may not be asked do not count."""
    deciding = {rule.question_id for rule in workshop.rules}
    return any(
        question.is_required and question.depends_on_id is None and not answers.get(question.id)
        for question in workshop.questions
        if question.id in deciding
    )


def _may_be_told(reason: Reason) -> bool:
    """Whether an organisation has an agreement is told where agreements are public, and nowhere else."""
    return reason.kind is not RuleKind.AGREEMENT or bool(current_app.config["AGREEMENTS_ARE_PUBLIC"])


def _expectation(offer: Offer, outcome: Outcome, now: datetime) -> Expectation:
    workshop = offer.workshop
    if workshop.is_closed(now):
        return Expectation.LATE
    if workshop.decision is Decision.APPLY_FIRST:
        return Expectation.APPLICATION
    placement = place(
        decision=workshop.decision,
        outcome=outcome,
        seats=_seats(workshop, offer),
        has_waiting_list=workshop.has_waiting_list,
        is_late=False,
        review_holds_seat=review_takes_seat(workshop),
    )
    found = _BY_STATE[placement.state]
    has_limit = workshop.limit_per_organisation is not None
    return Expectation.SEAT_WITHIN_LIMIT if found is Expectation.SEAT and has_limit else found


def _seats(workshop: Workshop, offer: Offer) -> Seats:
    """The seats as everybody may count them: how many an organisation has is not told."""
    count = offer.count
    in_review = count.in_review if review_takes_seat(workshop) else 0
    # Where a limit per organisation exists, people may wait although seats are free.
    waiting = 0 if workshop.limit_per_organisation else count.waiting
    return Seats(workshop.capacity, count.confirmed, in_review, count.held, waiting)
