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
PROBE = timedelta(days=1)  # whoever waits longer for a probe has found what to mend
PRIORITIES = (SINGLE, TIMED, BULK)
TIMELESS = timedelta(days=90)  # only a mail that was kept back for so long grows so old


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
workshop_changed = partial(_to_person, MailKind.WORKSHOP_CHANGED)  # time, place or room: old → new
offer_ended = partial(_to_person, MailKind.OFFER_ENDED)  # not answered in time; the seat has gone on
substituted = partial(_to_person, MailKind.SUBSTITUTED)  # a colleague has taken the seat
already_registered = partial(_to_person, MailKind.ALREADY_REGISTERED)  # the present state (U-14)
address_changed = partial(_to_person, MailKind.ADDRESS_CHANGED)  # to the old and to the new one (M-34)
new_link = partial(_to_person, MailKind.NEW_LINK)  # all private links of an address (M-36)


def workshop_cancelled(
    registration: Registration, *, cause: str, now: datetime, context: dict[str, Any]
) -> OutboxMessage:
    """It does not take place. To hundreds at once: a single answer waits for none of them."""
    message = _to_person(MailKind.WORKSHOP_CANCELLED, registration, cause=cause, now=now, context=context)
    message.priority = TIMED
    return message


def confirm_address(
    registration: Registration, *, cause: str, now: datetime, context: dict[str, Any]
) -> OutboxMessage:
    """Please confirm your address: pointless when its link ends (M-56)."""
    message = _to_person(MailKind.CONFIRM_ADDRESS, registration, cause=cause, now=now, context=context)
    link = registration.link(LinkPurpose.CONFIRM)
    message.pointless_after = link.expires_at if link else None
    return message


def confirm_new_address(
    registration: Registration, *, cause: str, now: datetime, context: dict[str, Any]
) -> OutboxMessage:
    """To the address that is to replace the present one: pointless when its link ends (M-34, M-56)."""
    message = _to_person(MailKind.CONFIRM_NEW_ADDRESS, registration, cause=cause, now=now, context=context)
    link = registration.link(LinkPurpose.NEW_ADDRESS)
    message.to_address = registration.pending_email
    message.pointless_after = link.expires_at if link else None
    return message


def erasure_requested(
    workshop: Workshop, *, cause: str, now: datetime, context: dict[str, Any]
) -> OutboxMessage:
    """To the organiser: somebody wants her data erased (L-13). The context holds `registration_id`."""
    message = _to_organiser(MailKind.ERASURE_REQUESTED, workshop, cause=cause, now=now, context=context)
    message.to_address = workshop.contact_email or str(current_app.config["HELP_EMAIL"])
    message.priority = SINGLE
    return message


def seat_offered(
    registration: Registration, *, cause: str, now: datetime, context: dict[str, Any]
) -> OutboxMessage:
    """A seat is kept for her; pointless when the offer ends (M-56)."""
    message = _to_person(MailKind.SEAT_OFFERED, registration, cause=cause, now=now, context=context)
    message.pointless_after = registration.offered_until
    return message


def seat_free(workshop: Workshop, *, cause: str, now: datetime, context: dict[str, Any]) -> OutboxMessage:
    """To the organiser: a seat came free too late to move up by itself (domain.md, rule 4)."""
    message = _to_organiser(MailKind.SEAT_FREE, workshop, cause=cause, now=now, context=context)
    message.priority, message.pointless_after = SINGLE, workshop.starts_at
    return message


def timed_note(
    kind: MailKind, workshop: Workshop, session: WorkshopSession | None, *, cause: str, now: datetime
) -> OutboxMessage:
    """To the organiser, by the mail plan: deadline reached, minimum not reached. Counted when it is sent."""
    message = _to_organiser(kind, workshop, cause=cause, now=now, context={})
    if session is not None:
        message.session_id, message.revision = session.id, session.revision
    return message


def digest(workshop: Workshop, *, cause: str, now: datetime, context: dict[str, Any]) -> OutboxMessage:
    """To the organiser: `new` and `withdrawn` since `since` (as ISO text), all three in the context."""
    return _to_organiser(MailKind.DIGEST, workshop, cause=cause, now=now, context=context)


def test(to_address: str, *, cause: str, now: datetime) -> OutboxMessage:
    """To whom an operator names: which way this mail took. Of no workshop."""
    message = _to_desk(MailKind.TEST, to_address, cause=cause, now=now)
    message.priority, message.pointless_after = SINGLE, now + PROBE
    return message


def _to_organiser(
    kind: MailKind, workshop: Workshop, *, cause: str, now: datetime, context: dict[str, Any]
) -> OutboxMessage:
    message = _to_desk(kind, workshop.contact_email, cause=cause, now=now)
    message.workshop_id, message.context = workshop.id, context
    return message


def _to_desk(kind: MailKind, to_address: str, *, cause: str, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        intent_key=cause,
        message_id=new_message_id(),
        kind=kind,
        to_address=to_address,
        language="de",
        context={},
        priority=TIMED,
        created_at=now,
        next_attempt_at=now,
        pointless_after=now + TIMELESS,
    )


def new_message_id() -> str:
    """Return a Message-ID on our own domain, fixed before the first attempt (M-03)."""
    domain = str(current_app.config["MAIL_FROM_ADDRESS"]).rpartition("@")[2]
    return f"<{secrets.token_hex(16)}@{domain}>"
