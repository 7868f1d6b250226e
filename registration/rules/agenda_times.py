"""Whether the lines of a programme lie within their session."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta


def outside(times: Iterable[time], start: datetime, end: datetime) -> list[time]:
    """Return the wall times of the programme that lie outside of the session; it may go over midnight."""
    return [at for at in times if not _is_inside(at, start, end)]


def _is_inside(at: time, start: datetime, end: datetime) -> bool:
    first = datetime.combine(start.date(), at)
    days = (end.date() - start.date()).days
    return any(start <= first + timedelta(days=number) <= end for number in range(days + 1))
