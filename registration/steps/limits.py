"""Limits that hold over all processes: counted in the database (L-54, L-56)."""

import hashlib
import hmac
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite

from registration.extensions import db
from registration.models import RateCount


def count(key: str, *, window: timedelta, now: datetime) -> int:
    """Add one to the counter of this window and return it."""
    epoch = int(now.timestamp() // window.total_seconds() * window.total_seconds())
    start = datetime.fromtimestamp(epoch, tz=now.tzinfo)
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = insert(RateCount).values(key=_opaque(key), window_start=start, count=1)
    added = row.on_conflict_do_update(
        index_elements=[RateCount.key, RateCount.window_start], set_={"count": RateCount.count + 1}
    )
    return int(db.session.execute(added.returning(RateCount.count)).scalar_one())


def _opaque(key: str) -> str:
    """Neither an address nor an IP is stored: a keyed fingerprint is enough to count (L-09)."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    kind = key.partition(":")[0]
    return f"{kind}:{hmac.digest(secret, key.encode(), hashlib.sha256).hex()[:32]}"
