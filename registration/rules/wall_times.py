"""Wall times and instants: local time plus zone is the truth, the instant is derived (T-01, T-06)."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_GERMAN_DATE = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{4})")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CLOCK_TIME = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?: ?uhr)?|([0-9]{1,2}) ?uhr", re.IGNORECASE)
_YEARS = range(1900, 2200)  # whatever lies outside is a slip of the keyboard


class NonExistentTime(ValueError):
    """The clock jumps over this wall time; `suggestion` is the next one that exists, naive (T-06)."""

    def __init__(self, suggestion: datetime) -> None:
        super().__init__(f"no such wall time, next is {suggestion:%Y-%m-%d %H:%M}")
        self.suggestion = suggestion


class AmbiguousTime(ValueError):
    """The clock shows this wall time twice: somebody has to say which one (T-06)."""


def to_instant(local: datetime, zone: str, fold: int | None = None) -> datetime:
    """The UTC instant of a naive wall time; raises `NonExistentTime` or, without fold, `AmbiguousTime`."""
    if not exists(local, zone):
        raise NonExistentTime(_next_existing(local, zone))
    first, second = _as_utc(local, zone, 0), _as_utc(local, zone, 1)
    if first != second and fold is None:
        raise AmbiguousTime(f"{local:%Y-%m-%d %H:%M} happens twice in {zone}")
    return second if fold else first


def to_nearest_instant(local: datetime, zone: str) -> datetime:
    """Like `to_instant` without refusal: the next existing wall time, and the first of two."""
    try:
        return to_instant(local, zone, fold=0)
    except NonExistentTime as gap:
        return to_instant(gap.suggestion, zone, fold=0)


def instant_again(local: datetime, known: datetime, zone: str) -> datetime:
    """Derive the instant of a wall time anew; of two equal ones it is the one that was nearer (T-01)."""
    if not exists(local, zone):
        return to_nearest_instant(local, zone)
    return min((_as_utc(local, zone, fold) for fold in (0, 1)), key=lambda instant: abs(instant - known))


def is_ambiguous(local: datetime, zone: str) -> bool:
    """Whether the clock shows this wall time twice."""
    return exists(local, zone) and _as_utc(local, zone, 0) != _as_utc(local, zone, 1)


def to_local(instant: datetime, zone: str) -> datetime:
    """The aware wall time of an aware instant."""
    return instant.astimezone(ZoneInfo(zone))


def closing_instant(day: date, at: time | None, zone: str) -> datetime:
    """The first instant that is too late: the end of the local day, or the given wall time (T-02)."""
    if at is None:
        return to_nearest_instant(datetime.combine(day + timedelta(days=1), time.min), zone)
    return to_nearest_instant(datetime.combine(day, at), zone)


def parse_local_date(text: str) -> date:
    """A typed day: 24.2.2027, 24.02.2027 or 2027-02-24; raises ValueError (U-17)."""
    typed = " ".join(text.split())
    if german := _GERMAN_DATE.fullmatch(typed):
        day, month, year = map(int, german.groups())
    elif iso := _ISO_DATE.fullmatch(typed):
        year, month, day = map(int, iso.groups())
    else:
        raise ValueError("not a date")
    if year not in _YEARS:
        raise ValueError("not a year of this product")
    return date(year, month, day)


def parse_local_time(text: str) -> time:
    """A typed clock time: 9:00, 09:00, 9 Uhr or 9.30 Uhr; raises ValueError (U-17)."""
    typed = _CLOCK_TIME.fullmatch(" ".join(text.split()))
    if typed is None:
        raise ValueError("not a clock time")
    hour, minute, bare_hour = typed.groups()
    return time(int(hour or bare_hour), int(minute or 0))


def _as_utc(local: datetime, zone: str, fold: int) -> datetime:
    if local.tzinfo is not None:
        raise ValueError("a wall time has no zone of its own")
    return local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def exists(local: datetime, zone: str) -> bool:
    """Whether the clock shows this wall time at all."""
    there_and_back = _as_utc(local, zone, 0).astimezone(ZoneInfo(zone))
    return there_and_back.replace(tzinfo=None) == local.replace(fold=0)


def _next_existing(local: datetime, zone: str) -> datetime:
    """The end of the gap; clocks change on whole minutes."""
    candidate = local.replace(second=0, microsecond=0, fold=0)
    while not exists(candidate, zone):
        candidate += timedelta(minutes=1)
    return candidate
