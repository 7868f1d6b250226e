"""How either database is opened, so that it keeps its promises."""

from time import monotonic
from typing import Any

from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

ALIVE: dict[str, Any] = {  # a server that has vanished without a word is given up after seconds
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
TRUSTED_SECONDS = 1.0  # a connection that was used a moment ago is not asked whether it still stands


def engine_options(url: str, *, pool_size: int) -> dict[str, Any]:
    """Return what `create_engine` needs for `url`: drivers, limits on waiting, pool."""
    if url.startswith("sqlite"):
        return {
            "module": _sqlite_driver(),
            "connect_args": {"timeout": 15, "isolation_level": None},
            "hide_parameters": True,
        }
    limits = "-c lock_timeout=5s -c statement_timeout=20s -c idle_in_transaction_session_timeout=60s"
    # one text for one row, whatever the server is set to: see mail/outgoing.py
    limits += " -c TimeZone=UTC -c DateStyle=ISO"
    return {
        "pool_size": pool_size,
        "connect_args": {"options": limits, "connect_timeout": 5, **ALIVE},
        "hide_parameters": True,  # they hold personal data; an error is stored and shown (L-61)
    }


def _sqlite_driver() -> Any:
    """Prefer the packaged SQLite: libraries before 3.51.3 can corrupt a WAL under two writers."""
    try:
        from pysqlite3 import dbapi2  # noqa: PLC0415 - not on every platform
    except ImportError:
        import sqlite3 as dbapi2  # noqa: PLC0415
    return dbapi2


def configure(engine: Engine) -> None:
    """Make either database keep its promises."""
    if engine.dialect.name == "sqlite":
        _configure_sqlite(engine)
    else:
        _ask_idle_connections(engine)
        engine.dialect.do_rollback = _roll_back  # type: ignore[method-assign, assignment]


def _roll_back(connection: Any) -> None:
    """End a transaction, and keep the statements that are prepared on its connection.

    psycopg forgets them at each rollback, with which all reading ends here: then PostgreSQL plans every
    statement anew, which takes it longer than most of the work. Only migrations change tables, in processes
    of their own; should one have made a statement useless, its transaction fails, and then all are forgotten.
    """
    line = connection.pgconn
    is_sound = line.transaction_status == TransactionStatus.INTRANS
    if not (is_sound and line.exec_(b"ROLLBACK").status == ExecStatus.COMMAND_OK):
        connection.rollback()


def _ask_idle_connections(engine: Engine) -> None:
    """Ask a rested connection whether it still stands: a restart of the server costs nobody a page.

    SQLAlchemy's own pre-ping asks at every use, which costs a round trip for each transaction.
    """

    @event.listens_for(engine, "checkin")
    def _rest(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: Any, _proxy: Any) -> None:
        if monotonic() - record.info.get("rests_since", monotonic()) < TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as lost:
            raise DisconnectionError from lost  # the pool opens another one and goes on


def _configure_sqlite(engine: Engine) -> None:
    """Give SQLite its own BEGIN, WAL, full sync, and foreign keys."""

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "cell_size_check=ON",
            "journal_size_limit=67108864",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if mode := connection.get_execution_options().get("begin", "DEFERRED"):
            connection.exec_driver_sql(f"BEGIN {mode}")
