"""Seats under the lock: counting, entering a state, moving up (domain.md, rules 1 to 5).

Every function here works on a workshop that `Workshop.lock()` returned in this transaction.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from registration.extensions import db
from registration.mail import messages
from registration.models import OutboxMessage, Registration, Workshop
from registration.rules.seating import (
    MovingUp,
    Seats,
    Waiting,
    count_ahead,
    may_move_up_by_itself,
    next_to_move_up,
)
from registration.rules.transitions import check_transition
from registration.steps.inserting import insert_one
from registration.steps.journal import SYSTEM, Actor, write
from registration.vocabulary import ActorKind, Certainty, Decision, Outcome, RegistrationState

State = RegistrationState
MailFor = Callable[..., OutboxMessage]

_TICK = timedelta(microseconds=1)


def lock_registration(registration_id: int) -> Registration:
    """Lock the workshop of a registration, then read the registration anew and return it."""
    of_registration = db.session.connection().execute(_WORKSHOP_ID, {"id": registration_id})
    workshop = Workshop.lock(of_registration.scalar_one())
    fresh = db.session.execute(_FRESH, {"id": registration_id}).unique().scalar_one()
    set_committed_value(fresh, "workshop", workshop)  # else it would be read again
    return fresh


# Built once: putting a query together takes longer than the database needs for it.
_WORKSHOP_ID = select(Registration.__table__.c.workshop_id).where(
    Registration.__table__.c.id == bindparam("id")
)
_FRESH = (
    select(Registration)
    .where(Registration.id == bindparam("id"))
    .options(joinedload(Registration.links))
    .execution_options(populate_existing=True)
)
_LATEST = select(func.max(Registration.address_confirmed_at)).where(
    Registration.workshop_id == bindparam("workshop_id")
)


def takes_seat(workshop: Workshop, now: datetime) -> ColumnElement[bool]:
    """Return the condition for registrations that take a seat of the workshop (rule 2)."""
    return _takes_seat(review_takes_seat(workshop), now)


def _takes_seat(review_takes_seat: bool, now: Any) -> ColumnElement[bool]:
    held = and_(Registration.state == State.UNCONFIRMED, Registration.seat_held_until > now)
    review = Registration.state == State.IN_REVIEW if review_takes_seat else false()
    return or_(Registration.state.in_([State.CONFIRMED, State.OFFERED]), review, held)


def review_takes_seat(workshop: Workshop) -> bool:
    return workshop.review_holds_seat and workshop.decision is not Decision.APPLY_FIRST


def seats_of(
    workshop: Workshop, *, now: datetime, without: int | None = None, organisation_id: int | None = None
) -> Seats:
    """Count the seats as they are without the registration `without`, seen by one of the organisation."""
    asked = {"workshop_id": workshop.id, "now": now, "without": without or 0}
    asked["organisation_id"] = organisation_id or 0  # no row has this id
    query = _seats_query(review_takes_seat(workshop))
    db.session.flush()  # what was changed counts
    counted = db.session.connection().execute(query, asked).one()
    confirmed, offered, in_review, held, waiting, same_organisation = map(int, counted)
    if waiting and workshop.limit_per_organisation is not None:
        waiting = _count_those_who_could_move(workshop, now, without)
    return Seats(
        capacity=workshop.capacity,
        confirmed=confirmed,
        offered=offered,
        in_review=in_review,
        held=held,
        waiting=waiting,
        same_organisation=same_organisation,
        limit_per_organisation=workshop.limit_per_organisation,
    )


_SEATED = (State.CONFIRMED, State.OFFERED, State.IN_REVIEW, State.UNCONFIRMED)


@cache
def _seats_query(review_takes_seat: bool) -> Select[*tuple[int, ...]]:
    taking = _takes_seat(review_takes_seat, bindparam("now"))
    not_held_back = Registration.state_reason != "by_hand"
    return select(
        *(func.count().filter(and_(taking, Registration.state == state)) for state in _SEATED),
        func.count().filter(and_(Registration.state == State.WAITING, not_held_back)),
        func.count().filter(and_(taking, *_of_organisation(bindparam("organisation_id")))),
    ).where(
        Registration.workshop_id == bindparam("workshop_id"),
        Registration.state.in_([*_SEATED, State.WAITING]),
        Registration.id != bindparam("without"),
    )


def seats_for(workshop: Workshop, registration: Registration, *, now: datetime) -> Seats:
    """Count the seats as this registration finds them: without itself, with its organisation's."""
    sure = registration.organisation_certainty is Certainty.CERTAIN
    organisation_id = registration.organisation_id if sure else None
    return seats_of(workshop, now=now, without=registration.id, organisation_id=organisation_id)


def rank(registration: Registration) -> int:
    """Return the place on the waiting list, the first is 1 (R-02)."""
    return 1 + (db.session.scalar(registration.ahead()) or 0)


