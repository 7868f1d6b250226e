"""Calendar files: a workshop's sessions for every calendar program (RFC 5545, 5546, 7986; C-01 to C-15)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from icalendar import Alarm, Calendar, Event, vCalAddress, vUri

from registration.mail import words
from registration.mail.last_changes import last_change
from registration.mail.remembering import Memory, facts, page_url
from registration.mail.slots import Slot, removed_sessions, title_of
from registration.mail.time_zones import time_zones
from registration.models import Workshop, WorkshopSession
from registration.rules.addresses import AddressRefused, parse_address
from registration.rules.names import clean, clean_multiline, has_forbidden_characters

FILE_NAME = "termin.ics"
PUBLISH, CANCEL = "PUBLISH", "CANCEL"
_SETTINGS = ("PUBLIC_URL", "AGENCY_NAME", "MAIL_FROM_ADDRESS")  # what else stands in a file
_FILES = Memory[bytes](16)
_PRODUCT = "-//Registration//Workshop registration//DE"


class CalendarError(ValueError):
    """There is nothing to write down: an empty file is never given out (C-18)."""


def workshop_calendar(
    workshop: Workshop, *, now: datetime, with_room: bool, language: str = "de", raised_by: int = 0
) -> bytes:
    """All sessions, each with its own UID; the meeting room only for a person with a seat (C-11, C-13).

    `raised_by` lifts SEQUENCE for a person whose calendar was told of a withdrawal before (C-06).
    """
    write = partial(_planned, now=_minute(now), with_room=with_room, language=language, raised_by=raised_by)
    return _remembered(PUBLISH, workshop, write, workshop.sessions)


def cancelled_calendar(
    workshop: Workshop,
    *,
    now: datetime,
    language: str = "de",
    raised_by: int = 1,
    removals: Iterable[Mapping[str, Any]] = (),
) -> bytes:
    """Take all sessions out of a calendar that had them, also those that exist no more (C-12).

    `raised_by` lifts SEQUENCE above the published one; 0 when the sessions already carry the new one.
    `removals` were told in a mail that has not left, others nobody was told of yet.
    """
    write = partial(_cancelled, now=_minute(now), language=language, raised_by=raised_by)
    gone = {one["uid"]: one for one in (*(workshop.untold_removals or ()), *removals)}
    removed = removed_sessions(gone.values(), workshop)
    return _remembered(CANCEL, workshop, write, (*workshop.sessions, *removed))


def removed_calendar(
    removals: Iterable[Mapping[str, Any]],
    workshop: Workshop,
    *,
    now: datetime,
    language: str = "de",
    raised_by: int = 0,
) -> bytes:
    """Take out sessions that exist no more; `removals` as `Workshop.untold_removals` holds them."""
    write = partial(_cancelled, now=_minute(now), language=language, raised_by=raised_by)
    return _remembered(CANCEL, workshop, write, removed_sessions(removals, workshop))


def _remembered(method: str, workshop: Workshop, write: "partial[Event]", about: Sequence[Slot]) -> bytes:
    """The same file goes to many people in a row; it is made anew when any of its values has changed."""
    settings = (current_app.config[name] for name in _SETTINGS)
    slots = tuple((one.calendar_uid, one.sequence, one.starts_local) for one in about)
    key = (method, facts(workshop), slots, *settings, *write.keywords.values())

    def make() -> bytes:
        with force_locale(write.keywords["language"]):
            return _file(method, about, [write(one) for one in about])

    return _FILES.recall(key, make)


def _minute(now: datetime) -> datetime:
    """Whoever gets the file in the same minute gets the same file; SEQUENCE says which is newer (C-06)."""
    return now.replace(second=0, microsecond=0)


def _file(method: str, about: Sequence[Slot], events: list[Event]) -> bytes:
    if not events:
        raise CalendarError("eine Veranstaltung ohne Termin hat keine Kalenderdatei")
    calendar = Calendar()
    for name, value in (
        ("prodid", _PRODUCT),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", method),
    ):
        calendar.add(name, value)
    for component in (*time_zones(about), *events):
        calendar.add_component(component)
    content: bytes = calendar.to_ical(sorted=False)
    return content


def _planned(
    session: WorkshopSession, *, now: datetime, with_room: bool, language: str, raised_by: int
) -> Event:
    event = _event(session, now=now, language=language, sequence=session.sequence + raised_by)
    event.add("last-modified", _minute(last_change(session)))
    event.add("summary", _text(words.session_title(session)))
    event.add("status", "CONFIRMED")
    event.add("location", _text(clean(words.where(session))))
    event.add("description", _text(_description(session, with_room=with_room, language=language)))
    if with_room and words.meets_online(session):
        for conference in _conferences(session):
            event.add("conference", conference)
    if session.dial_in_at is not None and words.meets_online(session):
        event.add_component(_alarm(session, language))
    return event


def _cancelled(slot: Slot, *, now: datetime, language: str, raised_by: int) -> Event:
    event = _event(slot, now=now, language=language, sequence=slot.sequence + raised_by)
    event.add("last-modified", now)
    event.add("summary", _("ABGESAGT: %(title)s", title=_text(title_of(slot))))
    event.add("status", "CANCELLED")
    return event


def _event(slot: Slot, *, now: datetime, language: str, sequence: int) -> Event:
    """What a planned and a cancelled session have in common; no ATTENDEE (C-07)."""
    zone = ZoneInfo(slot.zone)
    event = Event()
    event.add("uid", slot.calendar_uid)
    event.add("sequence", sequence)
    event.add("dtstamp", now)
    event.add("dtstart", slot.starts_local.replace(tzinfo=zone))
    event.add("dtend", slot.ends_local.replace(tzinfo=zone))
    event.add("organizer", _organiser(slot.workshop))
    event.add("url", page_url("workshops.show", language, slug=slot.workshop.slug))
    event.add("class", "PUBLIC")
    event.add("transp", "OPAQUE")
    event.add("x-microsoft-cdo-busystatus", "BUSY")
    return event


def _organiser(workshop: Workshop) -> vCalAddress:
    return mailbox(workshop.contact_email, workshop.contact_name)


def mailbox(email: str, name: str) -> vCalAddress:
    """Return whom to ask: the agency's mailbox when mail cannot go to this one."""
    try:
        address = parse_address(email).address
    except AddressRefused:
        address = current_app.config["MAIL_FROM_ADDRESS"]
    return vCalAddress(
        f"mailto:{address}", params={"CN": _parameter(name or current_app.config["AGENCY_NAME"])}
    )


