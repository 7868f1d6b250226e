"""Leases: what one process has for a while. PostgreSQL's clock counts, so that hosts may disagree."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Interval, bindparam, func, literal, or_

from registration.extensions import UtcDateTime, db


def lease_until(seconds: float, now: datetime) -> ColumnElement[Any]:
    """Return the end of a lease that begins now."""
    if db.engine.dialect.name == "postgresql":
        return func.clock_timestamp() + timedelta(seconds=seconds)
    return literal(now + timedelta(seconds=seconds), UtcDateTime())


def bound_lease(dialect: str, name: str) -> ColumnElement[Any]:
    """Return the end of a lease for a statement that is kept: its value comes from `lease_value()`."""
    if dialect == "postgresql":
        return func.clock_timestamp() + bindparam(name, type_=Interval())
    return bindparam(name, type_=UtcDateTime())


def lease_value(seconds: float, now: datetime) -> datetime | timedelta:
    """Return what a bound lease takes."""
    span = timedelta(seconds=seconds)
    return span if db.engine.dialect.name == "postgresql" else now + span


def lease_has_ended(column: Any, longest_seconds: float, now: datetime) -> ColumnElement[bool]:
    """Return the condition for leases that are over, or longer than any: a wrong clock wrote them (T-12)."""
    longest = timedelta(seconds=longest_seconds)
    if db.engine.dialect.name == "postgresql":
        moment = func.clock_timestamp()
        return or_(column <= moment, column > moment + longest)
    return or_(column <= now, column > now + longest)
