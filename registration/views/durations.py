"""How long something still lasts or is away, in words."""

from datetime import datetime, timedelta

from flask_babel import ngettext

from registration.rules.durations import in_people_words


def time_left(now: datetime, end: datetime) -> str:
    """25 Minuten, 3 Stunden, 2 Tage."""
    left = in_people_words(end - now)
    words = {
        "minutes": ngettext("%(num)d Minute", "%(num)d Minuten", left.number),
        "hours": ngettext("%(num)d Stunde", "%(num)d Stunden", left.number),
        "days": ngettext("%(num)d Tag", "%(num)d Tage", left.number),
    }
    return str(words[left.unit])


def how_long(lasted: timedelta) -> str:
    """2 Stunden 30 Minuten, to the minute; 0 Minuten for nothing."""
    hours, minutes = divmod(lasted // timedelta(minutes=1), 60)
    parts = [ngettext("%(num)d Stunde", "%(num)d Stunden", hours)] if hours else []
    if minutes or not hours:
        parts.append(ngettext("%(num)d Minute", "%(num)d Minuten", minutes))
    return " ".join(parts)
