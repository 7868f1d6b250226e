"""Writing new rows straight away, without the session's bookkeeping: for records that nobody changes again.

The defaults of the columns apply as always. The record itself stays outside of the session.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table, insert
from sqlalchemy.sql.dml import ReturningInsert

from registration.extensions import db, wake_workers
from registration.models import OutboxMessage


def insert_one(record: Any) -> int:
    """Insert the record within the transaction, set its id and return it."""
    db.session.flush()  # what it refers to comes first
    done = db.session.connection().execute(_into(type(record).__table__), _values(record))
    if isinstance(record, OutboxMessage):
        wake_workers()
    record.id = int(done.inserted_primary_key[0])  # type: ignore[index] # one row has one
    return int(record.id)


def insert_all(records: Sequence[Any]) -> None:
    """Insert records of one kind that all have the same columns set."""
    if records:
        rows = [_values(one) for one in records]
        db.session.connection().execute(_into_many(type(records[0]).__table__), rows)


def _values(record: Any) -> dict[str, Any]:
    columns = type(record).__table__.columns
    return {name: value for name, value in vars(record).items() if name in columns}


# Built once: putting a statement together takes longer than the database needs for it.
@cache
def _into(table: Table) -> Insert:
    return insert(table)


@cache
def _into_many(table: Table) -> ReturningInsert[Any]:
    """With RETURNING all rows travel in one statement, which takes PostgreSQL's driver half the time."""
    return _into(table).returning(table.c.id)
