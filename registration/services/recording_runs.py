"""Recording when each job ran, for `flask jobs` and /healthz."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from registration.extensions import db, one_transaction
from registration.models import JobRun, RateCount

RECORD_EVERY = timedelta(seconds=10)  # an idle worker must cost next to nothing
COUNTS_KEPT = timedelta(days=1)


def succeeded(name: str, *, started: datetime, now: datetime) -> None:
    """Remember a run that went well; at most every RECORD_EVERY unless the last one failed."""
    last = db.session.get(JobRun, name, populate_existing=True)
    recent = last is not None and last.succeeded_at is not None and now - last.succeeded_at < RECORD_EVERY
    is_news = last is None or bool(last.error)
    db.session.rollback()
    if not recent or is_news:
        _record(name, started_at=started, succeeded_at=now, error="")


def failed(name: str, error: str, *, started: datetime, now: datetime) -> None:
    """Remember a run that failed, and why."""
    _record(name, started_at=started, failed_at=now, error=error[:500])


def forget_counts(*, now: datetime) -> int:
    """Delete counters whose time is long over."""
    with one_transaction():
        old = delete(RateCount).where(RateCount.window_start < now - COUNTS_KEPT).returning(RateCount.key)
        return len(db.session.execute(old).all())


def _record(name: str, **columns: datetime | str) -> None:
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = insert(JobRun).values(name=name, **({"error": ""} | columns))
    with one_transaction():
        db.session.execute(row.on_conflict_do_update(index_elements=[JobRun.name], set_=columns))
