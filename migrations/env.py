"""How the migrations run: always inside the application, online, in one transaction."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Engine

UTC_INSTANT = "sa.DateTime(timezone=True)"


def plain_types(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Write our own types as what they store, so that no migration imports the application."""
    return UTC_INSTANT if kind == "type" and type(item).__name__ == "UtcDateTime" else False


def no_empty_revision(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no file when nothing has changed."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def run() -> None:
    database = current_app.extensions["migrate"].db
    engine: Engine = database.engine
    with engine.connect().execution_options(begin="IMMEDIATE") as connection:
        if engine.dialect.name == "sqlite":  # rebuilding a table must not look like deleting its rows
            connection.connection.cursor().execute(
                "PRAGMA foreign_keys=OFF"
            )  # before any BEGIN, or it is ignored
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_item=plain_types,
            render_as_batch=True,
            compare_type=True,
            process_revision_directives=no_empty_revision,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.invalidate()  # never give the connection without foreign keys back to the pool


run()
