"""When the daily digest is due: at 7:30 of each working day, until the next one takes its place."""

from datetime import date, datetime, time

from registration.rules.reminder_times import Window
from registration.rules.wall_times import to_local, to_nearest_instant
from registration.rules.working_days import is_working_day, working_days_after, working_days_before
from registration.vocabulary import FederalState

HALF_PAST_SEVEN = time(7, 30)


def latest_digest(now: datetime, zone: str, state: FederalState) -> Window:
    """Return the window of the digest that is due now."""
    today = to_local(now, zone).date()
    day = today if is_working_day(today, state) else working_days_before(today, 1, state)
    if _at(day, zone) > now:
        day = working_days_before(day, 1, state)
    return Window(_at(day, zone), _at(working_days_after(day, 1, state), zone), waits=True, zone=zone)


def next_digest(now: datetime, zone: str, state: FederalState) -> Window:
    """Return the window of the digest that is due next."""
    return latest_digest(latest_digest(now, zone, state).pointless, zone, state)


def digest_before(due: datetime, zone: str, state: FederalState) -> datetime:
    """Return when the one before was due: what came in since then is new."""
    return _at(working_days_before(to_local(due, zone).date(), 1, state), zone)


def _at(day: date, zone: str) -> datetime:
    return to_nearest_instant(datetime.combine(day, HALF_PAST_SEVEN), zone)