def _description(session: WorkshopSession, *, with_room: bool, language: str) -> str:
    """The room first, because clients show only the beginning (C-10)."""
    room = words.room(session) if with_room else []
    page = words.Fact(_("Veranstaltung"), page_url("workshops.show", language, slug=session.workshop.slug))
    lines = [
        *map(str, room),
        words.dial_in(session, language),
        *map(str, [*words.contact(session.workshop), page]),
    ]
    return "\n".join(filter(None, lines))


def _conferences(session: WorkshopSession) -> list[vUri]:
    """The room and every telephone number (RFC 7986, 5.11; C-10)."""
    phones = (words.phone_uri(phone) for phone in words.phones(session))
    room = session.room_link if words.is_web_address(session.room_link) else ""
    found = [
        _conference(room, ["AUDIO", "VIDEO"], session.room_platform or _("Meeting-Raum")),
        *(_conference(phone, ["PHONE"], _("Telefon")) for phone in phones),
    ]
    return [one for one in found if one]


def _conference(address: str, features: list[str], label: str) -> vUri:
    return vUri(address, params={"VALUE": "URI", "FEATURE": features, "LABEL": _parameter(label)})


def _alarm(session: WorkshopSession, language: str) -> Alarm:
    """One, at the dial-in (C-09)."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", session.dial_in_or_start_at - session.starts_at)
    alarm.add("description", _text(f"{words.session_title(session)}: {words.dial_in(session, language)}"))
    return alarm


def _parameter(text: str) -> str:
    """Quotes cannot stand in a parameter (RFC 5545, 3.2)."""
    return _text(clean(text)).replace('"', "'")


def _text(text: str) -> str:
    """Without characters that no calendar file may hold (RFC 5545, 3.1)."""
    return "".join(one for one in clean_multiline(text) if not has_forbidden_characters(one))
