"""The calendar that everybody may subscribe to: all announced sessions, never a meeting room (C-11)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from icalendar import Calendar, Event

from registration.mail import words
from registration.mail.calendar import mailbox
from registration.mail.remembering import page_url
from registration.mail.time_zones import time_zones
from registration.models import Workshop, WorkshopSession
from registration.rules.names import clean_multiline, has_forbidden_characters
from registration.vocabulary import WorkshopState

REFRESH_EVERY = timedelta(hours=6)


def feed_calendar(
    workshops: Iterable[Workshop], changed_at: Mapping[int, datetime], *, language: str, address: str
) -> bytes:
    """One calendar with an event for each session; UID and SEQUENCE as in all other files (C-05, C-06).

    `changed_at` by the workshop's id: the same workshops give the same bytes, whenever they are asked for.
    """
    sessions = [one for workshop in workshops for one in workshop.sessions]
    with force_locale(language):
        calendar = _head(language, address)
        for component in (*time_zones(sessions), *(_event(one, changed_at, language) for one in sessions)):
            calendar.add_component(component)
    content: bytes = calendar.to_ical(sorted=False)
    return content


def _head(language: str, address: str) -> Calendar:
    """Names and pace in the words of RFC 7986, and in those that Outlook and Apple know."""
    name = _text(_("Veranstaltungen – %(agency)s", agency=current_app.config["AGENCY_NAME"]))
    calendar = Calendar()
    calendar.add("prodid", f"-//Registration//Workshop registration//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("source", address, parameters={"VALUE": "URI"})
    calendar.add("refresh-interval", REFRESH_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    return calendar


def _event(one: WorkshopSession, changed_at: Mapping[int, datetime], language: str) -> Event:
    """What is public of a session; no alarm: whoever subscribes to all does not go to all."""
    workshop, zone = one.workshop, ZoneInfo(one.zone)
    is_cancelled = workshop.state == WorkshopState.CANCELLED
    title = _text(words.session_title(one))
    page = page_url("workshops.show", language, slug=workshop.slug)
    event = Event()
    event.add("uid", one.calendar_uid)
    event.add("sequence", one.sequence)
    event.add("dtstamp", changed_at[workshop.id])
    event.add("last-modified", changed_at[workshop.id])
    event.add("dtstart", one.starts_local.replace(tzinfo=zone))
    event.add("dtend", one.ends_local.replace(tzinfo=zone))
    event.add("summary", _("ABGESAGT: %(title)s", title=title) if is_cancelled else title)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("location", _text(words.where(one)))
    event.add("description", _text(f"{workshop.summary}\n\n{page}".strip()))
    # PUBLISH demands it (RFC 5546, 3.2.1); not the contact, whose mailbox is for who looks at the page
    event.add("organizer", mailbox(current_app.config["HELP_EMAIL"], ""))
    event.add("url", page)
    event.add("class", "PUBLIC")
    event.add("transp", "TRANSPARENT")  # an offer: it blocks nobody's day
    return event


def _text(text: str) -> str:
    """Without characters that no calendar file may hold (RFC 5545, 3.1)."""
    return "".join(one for one in clean_multiline(text) if not has_forbidden_characters(one))
