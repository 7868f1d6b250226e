"""Dates in words, German and English, whatever the server's locale is (T-15, L-46)."""

from dataclasses import dataclass
from datetime import date, datetime, time

_NBSP = "\u00a0"  # keeps "Uhr" on the line of its time


@dataclass(frozen=True)
class _Words:
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    weekday_letters: int
    month_letters: int
    after_day: str
    clock: str
    to: str
    until_day: str
    until_time: str
    near_days: dict[int, str]
    ahead: str
    ago: str


_GERMAN = _Words(
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    months=(
        "Januar", "Februar", "März", "April", "Mai", "Juni",
        "Juli", "August", "September", "Oktober", "November", "Dezember",
    ),
    weekday_letters=2,
    month_letters=3,
    after_day=".",
    clock=f"{_NBSP}Uhr",
    to="bis",
    until_day="bis einschließlich",
    until_time="bis",
    near_days={-1: "gestern", 0: "heute", 1: "morgen"},
    ahead="in {} Tagen",
    ago="vor {} Tagen",
)  # fmt: skip
_ENGLISH = _Words(
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    weekday_letters=3,
    month_letters=3,
    after_day="",
    clock="",
    to="to",
    until_day="until and including",
    until_time="until",
    near_days={-1: "yesterday", 0: "today", 1: "tomorrow"},
    ahead="in {} days",
    ago="{} days ago",
)  # fmt: skip


def long_date(day: date, language: str) -> str:
    """Mittwoch, 24. Februar 2027 / Wednesday, 24 February 2027."""
    return f"{_day_and_month(day, language)} {day.year}"


def short_date(day: date, language: str) -> str:
    """24.02.2027 / 24 Feb 2027 (digits alone would leave English readers in doubt)."""
    if _is_english(language):
        return f"{day.day} {short_month(day.month, language)} {day.year}"
    return f"{day.day:02}.{day.month:02}.{day.year}"


def table_date_time(local: datetime, language: str) -> str:
    """Mi 24.02.2027 10:00 / Wed 24 Feb 2027 10:00."""
    return f"{short_weekday(local, language)} {short_date(local, language)} {local:%H:%M}"


def long_span(start: datetime, end: datetime, language: str) -> str:
    """From–to in local time; several days in the form of T-15, the first year only where it differs."""
    words = _words(language)
    if start.date() == end.date():
        return f"{long_date(start, language)}, {start:%H:%M} {words.to} {clock_time(end, language)}"
    first_day = _day_and_month(start, language) if start.year == end.year else long_date(start, language)
    return (
        f"{first_day}, {clock_time(start, language)}, "
        f"{words.to} {long_date(end, language)}, {clock_time(end, language)}"
    )


def clock_time(moment: time | datetime, language: str) -> str:
    """09:45 Uhr / 09:45."""
    return f"{moment:%H:%M}{_words(language).clock}"


def deadline_words(day: date, at: time | None, language: str) -> str:
    """Until the end of the day, or until a clock time (T-02)."""
    words = _words(language)
    if at is None:
        return f"{words.until_day} {long_date(day, language)}"
    return f"{words.until_time} {long_date(day, language)}, {clock_time(at, language)}"


def relative_days(today: date, day: date, language: str) -> str:
    """Heute, morgen, in 12 Tagen, gestern, vor 3 Tagen; both plain days, not instants."""
    words, days = _words(language), (day - today).days
    if days in words.near_days:
        return words.near_days[days]
    return words.ahead.format(days) if days > 0 else words.ago.format(-days)


def month_name(month: int, language: str) -> str:
    """Februar / February, for 1 to 12."""
    return _words(language).months[month - 1]


def short_month(month: int, language: str) -> str:
    """Feb / Feb."""
    return month_name(month, language)[: _words(language).month_letters]


def short_weekday(day: date, language: str) -> str:
    """Mi / Wed."""
    words = _words(language)
    return words.weekdays[day.weekday()][: words.weekday_letters]


def subject_date(start: datetime, language: str) -> str:
    """Mittwoch, 24.02., 10:00 Uhr / Wednesday, 24 Feb, 10:00: short enough for a subject line."""
    weekday = _words(language).weekdays[start.weekday()]
    if _is_english(language):
        return f"{weekday}, {start.day} {short_month(start.month, language)}, {start:%H:%M}"
    return f"{weekday}, {start.day:02}.{start.month:02}., {clock_time(start, language)}"


def _day_and_month(day: date, language: str) -> str:
    words = _words(language)
    return f"{words.weekdays[day.weekday()]}, {day.day}{words.after_day} {month_name(day.month, language)}"


def _words(language: str) -> _Words:
    return _ENGLISH if _is_english(language) else _GERMAN


def _is_english(language: str) -> bool:
    return language.startswith("en")
