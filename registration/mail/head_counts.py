"""How many people are in which state of a workshop, and how many seats that takes (domain.md, rule 2)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from registration.extensions import db
from registration.models import Registration, Workshop
from registration.rules.seating import Seats
from registration.vocabulary import Decision, RegistrationState

State = RegistrationState


@dataclass(frozen=True)
class HeadCounts:
    """People by state, and the seats that they take."""

    by_state: dict[RegistrationState, int]
    seats: Seats


def head_counts(workshop: Workshop, *, now: datetime) -> HeadCounts:
    """Count with one query; a held seat counts as taken while its time runs."""
    held = func.count().filter(Registration.seat_held_until > now)
    query = (
        select(Registration.state, func.count(), held)
        .where(Registration.workshop_id == workshop.id)
        .group_by(Registration.state)
    )
    found = {state: (count, holding) for state, count, holding in db.session.execute(query)}
    by_state = {state: count for state, (count, _) in found.items()}
    reviewing = workshop.review_holds_seat and workshop.decision is not Decision.APPLY_FIRST
    seats = Seats(
        capacity=workshop.capacity,
        confirmed=by_state.get(State.CONFIRMED, 0),
        offered=by_state.get(State.OFFERED, 0),
        in_review=by_state.get(State.IN_REVIEW, 0) if reviewing else 0,
        held=found.get(State.UNCONFIRMED, (0, 0))[1],
    )
    return HeadCounts(by_state, seats)
