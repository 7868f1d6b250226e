"""VTIMEZONE: what a calendar file says about the zones of its times (C-08)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from registration.mail.slots import Slot

_BERLIN = "Europe/Berlin"
_ONE_HOUR = timedelta(hours=1)


def time_zones(sessions: Iterable[Slot]) -> list[Timezone]:
    """One per zone in use. Berlin in the only form that Outlook understands; others for the dates at hand."""
    dates: dict[str, list[datetime]] = {}
    for session in sessions:
        dates.setdefault(session.zone, []).extend((session.starts_local, session.ends_local))
    return [_berlin() if zone == _BERLIN else _other(zone, days) for zone, days in dates.items()]


def _berlin() -> Timezone:
    zone = Timezone()
    zone.add("tzid", _BERLIN)
    summer, winter = TimezoneDaylight(), TimezoneStandard()
    _fill(summer, starts=datetime(1970, 3, 29, 2), month=3, before=_ONE_HOUR, name="CEST")  # noqa: DTZ001
    _fill(winter, starts=datetime(1970, 10, 25, 3), month=10, before=2 * _ONE_HOUR, name="CET")  # noqa: DTZ001
    zone.add_component(summer)
    zone.add_component(winter)
    return zone


def _fill(
    part: TimezoneDaylight | TimezoneStandard,
    *,
    starts: datetime,
    month: int,
    before: timedelta,
    name: str,
) -> None:
    """Wall times without a zone, as RFC 5545 3.6.5 wants them here."""
    part.add("dtstart", starts)
    part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", 3 * _ONE_HOUR - before)
    part.add("tzname", name)


def _other(zone: str, days: list[datetime]) -> Timezone:
    """Bounded, or 68 years of dates go out."""
    first, last = min(days).date(), max(days).date() + timedelta(days=366)
    return Timezone.from_tzid(zone, first_date=first, last_date=last)
