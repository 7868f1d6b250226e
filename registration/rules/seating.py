"""Who gets a seat, who waits, who is reviewed, and who moves up (domain.md, rules 2 to 6)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from registration.vocabulary import Decision, Outcome, RegistrationState


@dataclass(frozen=True)
class Seats:
    """The seats of a workshop as they are without the registration under decision.

    `capacity` None: unlimited. `in_review` is 0 where review holds no seat. `held`: live holds of unconfirmed
    ones. `waiting`: those ahead who would take a free seat (see `count_ahead`). `same_organisation`: seats
    that the same organisation takes already.
    """

    capacity: int | None
    confirmed: int = 0
    offered: int = 0
    in_review: int = 0
    held: int = 0
    waiting: int = 0
    same_organisation: int = 0
    limit_per_organisation: int | None = None

    @property
    def taken(self) -> int:
        """Seats that nobody else can have (rule 2)."""
        return self.confirmed + self.offered + self.in_review + self.held

    @property
    def free(self) -> int | None:
        """Seats left, never below 0 (rule 4); None when there is no limit."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)

    @property
    def is_full(self) -> bool:
        """Whether no seat is left."""
        return self.free == 0

    @property
    def is_organisation_at_limit(self) -> bool:
        """Whether the organisation has all the seats that one organisation may have (rule 5)."""
        return (
            self.limit_per_organisation is not None and self.same_organisation >= self.limit_per_organisation
        )


@dataclass(frozen=True)
class Placement:
    """Where a registration goes, and every reason why."""

    state: RegistrationState
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """One registration on the waiting list."""

    registration_id: int
    organisation_id: int | None
    needs_review: bool = False


@dataclass(frozen=True)
class MovingUp:
    """Registration ids that get a free seat now, in order: certain ones, and those still to be reviewed."""

    to_confirm: list[int] = field(default_factory=list)
    to_review: list[int] = field(default_factory=list)


def place(
    *,
    decision: Decision,
    outcome: Outcome,
    seats: Seats,
    has_waiting_list: bool,
    is_late: bool,
    review_holds_seat: bool = True,
    holds_seat: bool = False,
) -> Placement:
    """Where a registration with confirmed address goes; ValueError for a refused one.

    `holds_seat`: its own hold is still live, so that nobody in the queue is ahead of it (rule 2).
    """
    if outcome is Outcome.REFUSED:
        raise ValueError("a refused registration is not placed")
    review = _review_reasons(decision, outcome, is_late)
    if decision is Decision.APPLY_FIRST or is_late or (review and not review_holds_seat):
        return Placement(RegistrationState.IN_REVIEW, review)
    hindrances = _hindrances(seats, holds_seat)
    if hindrances:
        state = RegistrationState.WAITING if has_waiting_list else RegistrationState.DECLINED
        return Placement(state, hindrances + review)
    return Placement(RegistrationState.IN_REVIEW if review else RegistrationState.CONFIRMED, review)


def next_to_move_up(
    queue: Sequence[Waiting],
    free: int | None,
    limit: int | None,
    taken_by_organisation: Mapping[int, int],
) -> MovingUp:
    """Who gets the free seats, in strict order but for the limit per organisation (rules 4, 5)."""
    moving, taken = MovingUp(), Counter(taken_by_organisation)
    for waiting in queue:
        if free is not None and len(moving.to_confirm) + len(moving.to_review) >= free:
            break
        if _is_blocked(waiting, limit, taken):
            continue
        if waiting.organisation_id is not None:
            taken[waiting.organisation_id] += 1
        (moving.to_review if waiting.needs_review else moving.to_confirm).append(waiting.registration_id)
    return moving


def count_ahead(queue: Sequence[Waiting], limit: int | None, taken_by_organisation: Mapping[int, int]) -> int:
    """How many in the queue would take a seat if enough came free: the `waiting` of `Seats`."""
    moving = next_to_move_up(queue, None, limit, taken_by_organisation)
    return len(moving.to_confirm) + len(moving.to_review)


def may_move_up_by_itself(now: datetime, starts_at: datetime, hours: int) -> bool:
    """Whether a free seat goes on without an organiser: not in the last hours before the start (rule 4)."""
    return now < starts_at - timedelta(hours=hours)


def _review_reasons(decision: Decision, outcome: Outcome, is_late: bool) -> tuple[str, ...]:
    reasons = {
        "apply_first": decision is Decision.APPLY_FIRST,
        "late": is_late,
        "review_rule": outcome is Outcome.REVIEW,
        "by_organiser": decision is Decision.BY_ORGANISER,
    }
    return tuple(code for code, applies in reasons.items() if applies)


def _hindrances(seats: Seats, holds_seat: bool) -> tuple[str, ...]:
    reasons = {
        "full": seats.is_full,
        # A free seat belongs to those who wait already.
        "queue": bool(seats.free) and seats.waiting > 0 and not holds_seat,
        "limit_per_organisation": seats.is_organisation_at_limit,
    }
    return tuple(code for code, applies in reasons.items() if applies)


def _is_blocked(waiting: Waiting, limit: int | None, taken: Mapping[int, int]) -> bool:
    if limit is None or waiting.organisation_id is None:
        return False
    return taken.get(waiting.organisation_id, 0) >= limit
