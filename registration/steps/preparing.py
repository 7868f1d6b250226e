"""Preparing a mail for the server: still wanted, written as its records are now, or why not (M-21, M-57)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from registration.mail import test_mode
from registration.mail.building import build
from registration.mail.headers import sendable
from registration.mail.messages import BULK
from registration.mail.outgoing import Outgoing
from registration.mail.rendering import Rendered, render
from registration.mail.still_wanted import OTHER_ADDRESS, address_now, reason_to_skip
from registration.models import OutboxMessage
from registration.rules.quiet_hours import end_of_quiet
from registration.steps.outcomes import content_mark
from registration.steps.timing import quiet_hours
from registration.steps.untold import SOON
from registration.tokens import unseal
from registration.vocabulary import TIMED_NOTES, MailKind, OutboxState

WAITING_FOR_THE_DAY = (
    *(MailKind.REMINDER, MailKind.THANKS, MailKind.CERTIFICATE, MailKind.DIGEST),
    *TIMED_NOTES,
)
STILL_OF_USE = timedelta(hours=3)  # a reminder that would be read so short before its end leaves by night
State = OutboxState


class NotReady(Exception):
    """The mail cannot leave: `state` is what becomes of it, `reason` says why, `until` when to look again.

    `to_address`: where it goes then, when that is another one.
    """

    def __init__(
        self, state: OutboxState, reason: str, until: datetime | None = None, to_address: str | None = None
    ) -> None:
        super().__init__(reason)
        self.state, self.reason, self.until, self.to_address = state, reason[:500], until, to_address


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
        if (address := address_now(outgoing.message)) != outgoing.message.to_address:
            raise NotReady(State.QUEUED, OTHER_ADDRESS, now, address)
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
    is_change = message.kind is MailKind.WORKSHOP_CHANGED and message.priority == BULK
    if quiet is None or workshop is None or not (is_change or message.kind in WAITING_FOR_THE_DAY):
        return None
    end, pointless = end_of_quiet(now, workshop.zone, quiet), message.pointless_after
    if is_change and any(now < one.starts_at < end + SOON for one in workshop.sessions):
        return None
    is_in_time = pointless is None or end + STILL_OF_USE < pointless
    return end if end > now and is_in_time else None


def _written(outgoing: Outgoing, now: datetime) -> Ready:
    """Return the mail to send, rendered now.

    An uncertain one is the same as before, byte for byte, unless a change of its records lets it say
    something else: then truth goes before sameness, and only the Message-ID is kept.
    """
    message = outgoing.message
    before = _content_before(outgoing)
    if before is not None and _still_says(outgoing, before, now):
        to_address = _to_address(message)
        return Ready(outgoing, _recipient(to_address), before, message.subject or "", message.written_at)
    rendered = _rendered(message, now)
    return Ready(outgoing, _recipient(_to_address(message)), _built(message, rendered), rendered.subject, now)


def _rendered(message: OutboxMessage, at: datetime) -> Rendered:
    rendered = render(message, now=at)
    _, subject = test_mode.as_they_leave(message.to_address, rendered.subject, current_app.config)
    return replace(rendered, subject=subject)


def _built(message: OutboxMessage, rendered: Rendered) -> bytes:
    return build(message, rendered, _to_address(message))


def _to_address(message: OutboxMessage) -> str:
    to_address, _ = test_mode.as_they_leave(message.to_address, "", current_app.config)
    return to_address


def _content_before(outgoing: Outgoing) -> bytes | None:
    message, config = outgoing.message, current_app.config
    if not message.is_uncertain or not message.content:
        return None
    return unseal(message.content, [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]])


def _still_says(outgoing: Outgoing, before: bytes, now: datetime) -> bool:
    """Tell whether nothing that the mail says has changed.

    Many changes touch no mail, such as a larger capacity. All the same its calendar file, written now, would
    bear another time: so the mail is written once more as of then. Its words must be true today as well.
    """
    message = outgoing.message
    if message.content_mark == content_mark(outgoing.mark):
        return True
    if message.written_at is None:
        return False
    then, today = (_rendered(message, at) for at in (message.written_at, now))
    same_words = (then.subject, then.text, then.html) == (today.subject, today.text, today.html)
    return same_words and _built(message, then) == before


def _recipient(address: str) -> str:
    """Return it as the envelope needs it, with its domain as A-label (M-22). Raises BuildError."""
    return sendable("die Empfängeradresse", address)
