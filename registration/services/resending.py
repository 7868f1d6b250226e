"""Sending a mail once more: the same kind to the same person, as things are now (M-61)."""

from datetime import datetime
from typing import Any

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.mail.messages import SINGLE, TIMELESS, new_message_id
from registration.mail.still_wanted import reason_to_skip
from registration.models import OutboxMessage, SuppressedAddress
from registration.steps.journal import organiser, write
from registration.vocabulary import TIMED_MAILS, LinkPurpose, MailKind, OutboxState

FINISHED = (OutboxState.SENT, OutboxState.SKIPPED)
"""Mails that may be sent anew; failed and held ones are tried again themselves."""


def resend(message_id: int, *, organiser_id: int, now: datetime) -> int:
    """Queue a new mail like this one, to the address of the person now; return its id.

    Raises NotPossible with the reason when such a mail would not be true, or not wanted, any more.
    """
    with one_transaction():
        old = db.session.get_one(OutboxMessage, message_id)
        if old.state not in FINISHED:
            raise NotPossible("Diese E-Mail ist noch nicht fertig: Sie kann nicht ein zweites Mal entstehen.")
        new = OutboxMessage(**_columns(old, now))
        if why := _reason_against(new, old, now):
            raise NotPossible(f"Diese E-Mail passt nicht mehr: {why}.")
        entry = write(
            "mail_resent",
            now=now,
            actor=organiser(organiser_id),
            workshop_id=old.workshop_id,
            registration_id=old.registration_id,
            details={"message_id": old.id},
        )
        new.intent_key = f"outbox:{old.id}:journal:{entry.id}"
        db.session.add(new)
        db.session.flush()
        return new.id


def _columns(old: OutboxMessage, now: datetime) -> dict[str, Any]:
    registration = old.registration
    return {
        "message_id": new_message_id(),
        "kind": old.kind,
        "workshop_id": old.workshop_id,
        "registration_id": old.registration_id,
        "session_id": old.session_id,
        "mail_rule_id": old.mail_rule_id,
        "revision": old.revision,
        "to_address": registration.email if registration else old.to_address,
        "language": registration.language if registration else old.language,
        "context": old.context,
        "priority": SINGLE,
        "created_at": now,
        "next_attempt_at": now,
        "pointless_after": _pointless_after(old, now),
    }


def _pointless_after(old: OutboxMessage, now: datetime) -> datetime | None:
    """What is about a session ends with it; an address is confirmed while its link lives (M-56)."""
    if old.kind is MailKind.CONFIRM_ADDRESS and old.registration:
        link = old.registration.link(LinkPurpose.CONFIRM)
        return link.expires_at if link else None
    return old.pointless_after if old.kind in TIMED_MAILS else now + TIMELESS


def _reason_against(new: OutboxMessage, old: OutboxMessage, now: datetime) -> str | None:
    """Judge the new mail by the records of the old one; it is in no session yet."""
    new.registration, new.workshop = old.registration, old.workshop
    new.workshop_session = old.workshop_session
    if old.kind is MailKind.ADDRESS_CHANGED and not (old.context or {}).get("is_new_address"):
        return "sie ging an die alte Adresse der Person, und dorthin geht nichts mehr"
    if db.session.get(SuppressedAddress, new.to_address.lower()):
        return "an diese Adresse wird nichts gesendet, weil sie nicht erreichbar ist"
    return reason_to_skip(new, now=now)
