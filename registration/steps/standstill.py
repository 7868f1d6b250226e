"""All sending stands still and goes on again, as delivering finds the mail server (M-54).

Each is a transaction of its own, and leaves a line in the log and in MAIL_ALERT_FILE.
"""

from collections.abc import Collection
from datetime import datetime

import structlog
from flask import current_app
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import aliased

from registration.extensions import db, one_transaction
from registration.mail.alerts import note
from registration.models import MailRelay, OutboxMessage
from registration.rules.pauses import STEP_ASIDE
from registration.steps.relay import pause, relay_row, resume, settings_mark
from registration.vocabulary import OutboxState, RelayPause

SELF_HEALING = (RelayPause.TEMPORARY, RelayPause.THROTTLED, RelayPause.CONFIGURATION)
log = structlog.get_logger(__name__)


def pause_all(why: RelayPause, reason: str, aside: int | None, now: datetime) -> None:
    """Let all workers leave the server alone for a while; no mail loses an attempt by it (M-54).

    The mail `aside`, during which the line broke, comes after the others when the pause is over. When there
    are none it stays due: else it would never be late, and nobody would be told (M-58).
    """
    log.warning("mail.paused", kind=why)
    with one_transaction():
        relay = relay_row(lock=True)
        pause(relay, why, reason, now=now)
        relay.settings_mark = settings_mark(current_app.config)
        kind = relay.pause
        if aside is not None and relay.paused_until is not None:
            waiting = update(OutboxMessage).where(
                OutboxMessage.id == aside, OutboxMessage.is_queued(), _others_wait(aside, now)
            )
            db.session.execute(waiting.values(next_attempt_at=relay.paused_until + STEP_ASIDE))
    note(current_app.config, f"paused ({kind}); see: flask mail status", now)


def _others_wait(aside: int, now: datetime) -> ColumnElement[bool]:
    other = aliased(OutboxMessage)
    due = (other.state == OutboxState.QUEUED, other.id != aside, other.next_attempt_at <= now)
    return select(other.id).where(*due).exists()


def has_been_mended(relay: MailRelay | None, now: datetime) -> bool:
    """A pause that is due to other settings than ours is over: somebody has changed them and started us."""
    if relay is None or relay.pause is RelayPause.BY_HAND or not relay.settings_mark:
        return False
    config = current_app.config
    is_older_than_us = relay.since is not None and relay.since < config["STARTED_AT"]
    if not is_older_than_us or relay.settings_mark == settings_mark(config):
        return False
    end_pause(now, (*SELF_HEALING, RelayPause.REJECTIONS))
    return True


def end_pause(now: datetime, pauses: Collection[RelayPause]) -> None:
    """Forget the failures, and end the pause if it is one of these."""
    with one_transaction():
        relay = relay_row(lock=True)
        if relay.pause is not None and relay.pause not in pauses:
            return
        resume(relay)
    log.info("mail.resumed")
    note(current_app.config, "resumed", now)
