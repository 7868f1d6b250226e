"""Ballast: room beside an SQLite file that is given up when the disk is full, so that writing can go on.

With a full disk not even the log of the database can be folded in. PostgreSQL has machines of its own.
"""

import os
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, event

BYTES = 16 * 1024 * 1024
LITTLE_BYTES = 1024 * 1024
_FULL, _IO_ERROR = "database or disk is full", "disk I/O error"
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
    if _free_bytes(path) < BYTES + bytes_left_over:
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
        if _is_for_want_of_room(str(context.original_exception), path):
            log.error("disk.full", ballast_given_up=path.exists())
            path.unlink(missing_ok=True)


def _is_for_want_of_room(error: str, path: Path) -> bool:
    """SQLite names a full disk only where it writes data; for files that it keeps beside, an I/O error."""
    return _FULL in error or (_IO_ERROR in error and _free_bytes(path) < LITTLE_BYTES)


def _free_bytes(path: Path) -> int:
    disk = os.statvfs(path.parent)
    return disk.f_bavail * disk.f_frsize
