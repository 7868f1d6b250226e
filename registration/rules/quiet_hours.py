"""When mails that can wait do not leave: at night, at weekends and on public holidays (T-11)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from registration.rules.wall_times import to_local, to_nearest_instant
from registration.rules.working_days import is_working_day, working_days_after
from registration.vocabulary import FederalState

FIRST_AFTER_FREE_DAYS = time(8, 0)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class QuietHours:
    """Quiet from a wall time until another one, and on all days that are no working days of the state."""

    since: time
    until: time
    state: FederalState


def end_of_quiet(instant: datetime, zone: str, quiet: QuietHours) -> datetime:
    """Return the instant itself, or the end of the quiet that it falls into.

    A night before a working day ends at `until`, free days end at 8:00 of the next working day.
    """
    local = to_local(instant, zone)
    day, clock = local.date(), local.time()
    if not is_working_day(day, quiet.state):
        return _morning_after(day, zone, quiet)
    if quiet.since <= quiet.until:  # a quiet time in the middle of the day
        is_quiet = quiet.since <= clock < quiet.until
        return _at(day, quiet.until, zone) if is_quiet else instant
    if clock < quiet.until:
        return _at(day, quiet.until, zone)
    if clock < quiet.since:
        return instant
    tomorrow = day + _ONE_DAY
    if is_working_day(tomorrow, quiet.state):
        return _at(tomorrow, quiet.until, zone)
    return _morning_after(day, zone, quiet)


def _morning_after(day: date, zone: str, quiet: QuietHours) -> datetime:
    by_night = quiet.until if quiet.since > quiet.until else time.min
    return _at(working_days_after(day, 1, quiet.state), max(FIRST_AFTER_FREE_DAYS, by_night), zone)


def _at(day: date, clock: time, zone: str) -> datetime:
    return to_nearest_instant(datetime.combine(day, clock), zone)
