"""Numbers of the outbox that stay cheap at a million rows: each by an index, or over a bounded part of it.

States are written out where a partial index shall serve: SQLite takes it for the same words only.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, literal_column, select

from registration.extensions import db
from registration.models import OutboxMessage
from registration.vocabulary import MailKind, OutboxState

_M = OutboxMessage


class Count(NamedTuple):
    """So many mails of a kind in a state."""

    state: OutboxState
    kind: MailKind
    mails: int
    uncertain: int = 0
    bounced: int = 0


def is_one_of(*states: OutboxState) -> ColumnElement[bool]:
    """Return the condition with the states written out, in this order."""
    words: Sequence[ColumnElement[str]] = [literal_column(f"'{one}'") for one in states]
    return _M.state == words[0] if len(words) == 1 else _M.state.in_(words)


QUEUED = is_one_of(OutboxState.QUEUED)
LEASED = is_one_of(OutboxState.CLAIMED, OutboxState.SENDING)
STUCK = is_one_of(OutboxState.FAILED, OutboxState.HELD)


def waiting() -> dict[OutboxState, int]:
    """Count what has not left yet, also what is not due."""
    counts = {OutboxState.QUEUED: 0, OutboxState.CLAIMED: 0, OutboxState.SENDING: 0}
    counts[OutboxState.QUEUED] = db.session.scalar(select(func.count()).where(QUEUED)) or 0
    leased = select(_M.state, func.count()).where(LEASED).group_by(_M.state)
    return counts | dict(db.session.execute(leased).all())


def oldest_due_at(now: datetime) -> datetime | None:
    """Return since when the mail has waited that should have left first; None when none is late."""
    oldest = [select(func.min(_M.next_attempt_at)).where(one) for one in (QUEUED, LEASED)]
    found = [moment for query in oldest if (moment := db.session.scalar(query)) is not None]
    return min((one for one in found if one <= now), default=None)


def stuck() -> list[Count]:
    """Count what failed or is held, of all times."""
    query = select(_M.state, _M.kind, func.count()).where(STUCK).group_by(_M.state, _M.kind)
    return [Count(*row) for row in db.session.execute(query)]


def written_since(instant: datetime) -> list[Count]:
    """Count what was written since then; as long as it takes to read these rows, and no others."""
    query = (
        select(
            _M.state,
            _M.kind,
            func.count(),
            func.count().filter(_M.is_uncertain),
            func.count(_M.bounced_at),
        )
        .where(_M.id >= _first_since(instant))
        .group_by(_M.state, _M.kind)
    )
    return [Count(*row) for row in db.session.execute(query)]


def most_rows() -> int:
    """Return how many rows there are at most: from the first id to the last."""
    first, last = _ids()
    return last - first + 1 if last else 0


def _first_since(instant: datetime) -> int:
    """Return the first id written since an instant: ids rise with time, so that halving finds it."""
    low, last = _ids()
    high = last + 1
    while low < high:
        middle = (low + high) // 2
        query = select(_M.id, _M.created_at).where(_M.id >= middle).order_by(_M.id).limit(1)
        row = db.session.execute(query).first()
        if row is None or row.created_at >= instant:
            high = middle
        else:
            low = row.id + 1
    return low


def _ids() -> tuple[int, int]:
    """Return first and last id, 0 and 0 without rows; asked for together SQLite would read all of them."""
    first, last = (select(which(_M.id)).scalar_subquery() for which in (func.min, func.max))
    row = db.session.execute(select(func.coalesce(first, 0), func.coalesce(last, 0))).one()
    return row[0], row[1]
