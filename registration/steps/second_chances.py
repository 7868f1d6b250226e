"""Mails written as too late that are of use after all: the clock was wrong, or ran too far ahead (T-12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, update

from registration.extensions import db, wake_workers
from registration.models import OutboxMessage
from registration.vocabulary import OutboxState

TOO_LATE = "zu spät: "
"""How the reason begins, whether planning or delivering has skipped the mail."""


def was_too_late(mail: Any = OutboxMessage) -> ColumnElement[bool]:
    """Return the condition; `mail` may be an alias."""
    return and_(mail.state == OutboxState.SKIPPED, mail.state_reason.startswith(TOO_LATE))


def queue_again(
    keys: Select[Any] | Sequence[str], leaves_at: datetime, pointless: datetime, *, now: datetime
) -> int:
    """Queue those mails of the intents that were too late, as if they were written now; return how many."""
    anew = {
        "state": OutboxState.QUEUED,
        "state_reason": "",
        "created_at": now,
        "next_attempt_at": leaves_at,
        "pointless_after": pointless,
    }
    change = update(OutboxMessage).where(OutboxMessage.intent_key.in_(keys), was_too_late()).values(anew)
    change = change.execution_options(synchronize_session=False).returning(OutboxMessage.id)
    wake_workers()
    return len(db.session.execute(change).all())
