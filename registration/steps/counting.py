"""Counting seats: those of a workshop, and those of its pools (domain.md, rules 2 and 5).

Whoever decides counts under the lock (`Workshop.lock()`); a page counts without, and may be late.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import selectinload

from registration.extensions import db
from registration.models import Answer, Registration, Workshop
from registration.rules.pools import Choice, Limits, Pool, choices_in, exhausted
from registration.rules.seating import Seats, Waiting, may_move_up_by_itself, next_to_move_up
from registration.steps.offers import MOVES_UP_BY_ITSELF, whole_workshop
from registration.vocabulary import Certainty, Decision, Outcome, RegistrationState

State = RegistrationState
Taken = Counter[Pool]


def takes_seat(workshop: Workshop, now: datetime) -> ColumnElement[bool]:
    """Return the condition for registrations that take a seat of the workshop (rule 2)."""
    return _takes_seat(review_takes_seat(workshop), now)


def review_takes_seat(workshop: Workshop) -> bool:
    return workshop.review_holds_seat and workshop.decision is not Decision.APPLY_FIRST


def seats_of(workshop: Workshop, *, now: datetime, without: int | None = None) -> Seats:
    """Count the seats but those of the registration `without`; no pools."""
    asked = {"workshop_id": workshop.id, "now": now, "without": without or 0}
    query = _seats_query(review_takes_seat(workshop))
    db.session.flush()  # what was changed counts
    counted = db.session.connection().execute(query, asked).one()
    confirmed, offered, in_review, held, waiting = map(int, counted)
    return Seats(
        capacity=workshop.capacity,
        confirmed=confirmed,
        offered=offered,
        in_review=in_review,
        held=held,
        waiting=waiting,
    )


def seats_for(workshop: Workshop, registration: Registration, *, now: datetime) -> Seats:
    """Count the seats as this registration finds them: without itself, with the pools that it needs."""
    limits = limits_of(workshop)
    seats = seats_of(workshop, now=now, without=registration.id)
    if not limits:
        return seats
    pools = _pools(registration, limits)
    taken = taken_of_pools(workshop, limits, now=now, without=registration.id)
    queue = waiting_list(workshop, limits) if seats.waiting else []
    others = [one for one in queue if one.id != registration.id]
    ahead = next_to_move_up(in_line(others, workshop, limits), None, taken)
    return replace(seats, waiting=len(ahead), exhausted=exhausted(pools, taken))


def limits_of(workshop: Workshop) -> Limits:
    """Return the limits beside the capacity; those of options as kept of the workshop's version."""
    questions = whole_workshop(workshop.id, workshop.version).questions
    of_options = {
        (one.id, option): most for one in questions for option, most in (one.option_limits or {}).items()
    }
    return Limits(workshop.limit_per_organisation, of_options)


def taken_of_pools(workshop: Workshop, limits: Limits, *, now: datetime, without: int | None = None) -> Taken:
    """Count the seats that are taken of every pool, with one query per kind of limit."""
    seated = (
        Registration.workshop_id == workshop.id,
        Registration.id != (without or 0),
        takes_seat(workshop, now),
    )
    taken: Taken = Counter()
    if limits.per_organisation is not None:
        for organisation_id, count in db.session.execute(_by_organisation(*seated)):
            taken.update(dict.fromkeys(limits.pools(organisation_id), count))
    if limits.per_option:
        for question_id, answer, count in db.session.execute(_by_answer(limits, *seated)):
            taken.update(dict.fromkeys(limits.pools(None, choices_in(question_id, answer)), count))
    return taken


def full_options(workshop: Workshop, *, now: datetime) -> set[Choice]:
    """Return the options, each with the id of its question, that have no seat left; mostly asks nothing."""
    limits = Limits(per_option=limits_of(workshop).per_option)
    taken = taken_of_pools(workshop, limits, now=now)
    return {(one.owner_id, one.option) for one in exhausted(limits.pools(None, limits.per_option), taken)}


def seats_as_counted(workshop: Workshop, count: Any, *, now: datetime) -> Seats:
    """Return the seats as the public counts them (offers.py: COUNTS); `count` None: nobody yet."""
    if count is None:
        return Seats(workshop.capacity)
    seats = Seats(
        capacity=workshop.capacity,
        confirmed=count.confirmed,
        offered=count.offered,
        in_review=count.in_review if review_takes_seat(workshop) else 0,
        held=count.held,
        waiting=count.waiting,
    )
    if not seats.waiting or not seats.free or not limits_of(workshop):
        return seats
    return replace(seats, waiting=_waiting_for_a_free_seat(workshop, now))


