"""Leases: what one process has for a while. PostgreSQL's clock counts, so that hosts may disagree."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal

from registration.extensions import UtcDateTime, db


def lease_until(seconds: float, now: datetime) -> ColumnElement[Any]:
    """Return the end of a lease that begins now."""
    if db.engine.dialect.name == "postgresql":
        return func.clock_timestamp() + timedelta(seconds=seconds)
    return literal(now + timedelta(seconds=seconds), UtcDateTime())


def lease_has_ended(column: Any, now: datetime) -> ColumnElement[bool]:
    """Return the condition for leases that are over."""
    if db.engine.dialect.name == "postgresql":
        return column <= func.clock_timestamp()  # type: ignore[no-any-return] # a column of any record
    return column <= now  # type: ignore[no-any-return] # the same
