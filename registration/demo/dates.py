"""Moving the days of an example to around today, by whole weeks, so that every weekday stays."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import count

from registration.rules.working_days import is_working_day
from registration.vocabulary import FederalState

ONE_WEEK = timedelta(weeks=1)
_MOST_EXTRA_WEEKS = 8  # beyond that a holiday is the smaller evil


def shift_for(
    deadline: date, meetings: Iterable[date], *, today: date, days_ahead: int, state: FederalState
) -> timedelta:
    """Return the weeks after which the deadline lies at least `days_ahead` from today (negative: past).

    Where a meeting would fall on a public holiday, an example that lies ahead moves on by further weeks.
    """
    days = list(meetings)
    first = ONE_WEEK * -((deadline - today - timedelta(days=days_ahead)).days // 7)
    if days_ahead < 0:
        return first
    for extra in count():
        shift = first + extra * ONE_WEEK
        if extra == _MOST_EXTRA_WEEKS or all(is_working_day(day + shift, state) for day in days):
            return shift
    raise AssertionError("count() does not end")
