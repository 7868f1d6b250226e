"""Writing new rows straight away, without the session's bookkeeping: for records that nobody changes again.

The defaults of the columns apply as always. The record itself stays outside of the session.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Insert, insert

from registration.extensions import Base, db


def insert_one(record: Any) -> int:
    """Insert the record within the transaction, set its id and return it."""
    db.session.flush()  # what it refers to comes first
    done = db.session.connection().execute(_into(type(record)), _values(record))
    record.id = int(done.inserted_primary_key[0])  # type: ignore[index] # one row has one
    return int(record.id)


def insert_all(records: Sequence[Any]) -> None:
    """Insert records of one kind that all have the same columns set."""
    if records:
        rows = [_values(one) for one in records]
        db.session.connection().execute(_into(type(records[0])), rows)


def _values(record: Any) -> dict[str, Any]:
    columns = type(record).__table__.columns
    return {name: value for name, value in vars(record).items() if name in columns}


_statements: dict[type[Any], Insert] = {}


def _into(kind: type[Base]) -> Insert:
    """Built once: putting a statement together takes longer than the database needs for it."""
    if kind not in _statements:
        _statements[kind] = insert(kind.__table__)  # type: ignore[arg-type] # every table is a Table
    return _statements[kind]
