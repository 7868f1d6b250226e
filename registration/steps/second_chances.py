"""Skipped mails that are of use after all.

They seemed too late while a clock was wrong, or ran too far ahead (T-12); or a certificate waits for an
attendance that is entered once more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, update

from registration.extensions import db, wake_workers
from registration.mail.still_wanted import NOT_NOW
from registration.models import OutboxMessage
from registration.vocabulary import OutboxState

TOO_LATE = "zu spät: "
"""How the reason begins, whether planning or delivering has skipped the mail."""


def may_come_after_all(mail: Any = OutboxMessage) -> ColumnElement[bool]:
    """Return the condition; `mail` may be an alias."""
    reasons = or_(*(mail.state_reason.startswith(start) for start in (TOO_LATE, NOT_NOW)))
    return and_(mail.state == OutboxState.SKIPPED, reasons)


def queue_again(
    keys: Select[Any] | Sequence[str],
    leaves_at: datetime,
    pointless: datetime,
    *,
    now: datetime,
    **about: Any,
) -> int:
    """Queue those mails of the intents that may come after all, as if they were written now; return how many.

    `about`: columns that say what they are about now.
    """
    anew = about | {
        "state": OutboxState.QUEUED,
        "state_reason": "",
        "created_at": now,
        "next_attempt_at": leaves_at,
        "pointless_after": pointless,
    }
    change = (
        update(OutboxMessage).where(OutboxMessage.intent_key.in_(keys), may_come_after_all()).values(anew)
    )
    change = change.execution_options(synchronize_session=False).returning(OutboxMessage.id)
    wake_workers()
    return len(db.session.execute(change).all())
