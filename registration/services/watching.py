"""Watching the sending of mails: whether they leave, why not, and what needs a person (M-58). Only reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, case, func, literal, literal_column, select

from registration.extensions import db
from registration.models import JobRun, MailRelay, OutboxMessage, SuppressedAddress
from registration.models.mail_relay import DEFAULT_RELAY
from registration.steps.relay import is_paused
from registration.vocabulary import OutboxState, RelayPause

NEED_A_PERSON = (RelayPause.CONFIGURATION, RelayPause.REJECTIONS, RelayPause.BY_HAND)
"""Pauses that last until somebody acts; the others end by themselves."""
TROUBLE_IS_NEWS_FOR = timedelta(days=30)
_STILL_AT_WORK = timedelta(minutes=2)
_M = OutboxMessage


@dataclass(frozen=True)
class MailWatch:
    """How the sending of mails is at one moment.

    The pause stands here only while it keeps mails back. `undelivered` counts what failed, is held or came
    back, of the last 30 days.
    """

    now: datetime
    pause: RelayPause | None
    reason: str
    since: datetime | None
    paused_by: str
    paused_until: datetime | None
    oldest_due_at: datetime | None
    due: int
    undelivered: int
    worker_seen_at: datetime | None
    is_moving: bool
    late_after: timedelta
    silent_after: timedelta

    @property
    def oldest_due_age(self) -> timedelta:
        """How long the oldest mail has waited that should have left."""
        age = self.now - self.oldest_due_at if self.oldest_due_at else timedelta(0)
        return max(age, timedelta(0))

    @property
    def is_late(self) -> bool:
        return self.oldest_due_age > self.late_after

    @property
    def is_worker_silent(self) -> bool:
        seen = self.worker_seen_at
        return seen is None or self.now - seen > self.silent_after

    @property
    def waits_for_a_person(self) -> bool:
        """Whether the pause lasts until somebody acts."""
        return self.pause in NEED_A_PERSON

    @property
    def is_standing_still(self) -> bool:
        """Whether somebody should know at once, and not only when mails are late."""
        return self.waits_for_a_person or self.is_late or self.is_worker_silent


def watch(*, now: datetime) -> MailWatch:
    """Look at relay, queue and worker in one query."""
    row = db.session.execute(_query(now), execution_options={"populate_existing": True}).one()
    relay: MailRelay | None = row.MailRelay
    paused = relay if relay is not None and is_paused(relay, now) else None
    pacing = relay.paced_until if relay else None
    moments = [one for one in (row.oldest_queued_at, row.oldest_claimed_at) if one is not None]
    return MailWatch(
        now=now,
        pause=paused.pause if paused else None,
        reason=paused.reason if paused else "",
        since=paused.since if paused else None,
        paused_by=paused.paused_by if paused else "",
        paused_until=paused.paused_until if paused else None,
        oldest_due_at=min((one for one in moments if one <= now), default=None),
        due=row.due,
        undelivered=row.stuck + row.returned,
        worker_seen_at=row.worker_seen_at,
        is_moving=paused is None and pacing is not None and pacing > now - _STILL_AT_WORK,
        late_after=timedelta(minutes=current_app.config["QUEUE_AGE_ALERT_MINUTES"]),
        silent_after=timedelta(seconds=current_app.config["JOB_AGE_ALERT_SECONDS"]),
    )


@dataclass(frozen=True)
class MailNumbers:
    """What the outbox holds; `lately` counts what was last tried within 24 hours."""

    by_state: Mapping[OutboxState, int]
    lately: Mapping[str, int]
    suppressed: int


def numbers(*, now: datetime) -> MailNumbers:
    """Count the outbox by state; reads all of it."""
    by_state = select(_M.state, func.count().label("mails")).group_by(_M.state)
    return MailNumbers(
        {row.state: row.mails for row in db.session.execute(by_state)},
        dict(db.session.execute(_lately(now - timedelta(hours=24))).mappings().one()),
        db.session.scalar(select(func.count()).select_from(SuppressedAddress)) or 0,
    )


def _query(now: datetime) -> Select[Any]:
    """One row. The states are written out, so that the indexes of the few that matter serve."""
    queued = _M.state == literal_column("'queued'")
    leased = _M.state.in_([literal_column("'claimed'"), literal_column("'sending'")])
    stuck = _M.state.in_([literal_column("'failed'"), literal_column("'held'")])
    since = now - TROUBLE_IS_NEWS_FOR
    counted = {
        "oldest_queued_at": select(func.min(_M.next_attempt_at)).where(queued),
        "oldest_claimed_at": select(func.min(_M.next_attempt_at)).where(leased),
        "due": select(func.count(_M.id)).where(queued, _M.next_attempt_at <= now),
        "stuck": select(func.count(_M.id)).where(stuck, _M.created_at > since),
        "returned": select(func.count(_M.id)).where(_M.bounced_at > since, ~stuck),
        "worker_seen_at": select(func.max(JobRun.succeeded_at)),
    }
    single = select(literal(1).label("one")).subquery()
    columns = [query.scalar_subquery().label(name) for name, query in counted.items()]
    return (
        select(MailRelay, *columns).select_from(single).outerjoin(MailRelay, MailRelay.name == DEFAULT_RELAY)
    )


def _lately(since: datetime) -> Select[*tuple[Any, ...]]:
    def counted(name: str, which: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((which, 1), else_=0)), 0).label(name)

    tried = func.coalesce(_M.sent_at, _M.next_attempt_at) > since
    states = (OutboxState.SENT, OutboxState.FAILED, OutboxState.HELD)
    sums = [counted(state.value, and_(tried, _M.state == state)) for state in states]
    uncertain = counted("uncertain", and_(tried, _M.is_uncertain))
    return select(*sums, uncertain, counted("bounced", _M.bounced_at > since))
