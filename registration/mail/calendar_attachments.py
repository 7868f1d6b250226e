"""Which calendar files a mail carries: the sessions of a seat, and what is to be taken out (C-12, C-14)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from registration.extensions import db
from registration.mail.calendar import (
    CANCEL,
    FILE_NAME,
    PUBLISH,
    cancelled_calendar,
    removed_calendar,
    workshop_calendar,
)
from registration.mail.letter import Letter
from registration.models import OutboxMessage, Registration, Workshop
from registration.vocabulary import MailKind, OutboxState

REMOVED_NAME = "absage.ics"  # beside the other file
_WITH_CALENDAR = (MailKind.SEAT_CERTAIN, MailKind.MOVED_UP, MailKind.WORKSHOP_CHANGED)
_TAKING_BACK = (
    *(MailKind.WITHDRAWN, MailKind.CANCELLED, MailKind.WORKSHOP_CANCELLED, MailKind.SUBSTITUTED),
    *(MailKind.DECLINED, MailKind.WAITING_LIST),  # by an organiser who takes a seat back
)
_CALENDAR_TYPE = "text/calendar"


@dataclass(frozen=True)
class Attachment:
    """A file; `method` is that of a calendar file and stands in its type (C-01)."""

    filename: str
    content_type: str
    content: bytes
    method: str | None = None


def calendar_attachments(message: OutboxMessage, letter: Letter, *, now: datetime) -> list[Attachment]:
    """Return the files of the mail, one for each method; none without a session (C-18)."""
    workshop, person = message.workshop, message.registration
    if workshop is None or person is None or not workshop.sessions:
        return []
    return list(_files(message, workshop, person, letter, now))


def _files(
    message: OutboxMessage, workshop: Workshop, person: Registration, letter: Letter, now: datetime
) -> Iterator[Attachment]:
    told, language = person.calendar_changes, letter.language
    if _brings_calendar(message) and person.has_seat:
        content = workshop_calendar(workshop, now=now, with_room=True, language=language, raised_by=told)
        yield Attachment(FILE_NAME, _CALENDAR_TYPE, content, PUBLISH)
        removed = (message.context or {}).get("removed") or ()
        if removed:
            content = removed_calendar(removed, workshop, now=now, language=language, raised_by=told)
            yield Attachment(REMOVED_NAME, _CALENDAR_TYPE, content, CANCEL)
    if message.kind in _TAKING_BACK and letter.had_seat:
        content = cancelled_calendar(
            workshop, now=now, language=language, raised_by=max(1, told), removals=_never_told(person)
        )
        yield Attachment(FILE_NAME, _CALENDAR_TYPE, content, CANCEL)


def _brings_calendar(message: OutboxMessage) -> bool:
    """The mailed link to the file ends with the old address: the new mailbox gets the file itself (M-34)."""
    context = message.context or {}
    to_new = message.kind == MailKind.ADDRESS_CHANGED and bool(context.get("is_new_address"))
    return to_new or message.kind in _WITH_CALENDAR


def _never_told(person: Registration) -> Iterator[dict[str, Any]]:
    """What a mail about changes would have taken out of her calendar, had it left before."""
    about = (OutboxMessage.registration_id == person.id, OutboxMessage.kind == MailKind.WORKSHOP_CHANGED)
    unsent = select(OutboxMessage.context).where(*about, OutboxMessage.state != OutboxState.SENT)
    for context in db.session.scalars(unsent.order_by(OutboxMessage.id)):
        yield from (context or {}).get("removed", ())
