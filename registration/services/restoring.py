"""After a restore: what may have been sent since the backup does not leave by itself again.

The database has forgotten what happened between backup and failure, the recipients have not.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_, select, true, update

from registration.extensions import db, one_transaction, wake_workers
from registration.models import OutboxMessage
from registration.steps.journal import SYSTEM, write
from registration.vocabulary import MailKind, OutboxState

RESTORED = "aus einer Sicherung wiederhergestellt"
PERHAPS_SENT = f"{RESTORED}: vielleicht schon gesendet"
HARDLY_SENT = f"{RESTORED}: wahrscheinlich noch nicht gesendet"
_M = OutboxMessage
_UNSENT = _M.state.in_([OutboxState.QUEUED, OutboxState.CLAIMED, OutboxState.SENDING])


def last_mail() -> int:
    """Return the highest number of a mail; what is written later has a higher one."""
    return db.session.scalar(select(func.max(_M.id))) or 0


def set_aside(*, stopped_at: datetime, after: int | None = None, drop: bool = False, now: datetime) -> int:
    """Hold all mails that the database believes unsent, or drop them; return how many.

    `stopped_at`: when the former installation stopped; what was not due by then was hardly sent. `after`:
    only mails with a higher number, planned since the restore as of that moment: all of them were due.
    """
    hardly = _M.next_attempt_at > stopped_at if after is None else false()
    chosen = and_(_UNSENT, _M.id > (after or 0))
    state = OutboxState.SKIPPED if drop else OutboxState.HELD
    statement = (
        update(_M)
        .where(chosen)
        .values(
            state=state,
            state_reason=case((hardly, HARDLY_SENT), else_=PERHAPS_SENT),
            is_uncertain=or_(_M.is_uncertain, ~hardly),
            claim_token=None,
            lease_until=None,
        )
        .returning(_M.id)
        .execution_options(synchronize_session=False)
    )
    with one_transaction():
        count = len(db.session.execute(statement).all())
        details = {"mails": count, "state": state, "stopped_at": stopped_at.isoformat()}
        write("mails_set_aside", now=now, actor=SYSTEM, details=details)
    return count


def waiting_kinds() -> Sequence[tuple[MailKind, str, int]]:
    """Return what a restore has set aside: kind, why, how many."""
    query = select(_M.kind, _M.state_reason, func.count()).where(_held()).group_by(_M.kind, _M.state_reason)
    found = db.session.execute(query.order_by(_M.kind, _M.state_reason))
    return [(kind, reason, count) for kind, reason, count in found]


def release(kind: MailKind | None, *, hardly_sent_only: bool = False, now: datetime) -> int:
    """Queue what was set aside, of one kind or of every; return how many mails."""
    of_kind = _M.kind == kind if kind else true()
    reason = _M.state_reason == literal(HARDLY_SENT) if hardly_sent_only else true()
    with one_transaction():
        statement = (
            update(_M)
            .where(_held(), of_kind, reason)
            .values(state=OutboxState.QUEUED, state_reason="", next_attempt_at=now, attempts=0, crashes=0)
            .returning(_M.id)
            .execution_options(synchronize_session=False)
        )
        count = len(db.session.execute(statement).all())
        write("mails_released", now=now, actor=SYSTEM, details={"mails": count, "kind": kind or "all"})
        wake_workers()
    return count


def _held() -> ColumnElement[bool]:
    return and_(_M.state == OutboxState.HELD, _M.state_reason.startswith(RESTORED))
