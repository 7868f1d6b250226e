"""The shared objects of Flask's extensions, and the one way to write: `one_transaction()`."""

import fcntl
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

import click
from flask import Flask
from flask_babel import Babel
from flask_mail import Mail
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import DateTime, Dialect, Engine, MetaData, Row, String, Update, func, true
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.types import TypeDecorator

from registration import waking

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware UTC in Python on both databases (SQLite drops zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all records share: names of constraints, and types for `Mapped[...]`."""

    # a registry of its own: Flask-SQLAlchemy derives a second class, which must share it
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UtcDateTime(), str: String()},
    )


class Migrations:
    """Flask-Migrate, loaded when somebody asks for it: neither web nor worker need the memory it takes."""

    def init_app(self, app: Flask, db: SQLAlchemy, **options: Any) -> None:
        """Stand where Flask-Migrate will stand: among the extensions, and behind `flask db`."""
        entry = _LaterMigrate(app, db, options)
        app.extensions["migrate"] = entry
        app.cli.add_command(_LaterCommands(entry, name="db", help="Perform database migrations."))


class _LaterMigrate:
    def __init__(self, app: Flask, db: SQLAlchemy, options: dict[str, Any]) -> None:
        self._app, self._db, self._all = app, db, options

    def load(self) -> Any:
        from flask_migrate import Migrate  # noqa: PLC0415 - the point of this class

        Migrate(render_as_batch=True, compare_type=True).init_app(self._app, self._db, **self._all)
        return self._app.extensions["migrate"]  # Flask-Migrate's own entry

    def __getattr__(self, name: str) -> Any:
        return getattr(self.load(), name)


class _LaterCommands(click.Command):
    def __init__(self, entry: _LaterMigrate, **options: Any) -> None:
        super().__init__(**options)
        self._entry = entry

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        self._entry.load()
        from flask_migrate.cli import db as commands  # noqa: PLC0415 - the same

        context: click.Context = commands.make_context(*args, **options)
        return context


db = SQLAlchemy(model_class=Base)
migrate = Migrations()
mail_settings = Mail()  # its settings and Message are used, its Connection is not
babel = Babel()
csrf = CSRFProtect()

_writing = threading.local()


@contextmanager
def one_transaction() -> Iterator[None]:
    """Do everything inside in one transaction: all of it is committed, or nothing.

    It begins with a fresh view of the database, so that no row read earlier is trusted. On SQLite it passes a
    gate (flock) that serves writers in turn, and takes the write lock before anything is read; without the
    gate writers starve, without the lock seats are sold twice. It does not nest.
    """
    if getattr(_writing, "active", False):
        raise RuntimeError("one_transaction() does not nest: services do not call services")
    session = db.session
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("records were changed outside one_transaction()")
    session.rollback()
    _writing.active, _writing.rings = True, False
    try:
        with _write_gate(db.engine):
            session.connection(execution_options={"begin": "IMMEDIATE"})
            yield
            if _writing.rings:
                waking.ring_with_commit(session.connection())
            session.commit()
        if _writing.rings:
            waking.ring_after_commit(db.engine)
    except BaseException:
        session.rollback()
        raise
    finally:
        _writing.active = False


def wake_workers() -> None:
    """Ring when the present transaction is committed: it has made a mail due."""
    _writing.rings = True


class SingleStatements:
    """A connection on which each statement is a transaction of its own: the shortest durable change.

    `run(…, at_leisure=True)` does not wait for the disk: all see the change at once, it survives the death of
    this process, and is on the disk with the next one that waits.
    """

    def __init__(self) -> None:
        self._engine = db.engine
        self._is_remote = self._engine.dialect.name == "postgresql"
        connection = self._engine.connect()
        mode = {"isolation_level": "AUTOCOMMIT"} if self._is_remote else {"begin": None}
        self._connection = connection.execution_options(**mode)

    def run(
        self, statement: Update, values: Mapping[str, Any], *, at_leisure: bool = False
    ) -> Row[Any] | None:
        """Execute an UPDATE … RETURNING and return its row, or None when nothing was to be changed."""
        with _write_gate(self._engine):
            if not self._is_remote:
                return self._on_file(statement, values, at_leisure=at_leisure)
            if at_leisure:
                statement = _at_leisure(statement)
            return self._connection.execute(statement, values).first()

    def _on_file(self, statement: Update, values: Mapping[str, Any], *, at_leisure: bool) -> Row[Any] | None:
        cursor = self._connection.connection.cursor()
        try:
            if at_leisure:
                cursor.execute("PRAGMA synchronous=NORMAL")
            return self._connection.execute(statement, values).first()
        finally:
            if at_leisure:
                cursor.execute("PRAGMA synchronous=FULL")
            cursor.close()

    def close(self) -> None:
        self._connection.close()


@cache
def _at_leisure(statement: Update) -> ReturningUpdate[Any]:
    """Let PostgreSQL not wait for the disk, in this statement only."""
    return statement.returning(func.set_config("synchronous_commit", "off", true()))


@contextmanager
def _write_gate(engine: Engine) -> Iterator[None]:
    """Queue writers of one SQLite file; PostgreSQL needs no gate."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        yield
        return
    gate = os.open(f"{engine.url.database}.gate", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield
    finally:
        os.close(gate)  # opens the gate, as does the death of the process
