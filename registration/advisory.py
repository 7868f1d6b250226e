"""Locks by name that one process of all may hold, and that end with it, however it ends.

PostgreSQL: advisory locks on one connection beside the pool. SQLite: flock on files beside the database,
because a lease in a row would outlive a killed worker.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import psycopg
from sqlalchemy import Engine

from registration.waking import connect

_TAKE = "SELECT pg_try_advisory_lock(hashtext('registration'), hashtext(%s))"
_GIVE_BACK = "SELECT pg_advisory_unlock(hashtext('registration'), hashtext(%s))"


class Locks:
    """The locks of one process; its threads share them and never hold the same one twice."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._mutex = threading.Lock()
        self._held: set[str] = set()
        self._files: dict[str, TextIO] = {}
        self._line: psycopg.Connection[tuple[object, ...]] | None = None

    def take(self, name: str) -> bool:
        """Return whether the lock is ours now; never waits. Raises psycopg.Error without a database."""
        with self._mutex:
            if name in self._held or not (self._ask(name) if self._is_remote else self._lock(name)):
                return False
            self._held.add(name)
            return True

    def holds(self, name: str) -> bool:
        """Return whether a lock is ours still: with its connection PostgreSQL takes it back."""
        with self._mutex:
            if name in self._held and self._is_remote:
                try:
                    self._connected().execute("SELECT 1")
                except psycopg.Error:
                    self._lose_all()
            return name in self._held

    def give_back(self, name: str) -> None:
        with self._mutex:
            if name not in self._held:
                return
            self._held.discard(name)
            if file := self._files.pop(name, None):
                file.close()
            elif self._line is not None:
                try:
                    self._line.execute(_GIVE_BACK, [name])
                except psycopg.Error:
                    self._lose_all()

    @contextmanager
    def held(self, name: str) -> Iterator[bool]:
        """Hold a lock if it is free: `with locks.held("plan") as ours: …`."""
        is_ours = self.take(name)
        try:
            yield is_ours
        finally:
            if is_ours:
                self.give_back(name)

    def close(self) -> None:
        with self._mutex:
            self._lose_all()

    @property
    def _is_remote(self) -> bool:
        return self._engine.dialect.name == "postgresql"

    def _ask(self, name: str) -> bool:
        try:
            row = self._connected().execute(_TAKE, [name]).fetchone()
        except psycopg.Error:
            self._lose_all()
            raise
        return bool(row and row[0])

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        if self._line is None:
            self._line = connect(self._engine)
        return self._line

    def _lock(self, name: str) -> bool:
        if not self._engine.url.database:
            return True  # in memory: nobody else is there
        file = Path(f"{self._engine.url.database}.{name}.lock").open("a")  # noqa: SIM115 - kept open: it is the lock
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._files[name] = file
        return True

    def _lose_all(self) -> None:
        self._held.clear()
        for file in self._files.values():
            file.close()
        self._files.clear()
        if self._line is not None:
            self._line.close()
            self._line = None
