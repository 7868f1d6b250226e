"""Outgoing mails: read together with all their records, and proved unchanged when they leave (M-57).

A batch is read in a few statements, instead of a few for each mail. What was read carries a mark: the values
of all rows that a mail speaks of, in one text. Whoever sends it compares the mark once more, in the
statement of the fence: so nothing leaves that was read before a change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, TextClause, bindparam, select, text
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from registration.extensions import db
from registration.models import OutboxMessage, Registration, Workshop

_SPOKEN = (
    "kind",
    "registration_id",
    "session_id",
    "revision",
    "mail_rule_id",
    "to_address",
    "language",
    "context",
)
"""What a mail itself says; `pointless_after` is looked at with the clock, its state by the fence."""
_TOGETHER = (
    joinedload(OutboxMessage.registration).options(
        joinedload(Registration.substitutes), selectinload(Registration.links)
    ),
    joinedload(OutboxMessage.workshop).selectinload(Workshop.sessions),
    joinedload(OutboxMessage.workshop_session),
    joinedload(OutboxMessage.mail_rule),
    joinedload(OutboxMessage.suppressed),
)


@dataclass(frozen=True)
class Outgoing:
    """A mail with its records, and by what one sees whether they have changed since."""

    message: OutboxMessage
    mark: str


def read_together(ids: Sequence[int]) -> dict[int, Outgoing]:
    """Read mails with their records, which are complete and ask the database for nothing more."""
    with Session(db.engine) as reader:  # of its own: what it has read outlives our commits
        # before the records: a change in between shows as a change
        marks = _marks(reader.connection(), ids)
        query = select(OutboxMessage).where(OutboxMessage.id.in_(ids)).options(*_TOGETHER)
        messages = list(reader.scalars(query))
        for message in messages:
            _lead_back(message.workshop)
    return {one.id: Outgoing(one, marks[one.id]) for one in messages if one.id in marks}


def read_again(message_id: int) -> Outgoing | None:
    """Read one mail as it is now, in the thread's own session: there it finds whatever else it needs."""
    db.session.rollback()
    marks = _marks(db.session.connection(), [message_id])
    message = db.session.get(OutboxMessage, message_id, populate_existing=True)
    return Outgoing(message, marks[message_id]) if message and message_id in marks else None


def unchanged(dialect: str) -> TextClause:
    """Return the condition that the records of mail `:own_id` are as `:own_mark` says."""
    return text(f"(SELECT {_mark_of(dialect)} WHERE mail.id = :own_id) = :own_mark")


def _marks(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    rows = connection.execute(_marks_query(connection.dialect.name), {"ids": list(ids)})
    return {row.id: row.mark for row in rows}


@cache
def _marks_query(dialect: str) -> TextClause:
    query = text(f"SELECT mail.id, {_mark_of(dialect, ' AS mark')} WHERE mail.id IN :ids")
    return query.bindparams(bindparam("ids", expanding=True))


@cache
def _mark_of(dialect: str, label: str = "") -> str:
    """All rows in one text that the database puts together: a hundred columns take long to read singly."""

    def whole(table: str, name: str) -> str:
        if dialect == "postgresql":
            return name
        return f"json_array({', '.join(f'{name}.{one.name}' for one in db.metadata.tables[table].columns)})"

    parts = [
        *(f"mail.{name}" for name in _SPOKEN),
        whole("registration", "registration"),
        whole("registration", "substituted"),
        whole("workshop", "workshop"),
        "(SELECT max(id) FROM access_link WHERE registration_id = mail.registration_id)",
        "(SELECT text FROM mail_rule WHERE id = mail.mail_rule_id)",
        "(SELECT since FROM suppressed_address WHERE email_key = lower(mail.to_address))",
        _sessions_of(dialect, whole("workshop_session", "one")),
    ]
    row = (
        f"CAST(ROW({', '.join(parts)}) AS text)"
        if dialect == "postgresql"
        else f"json_array({', '.join(parts)})"
    )
    return f"""{row}{label}
        FROM outbox_message AS mail
        LEFT JOIN registration ON registration.id = mail.registration_id
        LEFT JOIN registration AS substituted ON substituted.id = registration.substitutes_id
        LEFT JOIN workshop ON workshop.id = mail.workshop_id
    """


def _sessions_of(dialect: str, one: str) -> str:
    together = (
        "string_agg(CAST(one AS text), '|' ORDER BY id)"
        if dialect == "postgresql"
        else f"group_concat({one}, '|')"
    )
    ordered = "(SELECT * FROM workshop_session WHERE workshop_id = mail.workshop_id ORDER BY id)"
    return f"(SELECT {together} FROM {ordered} AS one)"  # noqa: S608 - our own names


def _lead_back(workshop: Workshop | None) -> None:
    """Let the sessions know their workshop, which they would look up."""
    for session in workshop.sessions if workshop else ():
        set_committed_value(session, "workshop", workshop)
