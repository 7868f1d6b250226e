"""Waking workers: who has written a mail rings, so that it leaves at once. Polling is the net under it.

PostgreSQL carries the ring with the commit (NOTIFY). Beside an SQLite file each worker has a named pipe. A
ring that gets lost costs a second, never a mail.
"""

import contextlib
import errno
import glob
import os
import select
import time
from pathlib import Path
from typing import Protocol

import psycopg
from sqlalchemy import Connection, Engine, text

CHANNEL = "outbox"
_NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', '')")
_RECONNECT_SECONDS = 5.0


def ring_with_commit(connection: Connection) -> None:
    """Let PostgreSQL ring when this transaction is committed, and only then."""
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY)


def ring_after_commit(engine: Engine) -> None:
    """Ring at every worker of an SQLite file; the pipe of a dead one is removed."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return
    beside = Path(engine.url.database)
    for pipe in beside.parent.glob(f"{glob.escape(beside.name)}.wake-*"):
        with contextlib.suppress(OSError):  # what is committed is committed, whoever hears of it
            _ring(pipe)


def _ring(pipe: Path) -> None:
    try:
        writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENXIO:  # nobody listens any more
            pipe.unlink(missing_ok=True)
        return
    try:
        os.write(writer, b"!")
    finally:
        os.close(writer)


class Bell(Protocol):
    """What one worker hears. `wait()` belongs to one thread."""

    def wait(self, seconds: float) -> bool:
        """Return True when somebody rang within so many seconds."""

    def close(self) -> None:
        """Listen no more."""


def bell(engine: Engine) -> Bell:
    """Return the bell for this database."""
    return _NotifyBell(engine) if engine.dialect.name == "postgresql" else _PipeBell(engine)


class _PipeBell:
    def __init__(self, engine: Engine) -> None:
        self._path = Path(f"{engine.url.database}.wake-{os.getpid()}-{time.monotonic_ns()}")
        os.mkfifo(self._path, 0o600)
        # also open for writing, or every writer that leaves would look like the end of the file
        self._reader = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)

    def wait(self, seconds: float) -> bool:
        if not select.select([self._reader], [], [], seconds)[0]:
            return False
        os.read(self._reader, 4096)
        return True

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._reader)


class _NotifyBell:
    """A connection of its own; while it is lost the worker polls."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._line: psycopg.Connection[tuple[object, ...]] | None = None
        self._next_try = 0.0

    def wait(self, seconds: float) -> bool:
        try:
            if line := self._connected():
                return any(True for _ in line.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error:
            self.close()
        time.sleep(seconds)
        return False

    def _connected(self) -> psycopg.Connection[tuple[object, ...]] | None:
        if self._line is None and time.monotonic() >= self._next_try:
            self._next_try = time.monotonic() + _RECONNECT_SECONDS
            self._line = connect(self._engine)
            self._line.execute(f"LISTEN {CHANNEL}")
        return self._line

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


def connect(engine: Engine) -> psycopg.Connection[tuple[object, ...]]:
    """Return a connection beside the pool, in autocommit, that notices when the server's machine is gone."""
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(
        address,
        autocommit=True,
        connect_timeout=5,
        keepalives_idle=30,
        keepalives_interval=10,
        keepalives_count=3,
        tcp_user_timeout=15_000,
    )
