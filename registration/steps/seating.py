"""Seats under the lock: entering a state, moving up (domain.md, rules 1 to 5).

Every function here works on a workshop that `Workshop.lock()` returned in this transaction.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from registration.extensions import db
from registration.mail import messages
from registration.models import OutboxMessage, Registration, Workshop
from registration.rules.seating import Seats, Waiting, end_of_offer, next_to_move_up
from registration.rules.transitions import check_transition
from registration.steps.counting import (
    in_line,
    is_too_late_to_move_up,
    limits_of,
    seats_of,
    taken_of_pools,
    waiting_list,
)
from registration.steps.inserting import insert_one
from registration.steps.journal import SYSTEM, Actor, write
from registration.vocabulary import ActorKind, Decision, RegistrationState

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
    offered_until: datetime | None = None,
) -> None:
    """Take a registration into a state: check the table, write the journal, post one mail at most."""
    before = registration.state
    check_transition(before, state, by_hand=actor.kind is ActorKind.ORGANISER)
    if before is State.CONFIRMED or (state is State.CONFIRMED and registration.calendar_changes):
        registration.calendar_changes += 1
    registration.enter(state, now=now, reasons=reasons, offered_until=offered_until)
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
        context = {"text": text, "had_seat": before is State.CONFIRMED, "was": before.value}
        insert_one(mail(registration, cause=cause, now=now, context=context))


def fill_free_seats(workshop: Workshop, *, now: datetime, actor: Actor = SYSTEM) -> int:
    """Give free seats to the first in line, in order; return how many moved up (rule 4, R-02).

    In the last hours before the start nobody moves up by itself: the organiser gets one note instead.
    """
    if not workshop.is_published or workshop.decision is Decision.APPLY_FIRST or workshop.is_over(now):
        return 0
    limits = limits_of(workshop)
    queue = waiting_list(workshop, limits)
    seats = seats_of(workshop, now=now) if queue else None
    if seats is None or seats.is_full:
        return 0
    taken = taken_of_pools(workshop, limits, now=now)
    moving = next_to_move_up(in_line(queue, workshop, limits), seats.free, taken)
    if is_too_late_to_move_up(workshop, now):
        _tell_organiser(workshop, moving, seats, now)
        return 0
    by_id = {one.id: one for one in queue}
    for one in moving:
        _give_seat(workshop, by_id[one.registration_id], one, now, actor)
    db.session.flush()
    return len(moving)


def _give_seat(
    workshop: Workshop, registration: Registration, waiting: Waiting, now: datetime, actor: Actor
) -> None:
    """For certain, to be reviewed, or as an offer."""
    give = partial(enter, registration, now=now, actor=actor)
    if waiting.needs_review:
        give(State.IN_REVIEW, reasons=("review_rule",), mail=messages.under_review)
    elif workshop.asks_before_moving_up:
        end = end_of_offer(now, workshop.starts_at, workshop.offer_hours)
        give(State.OFFERED, mail=messages.seat_offered, offered_until=end)
    else:
        give(State.CONFIRMED, mail=messages.moved_up)


def _tell_organiser(workshop: Workshop, moving: Sequence[Waiting], seats: Seats, now: datetime) -> None:
    if not moving or not workshop.contact_email:
        return
    cause = f"workshop:{workshop.id}:seat_free:{moving[0].registration_id}:{seats.free}"
    if db.session.scalar(select(OutboxMessage.id).where(OutboxMessage.intent_key == cause)) is None:
        db.session.add(messages.seat_free(workshop, cause=cause, now=now, context={"free": seats.free}))
