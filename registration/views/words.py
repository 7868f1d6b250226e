"""Words of the pages: dates, formats and states as the templates use them, in the reader's language."""

from datetime import date, datetime, time
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, request
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from registration import state_words
from registration.models import Workshop, WorkshopSession
from registration.rules import date_words
from registration.rules.addresses import readable_address
from registration.rules.finding import lines
from registration.rules.wall_times import to_local
from registration.views.languages import reader_language
from registration.views.markdown import render_markdown
from registration.vocabulary import FederalState

FEDERAL_STATE: dict[FederalState, Any] = {
    FederalState.BW: _l("Baden-Württemberg"),
    FederalState.BY: _l("Bayern"),
    FederalState.BE: _l("Berlin"),
    FederalState.BB: _l("Brandenburg"),
    FederalState.HB: _l("Bremen"),
    FederalState.HH: _l("Hamburg"),
    FederalState.HE: _l("Hessen"),
    FederalState.MV: _l("Mecklenburg-Vorpommern"),
    FederalState.NI: _l("Niedersachsen"),
    FederalState.NW: _l("Nordrhein-Westfalen"),
    FederalState.RP: _l("Rheinland-Pfalz"),
    FederalState.SL: _l("Saarland"),
    FederalState.SN: _l("Sachsen"),
    FederalState.ST: _l("Sachsen-Anhalt"),
    FederalState.SH: _l("Schleswig-Holstein"),
    FederalState.TH: _l("Thüringen"),
}


def register(app: Flask) -> None:
    """Give the templates their words, and every page what its frame shows."""
    app.jinja_env.filters.update(
        markdown=render_markdown,
        long_date=long_date,
        short_date=short_date,
        clock_time=clock_time,
        readable_address=readable_address,
        short_weekday=short_weekday,
        month_name=month_name,
        short_month=short_month,
        local=to_local,
        lines=lines,
    )
    app.jinja_env.globals.update(
        session_span=session_span,
        deadline=deadline,
        relative_days=relative_days,
        language_mark=language_mark,
        REGISTRATION_WORDS=state_words.REGISTRATION,
        FORMAT_WORDS=state_words.FORMAT,
        WORKSHOP_WORDS=state_words.WORKSHOP,
        FEDERAL_STATE_WORDS=FEDERAL_STATE,
    )
    app.context_processor(_frame)


def long_date(day: date) -> str:
    """Mittwoch, 24. Februar 2027."""
    return date_words.long_date(day, reader_language())


def short_date(day: date) -> str:
    """24.02.2027."""
    return date_words.short_date(day, reader_language())


def clock_time(moment: time | datetime) -> str:
    """09:45 Uhr; of a wall time."""
    return date_words.clock_time(moment, reader_language())


def short_weekday(day: date) -> str:
    """Mi."""
    return date_words.short_weekday(day, reader_language())


def month_name(day: date) -> str:
    """Februar."""
    return date_words.month_name(day.month, reader_language())


def short_month(day: date) -> str:
    """Feb."""
    return date_words.short_month(day.month, reader_language())


def session_span(one: WorkshopSession) -> Markup:
    """Day, start and end of a session in words, readable for machines as well (L-46)."""
    words = date_words.long_span(one.starts_local, one.ends_local, reader_language())
    start = to_local(one.starts_at, one.zone).isoformat()
    return Markup('<time datetime="{}">{}</time>').format(start, words)


def deadline(workshop: Workshop) -> str:
    """Bis einschließlich Freitag, 12. Februar 2027; empty without a deadline (T-02)."""
    if workshop.deadline_on is None:
        return ""
    return date_words.deadline_words(workshop.deadline_on, workshop.deadline_time, reader_language())


def relative_days(now: datetime, day: date, zone: str) -> str:
    """Heute, in 12 Tagen: counted in days of the zone."""
    return date_words.relative_days(to_local(now, zone).date(), day, reader_language())


def language_mark(language: str) -> Markup:
    """The lang attribute for text whose language is not the page's (L-35)."""
    return Markup("") if language == reader_language() else Markup(' lang="{}"').format(language)


def _frame() -> dict[str, Any]:
    """What header and footer need; nothing here asks the database, error pages use it too."""
    language = reader_language()
    name = "SERVICE_NAME_EN" if language == "en" else "SERVICE_NAME"
    root = request.script_root.removesuffix("/en") if language == "en" else f"{request.script_root}/en"
    return {
        "language": language,
        "service_name": current_app.config[name],
        "other_language_root": root,
        # quoted: `/\host` and `/<tab>/host` as a link would lead browsers to another site
        "this_path": quote(request.path),
    }
