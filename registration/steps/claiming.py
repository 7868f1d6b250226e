"""Claims: a batch of mails leased by one worker, committed before any SMTP (M-52)."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from flask import current_app
from sqlalchemy import Select, Update, literal_column, select, update

from registration.extensions import db, one_transaction
from registration.mail.messages import PRIORITIES
from registration.models import OutboxMessage
from registration.rules.pace import Claimed, Pace, pace
from registration.steps.leases import lease_until
from registration.steps.relay import is_slow, relay_as_read, relay_row
from registration.vocabulary import OutboxState

BATCH = 20
URGENT_BELOW = 5  # priority of single answers
State = OutboxState
_EACH_PRIORITY = OutboxMessage.priority.in_([literal_column(str(one)) for one in PRIORITIES])
"""True for all, and says to the database that the index serves though it begins with the priority."""


class Claim:
    """Mails that nobody else gets as long as the lease is renewed."""

    def __init__(
        self, token: str, ids: list[int], at: datetime, pace: Pace | None, before: datetime | None
    ) -> None:
        """`before`: until when the pace was used up."""
        self.token, self.ids, self._leased_at = token, ids, at
        self._pace, self._claimed = pace, Claimed(len(ids), at, before)

    @property
    def is_full(self) -> bool:
        return len(self.ids) == BATCH

    def renew(self, now: datetime, rest: int) -> bool:
        """Keep the rest while a slow server takes its time; False when it is not all ours any more."""
        seconds = current_app.config["MAIL_LEASE_SECONDS"]
        if abs((now - self._leased_at).total_seconds()) < seconds / 3:
            return True
        renewed = self._rest(update(OutboxMessage)).values(lease_until=lease_until(seconds, now))
        with one_transaction():
            ours = db.session.execute(renewed.returning(OutboxMessage.id)).all()
        self._leased_at = now
        return len(ours) >= rest

    def release(self) -> None:
        """Give back what was claimed and not begun."""
        db.session.rollback()
        unsent = self._rest(update(OutboxMessage))
        with one_transaction():
            db.session.execute(unsent.values(state=State.QUEUED, claim_token=None, lease_until=None))

    def settle_pace(self, left: Sequence[datetime]) -> None:
        """Count the mails when they were offered to a server, and those that were not do not count (M-55)."""
        if self._pace is None or not self.ids:
            return
        with one_transaction():
            relay = relay_row(lock=True)
            relay.paced_until = self._pace.settled(relay.paced_until, self._claimed, left)

    def _rest(self, statement: Update) -> Update:
        mine = (OutboxMessage.claim_token == self.token, OutboxMessage.state == State.CLAIMED)
        return statement.where(OutboxMessage.is_leased(), *mine).execution_options(synchronize_session=False)


def is_anything_due(now: datetime) -> bool:
    """Look, without a lock: an idle worker asks nothing else."""
    found = db.session.execute(_due(now).limit(1)).first()
    db.session.rollback()
    return found is not None


def claim(now: datetime) -> Claim:
    """Lease the next mails, as many as the pace allows (M-55).

    Two statements: a subquery of the update PostgreSQL may run anew for each row, and exceed the batch.
    """
    token = secrets.token_hex(8)
    lease = lease_until(current_app.config["MAIL_LEASE_SECONDS"], now)
    leased = update(OutboxMessage).values(state=State.CLAIMED, claim_token=token, lease_until=lease)
    with one_transaction():
        relay_pace = _pace_now(now)
        ids, before = _paced(relay_pace, now) if relay_pace else (_unpaced(now), None)
        if ids:
            mine = leased.where(OutboxMessage.id.in_(ids))
            db.session.execute(mine.execution_options(synchronize_session=False))
    return Claim(token, ids, now, relay_pace, before)


def _due(now: datetime) -> Select[int]:
    return select(OutboxMessage.id).where(
        OutboxMessage.is_queued(), _EACH_PRIORITY, OutboxMessage.next_attempt_at <= now
    )


def _next(now: datetime, count: int) -> Select[int]:
    ordered = _due(now).order_by(*OutboxMessage.sending_order()).limit(count)
    return ordered.with_for_update(skip_locked=True)


def _unpaced(now: datetime) -> list[int]:
    return list(db.session.scalars(_next(now, BATCH)))


def _paced(allowed: Pace, now: datetime) -> tuple[list[int], datetime | None]:
    """Take from the pace that all workers share, under the lock of its row; and until when it was used up."""
    relay = relay_row(lock=True)
    before = relay.paced_until
    room = allowed.room(before, now, is_bulk=False)
    if room == 0:
        return [], before
    found = db.session.execute(_next(now, min(room, BATCH)).add_columns(OutboxMessage.priority)).all()
    urgent = [number for number, priority in found if priority < URGENT_BELOW]
    bulk = [number for number, priority in found if priority >= URGENT_BELOW]
    ids = urgent + bulk[: max(0, allowed.room(relay.paced_until, now, is_bulk=True) - len(urgent))]
    relay.paced_until = allowed.after(len(ids), before, now)
    return ids, before


def _pace_now(now: datetime) -> Pace | None:
    return pace(current_app.config["MAIL_PER_MINUTE"], is_slow=is_slow(relay_as_read(), now))