def _waiting_for_a_free_seat(workshop: Workshop, now: datetime) -> int:
    """Return how many of a workshop with limits would take a free seat, and not only one of a full option.

    Those have moved up already, except in the last hours, when each waits for an organiser (rule 4).
    """
    if not is_too_late_to_move_up(workshop, now):
        return 0
    limits = limits_of(workshop)
    line = in_line(waiting_list(workshop, limits), workshop, limits)
    return len(next_to_move_up(line, None, taken_of_pools(workshop, limits, now=now)))


def is_too_late_to_move_up(workshop: Workshop, now: datetime) -> bool:
    """Return whether a free seat waits for an organiser, as the start is near (rule 4)."""
    start, hours = workshop.starts_at, workshop.move_up_until_hours
    return start is not None and not may_move_up_by_itself(now, start, hours)


def waiting_list(workshop: Workshop, limits: Limits) -> Sequence[Registration]:
    """Read who waits, first in line first, along with what their pools are told by."""
    query = Registration.queue(workshop.id).execution_options(populate_existing=True)
    if limits.per_option:
        query = query.options(selectinload(Registration.answers))
    return db.session.scalars(query).all()


def in_line(queue: Sequence[Registration], workshop: Workshop, limits: Limits) -> list[Waiting]:
    """Return those who move up by themselves; whom an organiser lets wait is moved up by her."""
    return [
        Waiting(one.id, _pools(one, limits), needs_review(one, workshop))
        for one in queue
        if "by_hand" not in one.reasons
    ]


def needs_review(registration: Registration, workshop: Workshop) -> bool:
    """Return whether an organiser still has to look before the registration may get a seat."""
    by_rule = registration.verdict.get("outcome") == Outcome.REVIEW
    return not registration.is_approved and (by_rule or workshop.decision is not Decision.AT_ONCE)


def _pools(registration: Registration, limits: Limits) -> tuple[Pool, ...]:
    answers = registration.answers if limits.per_option else []
    choices = (choice for one in answers for choice in choices_in(one.question_id, one.value))
    return limits.pools(_sure_organisation(registration), choices)


def _sure_organisation(registration: Registration) -> int | None:
    sure = registration.organisation_certainty is Certainty.CERTAIN
    return registration.organisation_id if sure else None


def _takes_seat(review_takes_seat: bool, now: Any) -> ColumnElement[bool]:
    held = and_(Registration.state == State.UNCONFIRMED, Registration.seat_held_until > now)
    review = Registration.state == State.IN_REVIEW if review_takes_seat else false()
    return or_(Registration.state.in_([State.CONFIRMED, State.OFFERED]), review, held)


_SEATED = (State.CONFIRMED, State.OFFERED, State.IN_REVIEW, State.UNCONFIRMED)


@cache
def _seats_query(review_takes_seat: bool) -> Select[*tuple[int, ...]]:
    taking = _takes_seat(review_takes_seat, bindparam("now"))
    return select(
        *(func.count().filter(and_(taking, Registration.state == state)) for state in _SEATED),
        func.count().filter(and_(Registration.state == State.WAITING, MOVES_UP_BY_ITSELF)),
    ).where(
        Registration.workshop_id == bindparam("workshop_id"),
        Registration.state.in_([*_SEATED, State.WAITING]),
        Registration.id != bindparam("without"),
    )


_IS_SURE = Registration.organisation_certainty == Certainty.CERTAIN


def _by_organisation(*seated: ColumnElement[bool]) -> Select[int | None, int]:
    organisation_id = Registration.organisation_id
    return select(organisation_id, func.count()).where(*seated, _IS_SURE).group_by(organisation_id)


def _by_answer(limits: Limits, *seated: ColumnElement[bool]) -> Select[int, str, int]:
    return (
        select(Answer.question_id, Answer.value, func.count())
        .join(Registration, Registration.id == Answer.registration_id)
        .where(*seated, Answer.question_id.in_(limits.question_ids))
        .group_by(Answer.question_id, Answer.value)
    )