def next_confirmation_instant(workshop: Workshop, now: datetime) -> datetime:
    """Return `now`, or just after the latest confirmed address: ranks follow the order of the lock (R-02)."""
    latest = db.session.scalar(_LATEST, {"workshop_id": workshop.id})
    return max(now, latest + _TICK) if latest else now


def enter(
    registration: Registration,
    state: RegistrationState,
    *,
    now: datetime,
    actor: Actor,
    reasons: tuple[str, ...] = (),
    mail: MailFor | None = None,
    text: str = "",
) -> None:
    """Take a registration into a state: check the table, write the journal, post one mail at most."""
    before = registration.state
    check_transition(before, state, by_hand=actor.kind is ActorKind.ORGANISER)
    if before is State.CONFIRMED or (state is State.CONFIRMED and registration.calendar_changes):
        registration.calendar_changes += 1
    registration.enter(state, now=now, reasons=reasons)
    entry = write(
        state.value,
        now=now,
        actor=actor,
        workshop_id=registration.workshop_id,
        registration_id=registration.id,
        reason=",".join(reasons),
        details={"from": before.value},
    )
    if mail is not None:
        cause = f"registration:{registration.id}:journal:{entry.id}"
        context = {"text": text, "had_seat": before is State.CONFIRMED}
        insert_one(mail(registration, cause=cause, now=now, context=context))


def fill_free_seats(workshop: Workshop, *, now: datetime, actor: Actor = SYSTEM) -> int:
    """Give free seats to the first in line, in order; return how many moved up (rule 4, R-02).

    In the last hours before the start nobody moves up by itself: the organiser gets one note instead.
    """
    if not workshop.is_published or workshop.decision is Decision.APPLY_FIRST or workshop.is_over(now):
        return 0
    queue = list(db.session.scalars(Registration.queue(workshop.id)))
    seats = seats_of(workshop, now=now) if queue else None
    if seats is None or seats.is_full:
        return 0
    moving = _who_moves(workshop, queue, seats, now)
    if workshop.starts_at and not may_move_up_by_itself(
        now, workshop.starts_at, workshop.move_up_until_hours
    ):
        _tell_organiser(workshop, moving, seats, now)
        return 0
    by_id = {one.id: one for one in queue}
    for number in moving.to_confirm:
        enter(by_id[number], State.CONFIRMED, now=now, actor=actor, mail=messages.moved_up)
    for number in moving.to_review:
        reasons = ("review_rule",)
        enter(
            by_id[number], State.IN_REVIEW, now=now, actor=actor, reasons=reasons, mail=messages.under_review
        )
    db.session.flush()
    return len(moving.to_confirm) + len(moving.to_review)


def needs_review(registration: Registration, workshop: Workshop) -> bool:
    """Return whether an organiser still has to look before the registration may get a seat."""
    by_rule = registration.verdict.get("outcome") == Outcome.REVIEW
    return not registration.is_approved and (by_rule or workshop.decision is not Decision.AT_ONCE)


def _who_moves(workshop: Workshop, queue: list[Registration], seats: Seats, now: datetime) -> MovingUp:
    taken = _taken_by_organisation(workshop, now)
    return next_to_move_up(
        list(_waiting(queue, workshop)), seats.free, workshop.limit_per_organisation, taken
    )


def _waiting(queue: list[Registration], workshop: Workshop) -> Iterator[Waiting]:
    for one in queue:
        if "by_hand" in one.reasons:  # put there by an organiser while seats were free: she moves her up
            continue
        sure = one.organisation_certainty is Certainty.CERTAIN
        yield Waiting(one.id, one.organisation_id if sure else None, needs_review(one, workshop))


def _count_those_who_could_move(workshop: Workshop, now: datetime, without: int | None) -> int:
    queue = [one for one in db.session.scalars(Registration.queue(workshop.id)) if one.id != without]
    taken = _taken_by_organisation(workshop, now)
    return count_ahead(list(_waiting(queue, workshop)), workshop.limit_per_organisation, taken)


def _taken_by_organisation(workshop: Workshop, now: datetime) -> dict[int, int]:
    query = (
        select(Registration.organisation_id, func.count())
        .where(
            Registration.workshop_id == workshop.id,
            Registration.organisation_id.is_not(None),
            Registration.organisation_certainty == Certainty.CERTAIN,
            takes_seat(workshop, now),
        )
        .group_by(Registration.organisation_id)
    )
    return {number: count for number, count in db.session.execute(query) if number is not None}


def _of_organisation(organisation_id: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        Registration.organisation_id == organisation_id,
        Registration.organisation_certainty == Certainty.CERTAIN,
    )


def _tell_organiser(workshop: Workshop, moving: MovingUp, seats: Seats, now: datetime) -> None:
    first = next(iter([*moving.to_confirm, *moving.to_review]), None)
    if first is None or not workshop.contact_email:
        return
    cause = f"workshop:{workshop.id}:seat_free:{first}:{seats.free}"
    if db.session.scalar(select(OutboxMessage.id).where(OutboxMessage.intent_key == cause)) is None:
        db.session.add(messages.seat_free(workshop, cause=cause, now=now, context={"free": seats.free}))
