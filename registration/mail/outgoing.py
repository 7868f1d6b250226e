"""Outgoing mails: read together with all their records, and proved unchanged when they leave (M-57).

A batch is read in a few statements, instead of a few for each mail. What was read carries a mark: the values
of all rows that a mail speaks of. Whoever sends it compares the mark once more, inside the fence: so nothing
leaves that was read before a change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, type_coerce
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.types import NullType

from registration.extensions import db
from registration.models import AccessLink, OutboxMessage, Registration, Workshop, WorkshopSession

Mark = list[tuple[Any, ...]]
_COLUMNS = (
    "id",
    "kind",
    "registration_id",
    "workshop_id",
    "session_id",
    "revision",
    "to_address",
    "language",
    "context",
    "pointless_after",
    "is_uncertain",
)
"""What a mail itself says; where it stands on its way is the fence's business."""
_TOGETHER = (
    joinedload(OutboxMessage.registration).options(
        joinedload(Registration.substitutes), selectinload(Registration.links)
    ),
    joinedload(OutboxMessage.workshop).selectinload(Workshop.sessions),
    joinedload(OutboxMessage.workshop_session),
)


@dataclass(frozen=True)
class Outgoing:
    """A mail with its records, and by what one sees whether they have changed since."""

    message: OutboxMessage
    mark: Mark


def read_together(ids: Sequence[int]) -> dict[int, Outgoing]:
    """Read mails with their records, which are complete and ask the database for nothing more."""
    with Session(db.engine) as reader:  # of its own: what it has read outlives our commits
        marks: dict[int, Mark] = {}
        for row in reader.execute(_MARK, {"ids": ids}):  # first: a change in between shows as a change
            marks.setdefault(row[0], []).append(tuple(row))
        query = select(OutboxMessage).where(OutboxMessage.id.in_(ids)).options(*_TOGETHER)
        messages = list(reader.scalars(query))
        for message in messages:
            _lead_back(message.workshop)
    return {message.id: Outgoing(message, marks[message.id]) for message in messages}


def read_again(message_id: int) -> Outgoing:
    """Read one mail as it is now, in the thread's own session: there it finds whatever else it needs."""
    db.session.rollback()
    mark = mark_now(message_id)
    message = db.session.get_one(OutboxMessage, message_id, populate_existing=True)
    return Outgoing(message, mark)


def mark_now(message_id: int) -> Mark:
    """Return the mark of the rows as they are now."""
    return [tuple(row) for row in db.session.execute(_MARK, {"ids": [message_id]})]


def _lead_back(workshop: Workshop | None) -> None:
    """Let the sessions know their workshop, which they would look up."""
    for session in workshop.sessions if workshop else ():
        set_committed_value(session, "workshop", workshop)


def _mark() -> Any:
    """One row for each session, with the values as the driver gives them, because they are only compared."""
    message, registration = OutboxMessage.__table__, Registration.__table__
    before, workshop = registration.alias("before"), Workshop.__table__
    session, link = WorkshopSession.__table__, AccessLink.__table__
    columns = [message.c[name] for name in _COLUMNS]
    columns += [*registration.c, *before.c, *workshop.c, *session.c]
    links = select(func.max(link.c.id)).where(link.c.registration_id == message.c.registration_id)
    return (
        select(*(type_coerce(column, NullType()) for column in columns), links.scalar_subquery())
        .outerjoin_from(message, registration, registration.c.id == message.c.registration_id)
        .outerjoin(before, before.c.id == registration.c.substitutes_id)
        .outerjoin(workshop, workshop.c.id == message.c.workshop_id)
        .outerjoin(session, session.c.workshop_id == workshop.c.id)
        .where(message.c.id.in_(bindparam("ids", expanding=True)))
        .order_by(message.c.id, session.c.id)
    )


_MARK = _mark()
