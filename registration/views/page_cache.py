"""Finished pages of a workshop, kept per process while nothing on them has changed.

A page is used again only with the same stamp, read from the database for this very request, and before the
next instant at which time alone changes it. See docs/decisions/0011-kept-pages.md.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from registration.models import Workshop
from registration.rules.wall_times import closing_instant, to_local
from registration.steps.keeping import store
from registration.views.languages import reader_language


@dataclass(frozen=True)
class _Page:
    stamp: tuple[Any, ...]
    made_at: datetime
    good_until: datetime
    html: str


def kept_page(workshop: Workshop, *stamp: Any, now: datetime, render: Callable[[], str]) -> str:
    """Return the page of this address as it was made for the same stamp, or make it.

    `stamp`: all that the page shows beyond the settings, the address, the language and the workshop itself.
    """
    address = (request.endpoint, request.script_root, request.path, reader_language())
    stamp = (workshop.id, workshop.version, *stamp)
    pages = store("pages")
    page: _Page | None = pages.get(address)
    if page is None or page.stamp != stamp or not page.made_at <= now < page.good_until:
        page = _Page(stamp, now, min(instants_after(now, workshop)), render())
        pages.keep(address, page)
    return page.html


def instants_after(now: datetime, workshop: Workshop) -> Iterator[datetime]:
    """What time alone changes: opening, deadline, start, end, and the day of "in 12 Tagen"."""
    yield closing_instant(to_local(now, workshop.zone).date(), None, workshop.zone)
    for instant in (workshop.opens_at, workshop.closes_at, workshop.starts_at, workshop.ends_at):
        if instant is not None and instant > now:
            yield instant
