"""Leases: what one process has for a while. PostgreSQL's clock counts, so that hosts may disagree."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_

from registration.extensions import UtcDateTime, db


def lease_until(seconds: float, now: datetime) -> ColumnElement[Any]:
    """Return the end of a lease that begins now."""
    if db.engine.dialect.name == "postgresql":
        return func.clock_timestamp() + timedelta(seconds=seconds)
    return literal(now + timedelta(seconds=seconds), UtcDateTime())


def lease_has_ended(column: Any, longest_seconds: float, now: datetime) -> ColumnElement[bool]:
    """Return the condition for leases that are over, or longer than any: a wrong clock wrote them (T-12)."""
    longest = timedelta(seconds=longest_seconds)
    if db.engine.dialect.name == "postgresql":
        moment = func.clock_timestamp()
        return or_(column <= moment, column > moment + longest)
    return or_(column <= now, column > now + longest)
