"""The list as JSON, for whoever shows it elsewhere (docs/api.md): nobody's data, never a room."""

import json
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from registration import clock
from registration.links import public_url
from registration.models import WorkshopSession
from registration.rules.finding import Wanted, lines
from registration.steps.catalogue import Catalogue, upcoming
from registration.views.feeds import public_answer
from registration.views.kept_lists import kept_list
from registration.views.languages import reader_language
from registration.views.listing import PAGE_SIZE, Card, Count, Listing, find, listing
from registration.views.wanted import page_number, read, written

blueprint = Blueprint("api", __name__)

MOST_PER_PAGE = 100
FRESH_SECONDS = 60


@blueprint.get("/api/workshops")
def workshops() -> Response:
    """A page of what is still to come; the filters are those of the list."""
    now = clock.now()
    asked = read(request.args), page_number(request.args), _page_size()
    catalogue = upcoming(now)
    text = kept_list(
        *asked, catalogue=catalogue, now=now, make=lambda count: _text(catalogue, *asked, count, now)
    )
    return public_answer(text.encode(), "application/json", seconds=FRESH_SECONDS)


def _text(catalogue: Catalogue, wanted: Wanted, number: int, size: int, count: Count, now: datetime) -> str:
    found = listing(find(catalogue, wanted, count, now=now), number, count, size=size)
    answer = {
        "total": found.total,
        "page": found.page,
        "pages": found.pages,
        "next": _next(found, wanted, size),
        "workshops": [_workshop(card) for card in found.cards],
    }
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def _next(found: Listing, wanted: Wanted, size: int) -> str | None:
    if found.page == found.pages:
        return None
    arguments = written(wanted) | {"page": str(found.page + 1), "size": str(size)}
    return public_url("api.workshops", reader_language(), **arguments)


def _workshop(card: Card) -> dict[str, Any]:
    workshop, seats = card.workshop, card.availability
    return {
        "id": workshop.id,
        "url": public_url("workshops.show", reader_language(), slug=workshop.slug),
        "title": workshop.title,
        "subtitle": workshop.subtitle,
        "series": workshop.series,
        "summary": workshop.summary,
        "language": workshop.language,
        "format": workshop.format.value,
        "audience": lines(workshop.audience),
        "sessions": [_session(one) for one in workshop.sessions],
        "registration": {
            "state": seats.chance.value,
            "is_open": seats.is_open,
            "opens_at": _instant(workshop.opens_at, workshop.zone),
            "closes_at": _instant(workshop.closes_at, workshop.zone),
            "capacity": seats.seats.capacity,
            "free": seats.seats.free,
        },
    }


def _session(one: WorkshopSession) -> dict[str, Any]:
    return {
        "title": one.title,
        "starts_at": _instant(one.starts_at, one.zone),
        "ends_at": _instant(one.ends_at, one.zone),
        "time_zone": one.zone,
        "place": one.place,
    }


def _instant(at: datetime | None, zone: str) -> str | None:
    """With the offset of its place, so that the wall time can be read from it."""
    return at.astimezone(ZoneInfo(zone)).isoformat() if at else None


def _page_size() -> int:
    typed = request.args.get("size", "")
    return min(max(int(typed), 1), MOST_PER_PAGE) if re.fullmatch(r"[0-9]{1,4}", typed) else PAGE_SIZE
