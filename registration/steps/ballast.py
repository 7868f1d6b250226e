"""Ballast: room beside an SQLite file that is given up when the disk is full, so that writing can go on.

With a full disk not even the log of the database can be folded in. PostgreSQL has machines of its own.
"""

import os
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, event

BYTES = 16 * 1024 * 1024
_FULL = "database or disk is full"
log = structlog.get_logger(__name__)


def ballast_of(engine: Engine) -> Path | None:
    """Return where the ballast of a database lies; None where there is none."""
    is_file = engine.dialect.name == "sqlite" and engine.url.database
    return Path(f"{engine.url.database}.ballast") if is_file else None


def lay(engine: Engine, *, bytes_left_over: int) -> bool:
    """Take the room, unless less would be left over; return whether it is there."""
    path = ballast_of(engine)
    if path is None or path.exists():
        return path is not None
    disk = os.statvfs(path.parent)
    if disk.f_bavail * disk.f_frsize < BYTES + bytes_left_over:
        return False
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, BYTES)
    return True


def give_up_when_full(engine: Engine) -> None:
    """Let go of it at the first write that fails for want of room; the next one succeeds."""
    path = ballast_of(engine)
    if path is None:
        return

    @event.listens_for(engine, "handle_error")
    def _make_room(context: Any) -> None:
        if _FULL in str(context.original_exception):
            log.error("disk.full", ballast_given_up=path.exists())
            path.unlink(missing_ok=True)
