"""Calendar and news feed of all announced workshops, for programs that ask again and again (C-11)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, render_template, request

from registration import clock
from registration.links import public_url
from registration.mail.calendar_feed import feed_calendar
from registration.models import Workshop
from registration.steps.announcements import Announced, announced
from registration.steps.keeping import store
from registration.views.languages import reader_language
from registration.vocabulary import WorkshopState

blueprint = Blueprint("feeds", __name__)

NEWEST = 50
FRESH_SECONDS = 15 * 60
NOTHING_YET = datetime(2000, 1, 1, tzinfo=UTC)
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@blueprint.get("/workshops.ics")
def calendar() -> Response:
    """All sessions that have been announced, without any meeting room."""
    return _feed(_calendar, "text/calendar; charset=utf-8; method=PUBLISH")


@blueprint.get("/workshops.atom")
def atom() -> Response:
    """What was announced last stands first (RFC 4287)."""
    return _feed(_atom, "application/atom+xml; charset=utf-8")


def public_answer(content: bytes, content_type: str, *, seconds: int = FRESH_SECONDS) -> Response:
    """An answer for programs anywhere: other sites may read it, and ask whether it is still the same."""
    response = Response(content, content_type=content_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.set_etag(blake2b(content, digest_size=16).hexdigest(), weak=True)  # also as gzip
    response.make_conditional(request)
    return response


def _feed(write: Callable[[Announced, str], bytes], content_type: str) -> Response:
    """Written anew when a workshop has changed."""
    found, language = announced(clock.now()), reader_language()
    key = (request.endpoint, language)
    kept: tuple[Announced, bytes] | None = store("feeds").get(key)
    if kept is None or kept[0] is not found:
        kept = found, write(found, language)
        store("feeds").keep(key, kept)
    return public_answer(kept[1], content_type)


def _calendar(found: Announced, language: str) -> bytes:
    address = public_url("feeds.calendar", language)
    return feed_calendar(found.workshops, found.changed_at, language=language, address=address)


def _atom(found: Announced, language: str) -> bytes:
    newest = sorted(found.workshops, key=_announced_at, reverse=True)[:NEWEST]
    updated = max((found.changed_at[one.id] for one in newest), default=NOTHING_YET)
    page = render_template(
        "feeds/workshops.xml",
        workshops=newest,
        changed_at=found.changed_at,
        updated=updated,
        public_url=lambda endpoint, **values: public_url(endpoint, language, **values),
        host=urlsplit(current_app.config["PUBLIC_URL"]).hostname,
        is_cancelled=lambda one: one.state == WorkshopState.CANCELLED,
    )
    return _NOT_IN_XML.sub("", page).encode()


def _announced_at(workshop: Workshop) -> tuple[datetime, int]:
    return workshop.published_at or workshop.created_at, workshop.id
