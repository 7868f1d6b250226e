"""What the address of the list asks for: read kindly, written back, and said in words.

Whatever somebody writes into an address, the list answers: what makes no sense is ignored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from registration.rules.finding import Wanted
from registration.rules.names import clean, has_forbidden_characters
from registration.views.words import month_name
from registration.vocabulary import WorkshopFormat

LONGEST = 100
LAST_PAGE = 10_000
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
FORMAT_CHOICES = {
    WorkshopFormat.ONLINE: _l("Online möglich"),
    WorkshopFormat.ON_SITE: _l("Vor Ort möglich"),
    WorkshopFormat.HYBRID: _l("Vor Ort und online"),
}


@dataclass(frozen=True)
class Chip:
    """An active filter in words, and what is still wanted without it."""

    words: str
    rest: dict[str, str]


def read(arguments: Mapping[str, str]) -> Wanted:
    """What the arguments of an address ask for."""
    month = _MONTH.fullmatch(arguments.get("month", ""))
    format_ = arguments.get("format", "")
    return Wanted(
        text=_line(arguments, "q"),
        month=date(int(month[1]), int(month[2]), 1) if month else None,
        format=WorkshopFormat(format_) if format_ in set(WorkshopFormat) else None,
        audience=_line(arguments, "audience"),
        series=_line(arguments, "series"),
        free=arguments.get("free", "") == "1",
    )


def page_number(arguments: Mapping[str, str]) -> int:
    """The page that is asked for; the first one when that makes no sense."""
    number = arguments.get("page", "")
    return min(max(int(number), 1), LAST_PAGE) if re.fullmatch(r"[0-9]{1,9}", number) else 1


def written(wanted: Wanted) -> dict[str, str]:
    """The arguments of an address that asks for this, without the empty ones."""
    values = {
        "q": wanted.text,
        "month": f"{wanted.month:%Y-%m}" if wanted.month else "",
        "format": wanted.format or "",
        "audience": wanted.audience,
        "series": wanted.series,
        "free": "1" if wanted.free else "",
    }
    return {name: value for name, value in values.items() if value}


def chips(wanted: Wanted) -> list[Chip]:
    """Every active filter, each with the address that it leads to when it is removed."""
    said = {
        "text": wanted.text and _("„%(text)s“", text=wanted.text),
        "month": wanted.month and f"{month_name(wanted.month)} {wanted.month.year}",
        "format": wanted.format and str(FORMAT_CHOICES[wanted.format]),
        "audience": wanted.audience and _("Für: %(group)s", group=wanted.audience),
        "series": wanted.series and _("Reihe: %(series)s", series=wanted.series),
        "free": wanted.free and _("Noch Plätze frei"),
    }
    return [
        Chip(words, written(replace(wanted, **{name: _EMPTY[name]}))) for name, words in said.items() if words
    ]


_EMPTY: dict[str, Any] = {
    "text": "",
    "month": None,
    "format": None,
    "audience": "",
    "series": "",
    "free": False,
}


def _line(arguments: Mapping[str, str], name: str) -> str:
    """One tidy line, not too long; what nobody can have typed is no search."""
    text = clean(arguments.get(name, "")[: 10 * LONGEST])[:LONGEST].strip()
    return "" if has_forbidden_characters(text) else text
