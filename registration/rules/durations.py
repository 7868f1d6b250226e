"""How long until something, in the unit that people would say; the words stand in views/durations.py."""

from dataclasses import dataclass
from datetime import timedelta

DAYS_FROM_HOURS = 48


@dataclass(frozen=True)
class Duration:
    """A number of "days", "hours" or "minutes", never less than one minute."""

    number: int
    unit: str


def in_people_words(left: timedelta) -> Duration:
    """Whole units, rounded down, so that nobody comes too late; below an hour in minutes."""
    minutes = max(1, int(left.total_seconds() // 60))
    if minutes < 60:
        return Duration(minutes, "minutes")
    hours = minutes // 60
    return Duration(hours, "hours") if hours < DAYS_FROM_HOURS else Duration(hours // 24, "days")
