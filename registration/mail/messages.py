"""One function per mail: record in, unsaved OutboxMessage out. What it says is rendered when it is sent.

Each takes `cause`, the intent that must never become two mails (M-51), and `context`, what the mail says
beyond its records.
"""

import secrets
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import current_app

from registration.models import OutboxMessage, Registration, Workshop, WorkshopSession
from registration.vocabulary import LinkPurpose, MailKind

SINGLE, TIMED, BULK = 0, 5, 9  # priorities: single answers leave before timed mails, these before bulk (M-55)
TIMELESS = timedelta(days=5)  # a server that refuses for so long will not accept any more (RFC 5321 4.5.4.1)


def _to_person(
    kind: MailKind, registration: Registration, *, cause: str, now: datetime, context: dict[str, Any]
) -> OutboxMessage:
    return OutboxMessage(
        intent_key=f"{cause}:{kind}",
        message_id=new_message_id(),
        kind=kind,
        workshop_id=registration.workshop_id,
        registration_id=registration.id,
        to_address=registration.email,
        language=registration.language,
        context=context,
        priority=SINGLE,
        created_at=now,
        next_attempt_at=now,
        pointless_after=now + TIMELESS,
    )


under_review = partial(_to_person, MailKind.UNDER_REVIEW)  # received; an organiser decides
seat_certain = partial(_to_person, MailKind.SEAT_CERTAIN)  # the room, the dial-in, the calendar file
waiting_list = partial(_to_person, MailKind.WAITING_LIST)  # all seats are taken; the rank
moved_up = partial(_to_person, MailKind.MOVED_UP)  # from the waiting list to a seat
declined = partial(_to_person, MailKind.DECLINED)  # no seat, in the organiser's words
withdrawn = partial(_to_person, MailKind.WITHDRAWN)  # by the person; with the way back
cancelled = partial(_to_person, MailKind.CANCELLED)  # by an organiser
workshop_cancelled = partial(_to_person, MailKind.WORKSHOP_CANCELLED)  # it does not take place
substituted = partial(_to_person, MailKind.SUBSTITUTED)  # a colleague has taken the seat
already_registered = partial(_to_person, MailKind.ALREADY_REGISTERED)  # the present state (U-14)
new_link = partial(_to_person, MailKind.NEW_LINK)  # all private links of an address (M-36)


def confirm_address(
    registration: Registration, *, cause: str, now: datetime, context: dict[str, Any]
) -> OutboxMessage:
    """Please confirm your address: pointless when its link ends (M-56)."""
    message = _to_person(MailKind.CONFIRM_ADDRESS, registration, cause=cause, now=now, context=context)
    link = registration.link(LinkPurpose.CONFIRM)
    message.pointless_after = link.expires_at if link else None
    return message


def timed(
    kind: MailKind, registration: Registration, session: WorkshopSession, *, cause: str, now: datetime
) -> dict[str, Any]:
    """Return the columns of a reminder or meeting link, for the bulk statement of the mail plan."""
    return {
        "intent_key": cause,
        "message_id": new_message_id(),
        "kind": kind,
        "workshop_id": registration.workshop_id,
        "registration_id": registration.id,
        "session_id": session.id,
        "revision": session.revision,
        "to_address": registration.email,
        "language": registration.language,
        "priority": TIMED,
        "created_at": now,
        "next_attempt_at": now,
    }


def seat_free(workshop: Workshop, *, cause: str, now: datetime, context: dict[str, Any]) -> OutboxMessage:
    """To the organiser: a seat came free too late to move up by itself (domain.md, rule 4)."""
    return OutboxMessage(
        intent_key=cause,
        message_id=new_message_id(),
        kind=MailKind.SEAT_FREE,
        workshop_id=workshop.id,
        to_address=workshop.contact_email,
        language="de",
        context=context,
        priority=SINGLE,
        created_at=now,
        next_attempt_at=now,
        pointless_after=workshop.starts_at,
    )


def new_message_id() -> str:
    """Return a Message-ID on our own domain, fixed before the first attempt (M-03)."""
    domain = str(current_app.config["MAIL_FROM_ADDRESS"]).rpartition("@")[2]
    return f"<{secrets.token_hex(16)}@{domain}>"
