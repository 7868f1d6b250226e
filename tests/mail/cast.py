"""The cast of the mail tests: one workshop online, Ada who registers, and outbox rows of every kind.

Ada's links have fixed nonces, so that the golden files stay as they are.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app

from registration.extensions import db
from registration.links import LANGUAGES
from registration.models import AccessLink, OutboxMessage, Registration, Workshop, WorkshopSession
from registration.rules.wall_times import to_instant
from registration.tokens import fingerprint, link_token
from registration.vocabulary import (
    DESK_MAILS,
    TIMED_MAILS,
    TIMED_NOTES,
    LinkPurpose,
    MailKind,
    RegistrationState,
    WorkshopFormat,
)
from tests.times import NOW

State = RegistrationState
ROOM_SECRETS = ("https://webex.example.org/meet/kooperation", "2731 123 4567", "Brombeere", "+49 69 5550199")
STATES = {
    MailKind.CONFIRM_ADDRESS: State.UNCONFIRMED,
    MailKind.UNDER_REVIEW: State.IN_REVIEW,
    MailKind.WAITING_LIST: State.WAITING,
    MailKind.SEAT_OFFERED: State.OFFERED,
    MailKind.OFFER_ENDED: State.LAPSED,
    MailKind.DECLINED: State.DECLINED,
    MailKind.WITHDRAWN: State.WITHDRAWN,
    MailKind.CANCELLED: State.CANCELLED,
    MailKind.WORKSHOP_CANCELLED: State.CANCELLED,
    MailKind.SUBSTITUTED: State.SUBSTITUTED,
}
"""The state in which each mail is sent; a seat for all others."""
SAID = {
    MailKind.SEAT_FREE: {"free": 1},
    MailKind.DIGEST: {"new": 3, "withdrawn": 1, "since": "2027-01-14T06:30:00+00:00"},
    MailKind.DECLINED: {
        "text": "Diesmal haben viele Landkreise Interesse.\n\nIm Herbst gibt es einen neuen Termin."
    },
    MailKind.CANCELLED: {"text": "Ihre Dienststelle hat darum gebeten.", "had_seat": True},
    MailKind.WORKSHOP_CANCELLED: {"text": "Die Referentin ist erkrankt.", "had_seat": True},
    MailKind.WITHDRAWN: {"had_seat": True},
    MailKind.WORKSHOP_CHANGED: {
        "text": "Die Referentin kann erst eine Woche später. Wir bitten um Verständnis."
    },
    MailKind.ERASURE_REQUESTED: {"registration_id": 1, "reference": "ABC-123"},
}
"""What a mail says beyond its records."""
BEFORE = {
    "zone": "Europe/Berlin",
    "starts_local": "2027-02-17T10:00:00",
    "ends_local": "2027-02-17T12:30:00",
    "dial_in_local": "2027-02-17T09:45:00",
    "room_link": "https://webex.example.org/meet/frueher",
    "room_password": "Himbeere",
}
"""The session of `kooperation()` as it was before a change."""
SENT_AT = dict.fromkeys((MailKind.THANKS, MailKind.CERTIFICATE), datetime(2027, 2, 25, 8, 0, tzinfo=UTC))
"""When a mail is sent, if that is not NOW."""


def speaks(kind: MailKind) -> tuple[str, ...]:
    """The languages of a mail: the desk speaks German only."""
    return ("de",) if kind in DESK_MAILS else LANGUAGES


def kooperation(**columns: Any) -> Workshop:
    """A workshop of one online session with a room."""
    defaults = {
        "slug": "kooperationsvereinbarungen",
        "title": "Kooperationsvereinbarungen in (bester) Form",
        "contact_name": "Projektleitung",
        "contact_email": "projektleitung@example.org",
        "contact_phone": "+49 69 5550100",
        "expectations": "Eine Kooperation, die Sie vorhaben\nFragen aus Ihrem Alltag",
        "format": WorkshopFormat.ONLINE,
        "capacity": 16,
        "minimum": 8,
        "created_at": NOW,
    }
    workshop = Workshop(**(defaults | columns))
    workshop.sessions.append(session_at(wall(2027, 2, 24, 10), hours=2.5))
    return workshop


def wall(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A wall time, which has no zone of its own (T-01)."""
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001


