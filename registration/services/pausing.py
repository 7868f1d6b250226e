"""Stopping and starting the sending of mails by hand (M-54, M-58)."""

from datetime import datetime

from sqlalchemy import update

from registration.extensions import db, one_transaction, wake_workers
from registration.models import MailRelay, OutboxMessage
from registration.rules.pauses import STEP_ASIDE
from registration.steps.journal import SYSTEM, Actor, organiser, write
from registration.steps.relay import pause, relay_row, resume
from registration.vocabulary import RelayPause


def pause_by_hand(reason: str, *, by: str, organiser_id: int | None, now: datetime) -> None:
    """Let no mail leave until somebody resumes; `by` is the name that others read."""
    with one_transaction():
        pause(relay_row(lock=True), RelayPause.BY_HAND, reason, now=now, by=by)
        write("mails_paused", now=now, actor=_actor(organiser_id), details={"by": by, "reason": reason[:500]})


def resume_by_hand(*, by: str, organiser_id: int | None, now: datetime) -> bool:
    """Let mails leave again, whatever the pause was for; return False when there was none."""
    with one_transaction():
        relay = relay_row(lock=True)
        if relay.pause is None:
            return False
        details = {"by": by, "pause": relay.pause, "reason": relay.reason}
        _bring_forward(relay, now)
        resume(relay)
        write("mails_resumed", now=now, actor=_actor(organiser_id), details=details)
        wake_workers()
    return True


def _bring_forward(relay: MailRelay, now: datetime) -> None:
    """Let a mail that stood aside until the pause would have ended go with the others."""
    if relay.paused_until is None:
        return
    aside = (OutboxMessage.is_queued(), OutboxMessage.attempts == 0, OutboxMessage.next_attempt_at > now)
    until = OutboxMessage.next_attempt_at <= relay.paused_until + STEP_ASIDE
    db.session.execute(update(OutboxMessage).where(*aside, until).values(next_attempt_at=now))


def _actor(organiser_id: int | None) -> Actor:
    return organiser(organiser_id) if organiser_id is not None else SYSTEM
