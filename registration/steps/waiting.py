"""Why people wait, as it is at the moment: for the desk, so that no free seat stays unexplained."""

from collections.abc import Mapping
from datetime import datetime

from registration.models import Workshop
from registration.rules.seating import Seats, reasons_to_wait
from registration.steps.counting import (
    in_line,
    is_too_late_to_move_up,
    limits_of,
    seats_of,
    taken_of_pools,
    waiting_list,
)
from registration.vocabulary import Decision


def why_waiting(workshop: Workshop, *, now: datetime) -> tuple[Seats, Mapping[int, tuple[str, ...]]]:
    """Return the seats, and why each on the waiting list has none, in the order of the list, as codes."""
    limits = limits_of(workshop)
    queue, seats = waiting_list(workshop, limits), seats_of(workshop, now=now)
    if not queue:
        return seats, {}
    taken = taken_of_pools(workshop, limits, now=now)
    line = in_line(queue, workshop, limits)
    reasons = reasons_to_wait(line, seats, taken, for_all=_for_all(workshop, now))
    return seats, {one.id: reasons.get(one.id, ("by_hand",)) for one in queue}


def _for_all(workshop: Workshop, now: datetime) -> str:
    """Why nobody of this workshop moves up by herself; nothing when that is not so."""
    reasons = {
        "not_published": not workshop.is_published,
        "over": workshop.is_over(now),
        "chosen_by_hand": workshop.decision is Decision.APPLY_FIRST,
        "last_hours": is_too_late_to_move_up(workshop, now),
    }
    return next((code for code, applies in reasons.items() if applies), "")
