"""Who gets a seat, who waits, who is reviewed, and who moves up (domain.md, rules 2 to 6)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from registration.rules.pools import Pool, exhausted
from registration.vocabulary import Decision, Outcome, RegistrationState


@dataclass(frozen=True)
class Seats:
    """The seats of a workshop as they are without the registration under decision.

    `capacity` None: unlimited. `in_review` is 0 where review holds no seat. `held`: live holds of unconfirmed
    ones. `waiting`: those ahead who would take a free seat. `exhausted`: pools that it needs and that have
    no seat left (rule 5).
    """

    capacity: int | None
    confirmed: int = 0
    in_review: int = 0
    held: int = 0
    waiting: int = 0
    offered: int = 0
    exhausted: tuple[Pool, ...] = ()

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


@dataclass(frozen=True)
class Placement:
    """Where a registration goes, and every reason why."""

    state: RegistrationState
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """One registration on the waiting list, and the pools that it would take a seat of."""

    registration_id: int
    pools: tuple[Pool, ...] = ()
    needs_review: bool = False


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


def next_to_move_up(queue: Sequence[Waiting], free: int | None, taken: Mapping[Pool, int]) -> list[Waiting]:
    """Who gets the free seats (None: any number), in strict order but for exhausted pools (rules 4, 5)."""
    moving: list[Waiting] = []
    taking = Counter(taken)
    for waiting in queue:
        if free is not None and len(moving) >= free:
            break
        if not exhausted(waiting.pools, taking):
            taking.update(waiting.pools)
            moving.append(waiting)
    return moving


def reasons_to_wait(
    queue: Sequence[Waiting], seats: Seats, taken: Mapping[Pool, int], *, for_all: str = ""
) -> dict[int, tuple[str, ...]]:
    """Why each has no seat at the moment, by registration; `for_all`: why nobody moves up by herself."""
    moving = next_to_move_up(queue, seats.free, taken)
    after = Counter(taken)
    after.update(pool for waiting in moving for pool in waiting.pools)
    common = ("offered" if seats.offered else "full") if seats.is_full else for_all

    def why(waiting: Waiting) -> tuple[str, ...]:
        if waiting in moving:
            return (for_all or "next",)
        pools = [pool.code for pool in exhausted(waiting.pools, after)]
        return (*([common] if common else []), *pools) or ("queue",)

    return {waiting.registration_id: why(waiting) for waiting in queue}


def may_move_up_by_itself(now: datetime, starts_at: datetime, hours: int) -> bool:
    """Whether a free seat goes on without an organiser: not in the last hours before the start (rule 4)."""
    return now < starts_at - timedelta(hours=hours)


def end_of_offer(now: datetime, starts_at: datetime | None, hours: int) -> datetime:
    """When an offered seat goes on to the next in line: after so many hours, never past the start."""
    end = now + timedelta(hours=hours)
    return end if starts_at is None else min(end, starts_at)


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
    }
    codes = [code for code, applies in reasons.items() if applies]
    return (*codes, *(pool.code for pool in seats.exhausted))
