"""How long the next attempt to sign in has to wait after failures (L-59: delay, never a ban)."""

from datetime import datetime, timedelta
from math import ceil

MEMORY = timedelta(hours=1)
"""Failures older than this are forgotten."""

FREE_ATTEMPTS = 4
LONGEST_SECONDS = 300

# All addresses together: far above what an agency mistypes, and a short pause only.
FREE_ATTEMPTS_OF_EVERYBODY = 500
SECONDS_FOR_EVERYBODY = 2


def seconds_to_wait(
    failures: int, latest: datetime | None, *, now: datetime, is_everybody: bool = False
) -> int:
    """Return whole seconds until the next attempt is allowed, 0 for now: 2, 4, 8 … up to five minutes."""
    delay = _delay_of_everybody(failures) if is_everybody else _delay(failures)
    if latest is None or not delay:
        return 0
    left = (latest + timedelta(seconds=delay) - now).total_seconds()
    return min(delay, max(0, ceil(left)))


def _delay(failures: int) -> int:
    beyond = failures - FREE_ATTEMPTS
    return 0 if beyond < 0 else int(min(LONGEST_SECONDS, 2 ** min(beyond + 1, 10)))


def _delay_of_everybody(failures: int) -> int:
    return SECONDS_FOR_EVERYBODY if failures >= FREE_ATTEMPTS_OF_EVERYBODY else 0
