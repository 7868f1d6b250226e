"""A workshop as search engines understand it: schema.org Event as JSON-LD, without the room (C-11)."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app

from registration.links import public_url
from registration.models import Workshop, WorkshopSession
from registration.rules.finding import lines
from registration.views.availability import Availability, Chance
from registration.views.languages import reader_language
from registration.vocabulary import WorkshopFormat, WorkshopState

_SCHEMA = "https://schema.org"
_ATTENDANCE = {
    WorkshopFormat.ONLINE: "OnlineEventAttendanceMode",
    WorkshopFormat.ON_SITE: "OfflineEventAttendanceMode",
    WorkshopFormat.HYBRID: "MixedEventAttendanceMode",
}
_AVAILABILITY = {
    Chance.FREE: "InStock",
    Chance.UNLIMITED: "InStock",
    Chance.BY_CHOICE: "LimitedAvailability",
    Chance.WAITING_LIST: "BackOrder",
    Chance.NOT_OPEN: "PreOrder",
}


def event_data(workshop: Workshop, seats: Availability) -> dict[str, Any] | None:
    """The event with its sessions; None for a workshop without a date, which is no event yet."""
    if not workshop.sessions:
        return None
    sessions = workshop.sessions
    several = {"subEvent": [_event(workshop, one) for one in sessions]} if len(sessions) > 1 else {}
    return {
        "@context": _SCHEMA,
        **_event(workshop, sessions[0]),
        "name": workshop.title,
        "endDate": _iso(max(sessions, key=lambda one: one.ends_at), "ends_local"),
        **({"description": workshop.summary} if workshop.summary else {}),
        "inLanguage": workshop.language,
        "isAccessibleForFree": True,
        **_audience(workshop),
        **_seats(seats),
        "offers": _offer(workshop, seats),
        "organizer": {
            "@type": "Organization",
            "name": current_app.config["AGENCY_NAME"],
            "url": public_url("workshops.index", reader_language()),
        },
        **several,
    }


def _event(workshop: Workshop, one: WorkshopSession) -> dict[str, Any]:
    """What a whole workshop and one of its sessions have in common."""
    state = "EventCancelled" if workshop.state == WorkshopState.CANCELLED else "EventScheduled"
    return {
        "@type": "Event",
        "name": one.title or workshop.title,
        "startDate": _iso(one, "starts_local"),
        "endDate": _iso(one, "ends_local"),
        "eventStatus": f"{_SCHEMA}/{state}",
        "eventAttendanceMode": f"{_SCHEMA}/{_ATTENDANCE[workshop.format]}",
        "location": _locations(workshop, one),
        "url": _page(workshop),
    }


def _locations(workshop: Workshop, one: WorkshopSession) -> list[dict[str, str]]:
    """Online, the page of the workshop stands for the room: whoever has a seat gets there from it."""
    online = {"@type": "VirtualLocation", "url": _page(workshop)}
    name, *address = one.place.splitlines() or [current_app.config["AGENCY_NAME"]]
    place = {"@type": "Place", "name": name, "address": ", ".join(address) or name}
    return {
        WorkshopFormat.ONLINE: [online],
        WorkshopFormat.ON_SITE: [place],
        WorkshopFormat.HYBRID: [place, online],
    }[workshop.format]


def _offer(workshop: Workshop, seats: Availability) -> dict[str, Any]:
    dates = {"validFrom": workshop.opens_at, "validThrough": workshop.closes_at}
    return {
        "@type": "Offer",
        "url": _page(workshop),
        "price": 0,
        "priceCurrency": "EUR",
        "availability": f"{_SCHEMA}/{_AVAILABILITY.get(seats.chance, 'SoldOut')}",
        **{name: at.astimezone(ZoneInfo(workshop.zone)).isoformat() for name, at in dates.items() if at},
    }


def _audience(workshop: Workshop) -> dict[str, Any]:
    groups = lines(workshop.audience)
    return {"audience": [{"@type": "Audience", "audienceType": one} for one in groups]} if groups else {}


def _seats(seats: Availability) -> dict[str, int]:
    if seats.seats.capacity is None:
        return {}
    most, free = seats.seats.capacity, seats.seats.free
    return {"maximumAttendeeCapacity": most, "remainingAttendeeCapacity": free or 0}


def _iso(one: WorkshopSession, name: str) -> str:
    """An instant with the offset of its place."""
    return str(getattr(one, name).replace(tzinfo=ZoneInfo(one.zone)).isoformat())


def _page(workshop: Workshop) -> str:
    return public_url("workshops.show", reader_language(), slug=workshop.slug)
