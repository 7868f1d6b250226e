"""Outgoing mails: read together with all their records, and proved unchanged when they leave (M-57).

A batch is read in a few statements, instead of a few for each mail. What was read carries a mark: the values
of all rows that a mail speaks of. Whoever sends it compares the mark once more, inside the fence: so nothing
leaves that was read before a change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, TextClause, select, text
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from registration.extensions import db
from registration.models import OutboxMessage, Registration, Workshop

_SPOKEN = ("kind", "registration_id", "session_id", "revision", "to_address", "language", "context")
"""What a mail itself says; `pointless_after` is looked at with the clock, its state by the fence."""
_TOGETHER = (
    joinedload(OutboxMessage.registration).options(
        joinedload(Registration.substitutes), selectinload(Registration.links)
    ),
    joinedload(OutboxMessage.workshop).selectinload(Workshop.sessions),
    joinedload(OutboxMessage.workshop_session),
)


@dataclass(frozen=True)
class Mark:
    """All that is written in the rows of the mail, its registration and workshop, and of its sessions."""

    records: tuple[object, ...]
    sessions: list[str]


@dataclass(frozen=True)
class Outgoing:
    """A mail with its records, and by what one sees whether they have changed since."""

    message: OutboxMessage
    mark: Mark


def read_together(ids: Sequence[int]) -> dict[int, Outgoing]:
    """Read mails with their records, which are complete and ask the database for nothing more."""
    with Session(db.engine) as reader:  # of its own: what it has read outlives our commits
        sessions: dict[int, list[str]] = {}
        # before the records: a change in between shows as a change
        marks = {one: _mark(reader.connection(), one, sessions) for one in ids}
        query = select(OutboxMessage).where(OutboxMessage.id.in_(ids)).options(*_TOGETHER)
        messages = list(reader.scalars(query))
        for message in messages:
            _lead_back(message.workshop)
    return {one.id: Outgoing(one, mark) for one in messages if (mark := marks[one.id])}


def read_again(message_id: int) -> Outgoing | None:
    """Read one mail as it is now, in the thread's own session: there it finds whatever else it needs."""
    db.session.rollback()
    mark = mark_now(message_id)
    message = db.session.get(OutboxMessage, message_id, populate_existing=True)
    return Outgoing(message, mark) if message and mark else None


def mark_now(message_id: int) -> Mark | None:
    """Return the mark of the rows as they are now; None when the mail is no more."""
    return _mark(db.session.connection(), message_id, {})


def _mark(connection: Connection, message_id: int, sessions: dict[int, list[str]]) -> Mark | None:
    """Sessions that are known already are not read again."""
    of_records, of_sessions = _queries(connection.dialect.name)
    row = connection.execute(of_records, {"id": message_id}).one_or_none()
    if row is None:
        return None
    workshop_id, *records = row
    if workshop_id not in sessions:
        sessions[workshop_id] = list(connection.scalars(of_sessions, {"id": workshop_id}))
    return Mark(tuple(records), sessions[workshop_id])


@cache
def _queries(dialect: str) -> tuple[TextClause, TextClause]:
    """Each row is one text that the database puts together: a hundred columns take long to read singly."""

    def whole(table: str, name: str) -> str:
        if dialect == "postgresql":
            return f"CAST({name} AS text)"
        return f"json_array({', '.join(f'{name}.{one.name}' for one in db.metadata.tables[table].columns)})"

    spoken = ", ".join(f"mail.{name}" for name in _SPOKEN)
    records = f"""
        SELECT mail.workshop_id, {spoken}, {whole("registration", "registration")},
            {whole("registration", "substituted")}, {whole("workshop", "workshop")},
            (SELECT max(id) FROM access_link WHERE registration_id = mail.registration_id)
        FROM outbox_message AS mail
        LEFT JOIN registration ON registration.id = mail.registration_id
        LEFT JOIN registration AS substituted ON substituted.id = registration.substitutes_id
        LEFT JOIN workshop ON workshop.id = mail.workshop_id
        WHERE mail.id = :id
    """  # noqa: S608 - all names are those of our tables
    one = whole("workshop_session", "one")
    sessions = f"SELECT {one} FROM workshop_session AS one WHERE one.workshop_id = :id ORDER BY one.id"  # noqa: S608 - the same
    return text(records), text(sessions)


def _lead_back(workshop: Workshop | None) -> None:
    """Let the sessions know their workshop, which they would look up."""
    for session in workshop.sessions if workshop else ():
        set_committed_value(session, "workshop", workshop)
