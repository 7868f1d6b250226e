"""Mails that came back: marking them, and sparing addresses that no mail reaches (M-59)."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select

from registration.extensions import db, one_transaction
from registration.mail.bounce_mailbox import bounce_mailbox
from registration.mail.bounces import Bounce, bounces_in
from registration.models import OutboxMessage, SuppressedAddress
from registration.rules.bounce_codes import code_in, is_dead, meaning
from registration.steps.journal import SYSTEM, organiser, write
from registration.steps.suppressing import key_of, suppress

LONGEST_TEXT = 500
BY_HAND = "von Hand als unzustellbar gekennzeichnet"
_ADDRESS = re.compile(r"<?[^\s<>\"(),:;]+@[^\s<>\"(),:;]+>?")
log = structlog.get_logger(__name__)


def read_bounces(config: Mapping[str, Any], *, now: datetime) -> int:
    """Read the bounce mailbox and return how many mails were dealt with.

    What a mail reports is committed before the mail is put away: a crash in between reads it again, which
    changes nothing. Raises MailboxUnusable.
    """
    done = 0
    with bounce_mailbox(config) as mailbox:
        for uid in mailbox.unread():
            bounces = bounces_in(mailbox.content(uid), config)
            for bounce in bounces:
                record_bounce(bounce, now=now)
            mailbox.put_away(uid, is_understood=bool(bounces))
            done += 1
    return done


def record_bounce(bounce: Bounce, *, now: datetime) -> bool:
    """Mark the mail that came back; suppress its address when no other mail would arrive there either.

    Return whether that was news. Without proof that the bounce is about a mail of ours nothing changes: its
    bounce address (M-07), or its Message-ID together with its recipient.
    """
    with one_transaction():
        message = _mail_of(bounce)
        if message is None:
            return False
        text = _text(bounce)
        if not bounce.is_lost:
            return _note_delay(message, bounce, text)
        is_dead_end = bounce.is_permanent and _is_about(message, bounce)
        if message.bounced_at is not None and (not is_dead_end or _is_known_as_dead(message)):
            return False
        _mark(message, text, now)
        if is_dead_end:
            suppress(
                message.to_address, status=bounce.status, reason=text, now=now, outbox_message_id=message.id
            )
        details = {"message_id": message.id, "status": bounce.status, "suppressed": is_dead_end}
        _write("mail_bounced", message, now=now, details=details)
        log.info("mail.bounced", mail=message.id, status=bounce.status, suppressed=is_dead_end)
    return True


def mark_undeliverable(message_id: int, *, organiser_id: int, now: datetime) -> bool:
    """Suppress the address of a mail, as somebody knows that it does not arrive; False when it is already."""
    with one_transaction():
        message = db.session.get_one(OutboxMessage, message_id, with_for_update=True)
        if message.sent_at is not None and message.bounced_at is None:
            _mark(message, BY_HAND, now)
        is_new = suppress(
            message.to_address,
            status="",
            reason=BY_HAND,
            now=now,
            outbox_message_id=message.id,
            organiser_id=organiser_id,
        )
        if is_new:
            details = {"message_id": message.id}
            _write("address_suppressed", message, now=now, details=details, organiser_id=organiser_id)
    return is_new


def lift(email_key: str, *, organiser_id: int, now: datetime) -> bool:
    """Send to the address again; False when it was not suppressed. What was skipped stays skipped."""
    with one_transaction():
        found = db.session.get(SuppressedAddress, email_key, with_for_update=True)
        if found is None:
            return False
        message = db.session.get(OutboxMessage, found.outbox_message_id) if found.outbox_message_id else None
        db.session.delete(found)
        details = {"message_id": found.outbox_message_id}
        _write("address_lifted", message, now=now, details=details, organiser_id=organiser_id)
    return True


def suppressed() -> Sequence[SuppressedAddress]:
    """Return all addresses that nothing is sent to, the newest first."""
    newest = SuppressedAddress.since.desc(), SuppressedAddress.email_key
    return db.session.scalars(select(SuppressedAddress).order_by(*newest)).all()


def _mail_of(bounce: Bounce) -> OutboxMessage | None:
    if bounce.outbox_id is not None:
        return db.session.get(OutboxMessage, bounce.outbox_id, with_for_update=True)
    known = select(OutboxMessage).where(OutboxMessage.message_id.in_(bounce.message_ids)).with_for_update()
    named = bounce.recipients and bounce.message_ids
    messages = db.session.scalars(known) if named else ()
    return next((one for one in messages if _is_about(one, bounce)), None)


def _is_about(message: OutboxMessage, bounce: Bounce) -> bool:
    """Whether our recipient is meant, and not somebody whom she forwards her mail to, or one of a list."""
    return not bounce.recipients or key_of(message.to_address) in map(key_of, bounce.recipients)


def _is_known_as_dead(message: OutboxMessage) -> bool:
    return message.bounce == BY_HAND or is_dead(code_in(message.bounce), message.bounce)


def _mark(message: OutboxMessage, text: str, now: datetime) -> None:
    message.bounced_at, message.bounce = message.bounced_at or now, text


def _note_delay(message: OutboxMessage, bounce: Bounce, text: str) -> bool:
    """Let the desk see that the mail is late; it may still arrive."""
    if bounce.action != "delayed" or message.bounced_at is not None or message.bounce:
        return False
    message.bounce = f"verspätet: {text}"[:LONGEST_TEXT]
    return True


def _text(bounce: Bounce) -> str:
    """Return what the desk reads, without anybody's address: it may be another one than ours."""
    words = _ADDRESS.sub("…", bounce.words).replace(bounce.status, "", 1)
    head = f"{meaning(bounce.status, bounce.words)} ({bounce.status or 'ohne Statuscode'})"
    return f"{head}: {' '.join(words.split())}"[:LONGEST_TEXT].rstrip(": ")


def _write(
    action: str,
    message: OutboxMessage | None,
    *,
    now: datetime,
    details: dict[str, Any],
    organiser_id: int | None = None,
) -> None:
    write(
        action,
        now=now,
        actor=organiser(organiser_id) if organiser_id else SYSTEM,
        workshop_id=message.workshop_id if message else None,
        registration_id=message.registration_id if message else None,
        details=details,
    )
