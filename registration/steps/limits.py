"""Limits that hold over all processes: counted in the database (L-54, L-56)."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite

from registration.extensions import db
from registration.models import RateCount


def count(key: str, *, window: timedelta, now: datetime) -> int:
    """Add one to the counter of this window and return it."""
    epoch = int(now.timestamp() // window.total_seconds() * window.total_seconds())
    start = datetime.fromtimestamp(epoch, tz=now.tzinfo)
    row = {"key": _opaque(key), "window_start": start, "count": 1}
    connection = db.session.connection()
    return int(connection.execute(_add_one(connection.dialect.name), row).scalar_one())


def count_each(keys: Iterable[str], *, window: timedelta, now: datetime) -> list[int]:
    """Count several keys; always in the same order, so that two processes never wait for each other."""
    counts = {key: count(key, window=window, now=now) for key in sorted(keys)}
    return [counts[key] for key in keys]


def client_key(client: str) -> str:
    """What the registrations of one client are counted under."""
    return f"client:{client}"


@cache
def _add_one(dialect: str) -> Any:
    """Built once: putting the statement together takes longer than the database needs for it."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    table = RateCount.__table__
    added = insert(table).on_conflict_do_update(  # type: ignore[arg-type] # every table is a Table
        index_elements=[table.c.key, table.c.window_start], set_={"count": table.c.count + 1}
    )
    return added.returning(table.c.count)


def _opaque(key: str) -> str:
    """Neither an address nor an IP is stored: a keyed fingerprint is enough to count (L-09)."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    kind = key.partition(":")[0]
    return f"{kind}:{hmac.digest(secret, key.encode(), hashlib.sha256).hex()[:32]}"
