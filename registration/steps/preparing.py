"""Preparing a mail for the server: still wanted, written as its records are now, or why not (M-21, M-57)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from registration.mail import test_mode
from registration.mail.building import build
from registration.mail.headers import sendable
from registration.mail.outgoing import Outgoing
from registration.mail.rendering import render
from registration.mail.still_wanted import reason_to_skip
from registration.models import OutboxMessage
from registration.rules.quiet_hours import end_of_quiet
from registration.steps.outcomes import content_mark
from registration.steps.timing import quiet_hours
from registration.tokens import unseal
from registration.vocabulary import TIMED_NOTES, MailKind, OutboxState

WAITING_FOR_THE_DAY = (MailKind.REMINDER, MailKind.THANKS, MailKind.DIGEST, *TIMED_NOTES)
STILL_OF_USE = timedelta(hours=3)  # a reminder that would be read so short before its end leaves by night
State = OutboxState


class NotReady(Exception):
    """The mail cannot leave: `state` is what becomes of it, `reason` says why, `until` when to look again."""

    def __init__(self, state: OutboxState, reason: str, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.state, self.reason, self.until = state, reason[:500], until


@dataclass(frozen=True)
class Ready:
    """A mail as it will leave, what it was written from, and when."""

    outgoing: Outgoing
    to_address: str
    content: bytes
    subject: str
    written_at: datetime | None


def prepare(outgoing: Outgoing | None, now: datetime) -> Ready:
    """Write the mail. Raises NotReady, and SQLAlchemyError: no mail is to blame for a lost database."""
    if outgoing is None:
        raise NotReady(State.SKIPPED, "die E-Mail besteht nicht mehr")
    try:
        if reason := reason_to_skip(outgoing.message, now=now):
            raise NotReady(State.SKIPPED, reason)
        if until := _end_of_quiet(outgoing.message, now):
            raise NotReady(State.QUEUED, "wartet auf das Ende der Ruhezeit", until)
        return _written(outgoing, now)
    except (NotReady, SQLAlchemyError):
        raise
    except Exception as error:  # whatever is wrong with one mail must stop no other (M-21)
        raise NotReady(State.FAILED, f"Fehler beim Erstellen: {error}") from error


def _end_of_quiet(message: OutboxMessage, now: datetime) -> datetime | None:
    """Return until when a mail waits that was planned by day and was kept until the night (T-11)."""
    quiet, workshop = quiet_hours(), message.workshop
    if quiet is None or workshop is None or message.kind not in WAITING_FOR_THE_DAY:
        return None
    end, pointless = end_of_quiet(now, workshop.zone, quiet), message.pointless_after
    is_in_time = pointless is None or end + STILL_OF_USE < pointless
    return end if end > now and is_in_time else None


def _written(outgoing: Outgoing, now: datetime) -> Ready:
    """Return the mail to send, rendered now.

    An uncertain one is the same as before, byte for byte, unless it would say something else now: then truth
    goes before sameness, and only the Message-ID is kept.
    """
    before = _content_before(outgoing)
    if before is None or not _still_says(outgoing, before):
        return _rendered(outgoing, now)
    message, config = outgoing.message, current_app.config
    to_address, _subject = test_mode.as_they_leave(message.to_address, "", config)
    return Ready(outgoing, _recipient(to_address), before, message.subject or "", message.written_at)


def _rendered(outgoing: Outgoing, at: datetime) -> Ready:
    message, config = outgoing.message, current_app.config
    rendered = render(message, now=at)
    to_address, subject = test_mode.as_they_leave(message.to_address, rendered.subject, config)
    rendered = replace(rendered, subject=subject)
    return Ready(outgoing, _recipient(to_address), build(message, rendered, to_address), subject, at)


def _content_before(outgoing: Outgoing) -> bytes | None:
    message, config = outgoing.message, current_app.config
    if not message.is_uncertain or not message.content:
        return None
    return unseal(message.content, [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]])


def _still_says(outgoing: Outgoing, before: bytes) -> bool:
    """Tell whether the records, as they are now, would have made the same mail when it was written.

    Many changes touch no mail, such as a larger capacity; all the same its calendar file, written now, would
    bear another time.
    """
    message = outgoing.message
    if message.content_mark == content_mark(outgoing.mark):
        return True
    return message.written_at is not None and _rendered(outgoing, message.written_at).content == before


def _recipient(address: str) -> str:
    """Return it as the envelope needs it, with its domain as A-label (M-22). Raises BuildError."""
    return sendable("die Empfängeradresse", address)