def session_at(start: datetime, *, hours: float, **columns: Any) -> WorkshopSession:
    """A session in Berlin whose room opens 15 minutes earlier."""
    end, opening = start + timedelta(hours=hours), start - timedelta(minutes=15)
    link, number, password, phone = ROOM_SECRETS
    defaults = {
        "zone": "Europe/Berlin",
        "starts_local": start,
        "ends_local": end,
        "dial_in_local": opening,
        "room_platform": "Webex",
        "room_link": link,
        "room_meeting_number": number,
        "room_password": password,
        "room_phones": f"{phone} (Deutschland)",
        "calendar_uid": f"s-{start:%Y%m%d%H%M}@example.org",
        "sequence": 0,
        "revision": 1,
    }
    session = WorkshopSession(**(defaults | columns))
    session.starts_at = to_instant(session.starts_local, session.zone)
    session.ends_at = to_instant(session.ends_local, session.zone)
    session.dial_in_at = to_instant(session.dial_in_local, session.zone) if session.dial_in_local else None
    return session


def ada(workshop: Workshop, state: RegistrationState = State.CONFIRMED, **columns: Any) -> Registration:
    """Ada's registration, saved, with both of her links."""
    defaults = {
        "reference": "ABC-123",
        "given_name": "Ada",
        "family_name": "Beispiel",
        "name_key": "ada beispiel",
        "email": "ada.beispiel@example.org",
        "email_key": "ada.beispiel@example.org",
        "note": "Ich brauche einen Platz vorn",
        "state": state,
        "state_changed_at": NOW,
        "created_at": NOW,
        "address_confirmed_at": None if state == State.UNCONFIRMED else NOW,
        "offered_until": NOW + timedelta(hours=24) if state == State.OFFERED else None,
        "state_reason": "full" if state == State.WAITING else "",
    }
    registration = Registration(workshop=workshop, **(defaults | columns))
    registration.links = [fixed_link(purpose, registration.reference) for purpose in LinkPurpose]
    db.session.add(registration)
    db.session.flush()
    return registration


def fixed_link(purpose: LinkPurpose, nonce: str) -> AccessLink:
    token = link_token(current_app.config["SECRET_KEY"], purpose, nonce)
    is_to_confirm = purpose in (LinkPurpose.CONFIRM, LinkPurpose.NEW_ADDRESS)
    ends = NOW + timedelta(hours=48) if is_to_confirm else None
    return AccessLink(
        purpose=purpose, nonce=nonce, fingerprint=fingerprint(token), created_at=NOW, expires_at=ends
    )


def outbox(kind: MailKind, registration: Registration, language: str = "de", **columns: Any) -> OutboxMessage:
    """An unsaved row for a mail to the registration's address."""
    context = {"registration_ids": [registration.id]} | SAID.get(kind, {})
    if kind == MailKind.WORKSHOP_CHANGED:
        context |= {"sessions": {str(one.id): BEFORE for one in registration.workshop.sessions[:1]}}
    is_timed = kind in (*TIMED_MAILS, *TIMED_NOTES)
    defaults = {
        "kind": kind,
        "intent_key": f"test:{kind}",
        "message_id": f"<{kind}.1@example.org>",
        "to_address": registration.workshop.contact_email if kind in DESK_MAILS else registration.email,
        "language": language,
        "context": context,
        "created_at": NOW,
        "next_attempt_at": NOW,
    }
    message = OutboxMessage(**(defaults | columns))
    # not saved: a row that follows its records into the session would be
    with db.session.no_autoflush:
        message.registration = None if kind in DESK_MAILS else registration
        message.workshop = None if kind == MailKind.TEST else registration.workshop
        message.workshop_session = registration.workshop.first_session if is_timed else None
    return message


def in_its_state(kind: MailKind, workshop: Workshop | None = None, **columns: Any) -> Registration:
    """Ada in the state in which a mail of this kind is sent."""
    return ada(workshop or kooperation(), STATES.get(kind, State.CONFIRMED), **columns)
