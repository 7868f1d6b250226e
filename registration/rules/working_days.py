"""Working days: Monday to Friday, without the public holidays of a federal state (T-03, T-08)."""

from collections.abc import Container
from datetime import date, timedelta
from functools import cache

from registration.vocabulary import FederalState

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


def is_working_day(day: date, state: FederalState) -> bool:
    """Whether offices of this federal state work on that day."""
    return day.weekday() < _SATURDAY and day not in _holidays(state, day.year)


def working_days_before(day: date, count: int, state: FederalState) -> date:
    """The day `count` working days before; 1 is the last one strictly before the day (T-08)."""
    return _walk(day, count, state, -_ONE_DAY)


def working_days_after(day: date, count: int, state: FederalState) -> date:
    """The day `count` working days after; 1 is the first one strictly after the day."""
    return _walk(day, count, state, _ONE_DAY)


def _walk(day: date, count: int, state: FederalState, step: timedelta) -> date:
    while count > 0:
        day += step
        count -= is_working_day(day, state)
    return day


@cache
def _holidays(state: FederalState, year: int) -> Container[date]:
    import holidays  # noqa: PLC0415 - 5 MB that the web does not need

    return frozenset(holidays.country_holidays("DE", subdiv=state.value, years=year))
