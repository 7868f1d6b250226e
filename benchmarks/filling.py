"""Filling the database with as much as a measure needs; inside an application context.

Large amounts are copies of one row, made by the database itself.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    String,
    Table,
    case,
    cast,
    column,
    func,
    insert,
    inspect,
    literal,
    select,
    text,
    update,
)

from registration import clock
from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.models import AccessLink, OutboxMessage, Registration, Workshop, WorkshopSession
from registration.vocabulary import LinkPurpose, MailKind, OutboxState, RegistrationState, WorkshopState

SLUG = "wissenswerkstatt"
CHUNK = 100_000  # rows in one statement: PostgreSQL's time limit holds here, too
Change = Callable[[ColumnElement[int]], ColumnElement[Any]]


def workshop_id() -> int:
    return db.session.scalars(select(Workshop.id).where(Workshop.slug == SLUG)).one()


def confirm(count: int, workshop_id: int, *, now: datetime, links: bool = False, among: int = 1) -> list[int]:
    """Let so many new people have had a seat in a workshop since yesterday; return their ids.

    Only with `links` can mails to them be written. `among`: this workshop and those with the next ids.
    """
    mark, first = uuid4().hex[:12], _highest(Registration.id) + 1
    yesterday = now - timedelta(days=1)
    one = Registration(
        workshop_id=workshop_id,
        family_name="Mark",
        given_name="Bench",
        organisation_name="Stadt Musterhausen",
        state=RegistrationState.CONFIRMED,
        state_changed_at=yesterday,
        created_at=yesterday,
        address_confirmed_at=yesterday,
    )

    def address(n: ColumnElement[int]) -> ColumnElement[str]:
        return _numbered(f"{mark}-", n).concat("@musterhausen.example.org")

    _multiply(
        one,
        count,
        workshop_id=lambda n: n % among + workshop_id,
        reference=lambda n: _numbered(f"{mark}-", n),
        email=address,
        email_key=address,
        name_key=lambda n: _numbered("bench mark ", n),
    )
    ids = list(range(first, first + count))
    if links:
        _issue_links(ids, now)
    return ids


def queue_seats(count: int, *, now: datetime) -> None:
    """Leave so many mails to send: a seat, its calendar file and its meeting room, each to another person."""
    ids = confirm(count, workshop_id(), now=now, links=True)
    with one_transaction():
        people = db.session.scalars(select(Registration).where(Registration.id.in_(ids)))
        db.session.add_all(
            messages.seat_certain(one, cause=f"bench:{uuid4()}", now=now, context={}) for one in people
        )


def fill_past(count: int, *, now: datetime) -> None:
    """Add published workshops that are over, with so many people who had a seat, 200 in each."""
    workshops, mark = max(1, count // 200), uuid4().hex[:12]
    first, start = _highest(Workshop.id) + 1, now - timedelta(days=100)
    past = Workshop(title="Bench", state=WorkshopState.PUBLISHED, created_at=start, published_at=start)
    _multiply(past, workshops, slug=lambda n: _numbered(f"{mark}-", n))
    session = WorkshopSession(
        starts_local=start.replace(tzinfo=None),
        ends_local=start.replace(tzinfo=None) + timedelta(hours=2),
        starts_at=start,
        ends_at=start + timedelta(hours=2),
    )
    _multiply(
        session,
        workshops,
        workshop_id=lambda n: n + first,
        calendar_uid=lambda n: _numbered(f"s-{mark}-", n),
    )
    confirm(count, first, now=now, among=workshops)


def end_all() -> None:
    """Leave nothing in the outbox that is still to be sent."""
    ended = {"state": OutboxState.SKIPPED, "claim_token": None, "lease_until": None}
    with one_transaction():
        left = OutboxMessage.state.in_((OutboxState.QUEUED, OutboxState.CLAIMED))
        db.session.execute(update(OutboxMessage).where(left).values(ended))


def empty_outbox() -> None:
    statement = "TRUNCATE outbox_message CASCADE" if _is_postgresql() else "DELETE FROM outbox_message"
    with one_transaction():
        db.session.execute(text(statement))


def fill_outbox(count: int) -> None:
    """Bring the outbox up to so many rows: most sent, some ended otherwise, some to be sent tomorrow."""
    missing = count - (db.session.scalar(select(func.count(OutboxMessage.id))) or 0)
    now = clock.now()
    state = _shares((92, OutboxState.SENT), (94, OutboxState.FAILED), (96, OutboxState.SKIPPED))
    later, before = now + timedelta(days=1), now - timedelta(days=30)
    _add_mails(
        missing,
        before,
        state=lambda n: state(n, OutboxState.QUEUED),
        sent_at=lambda n: _shares((92, before))(n, None),
        next_attempt_at=lambda n: _shares((96, before))(n, later),
    )


def add_due(count: int) -> None:
    """Add mails that are due now."""
    _add_mails(count, clock.now())


def tidy() -> None:
    """Do what autovacuum does in PostgreSQL by itself; SQLite has nobody who would."""
    db.session.remove()
    if _is_postgresql():
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE outbox_message"))


def _add_mails(count: int, at: datetime, **changes: Change) -> None:
    """Single answers and timed mails in turns, without content."""
    mark = uuid4().hex
    one = OutboxMessage(
        kind=MailKind.REMINDER,
        workshop_id=workshop_id(),
        to_address="bench@example.org",
        created_at=at,
        next_attempt_at=at,
        state=OutboxState.QUEUED,
    )
    _multiply(
        one,
        count,
        intent_key=lambda n: _numbered(f"bench:{mark}:", n),
        message_id=lambda n: _numbered(f"<{mark}.", n).concat("@example.org>"),
        priority=lambda n: (n % 2) * messages.TIMED,
        **changes,
    )


def _multiply(one: Any, count: int, **changes: Change) -> None:
    """Insert so many copies of a record, with what differs as an expression of its number."""
    table: Table = inspect(type(one)).local_table
    for first in range(0, count, CHUNK):
        numbers = _numbers(first, min(count, first + CHUNK) - 1)
        number = numbers.c.n
        cells = {name: change(number) for name, change in changes.items()}
        for field in table.columns:
            if field.name not in cells and field.name != "id":
                cells[field.name] = literal(_value(one, field), field.type)
        rows = select(*cells.values()).select_from(numbers)
        with one_transaction():
            db.session.execute(insert(table).from_select(list(cells), rows, include_defaults=False))
    db.session.remove()


def _value(one: Any, field: Any) -> Any:
    """What the record says, or what it would get when it is inserted."""
    said = getattr(one, field.name)
    if said is not None or field.default is None:
        return said
    return field.default.arg(None) if field.default.is_callable else field.default.arg


def _numbers(first: int, last: int) -> FromClause:
    if _is_postgresql():
        return (
            func.generate_series(first, last)
            .table_valued(column("n", Integer), name="numbers")
            .render_derived()
        )
    begin = select(literal(first).label("n")).cte("numbers", recursive=True)
    return begin.union_all(select(begin.c.n + 1).where(begin.c.n < last))


def _numbered(words: str, number: ColumnElement[int]) -> ColumnElement[str]:
    return literal(words).concat(cast(number, String))


def _shares(*parts: tuple[int, Any]) -> Callable[[ColumnElement[int], Any], ColumnElement[Any]]:
    """By the number's last two digits: the first part whose bound lies above them, or the rest."""

    def share(number: ColumnElement[int], rest: Any) -> ColumnElement[Any]:
        return case(*((number % 100 < bound, value) for bound, value in parts), else_=rest)

    return share


def _issue_links(ids: list[int], now: datetime) -> None:
    secret = current_app.config["SECRET_KEY"]
    purposes = (LinkPurpose.MANAGE, LinkPurpose.JOIN)
    links = [AccessLink.issue(purpose, secret, now=now) for _ in ids for purpose in purposes]
    for link, number in zip(links, (number for number in ids for _ in purposes), strict=True):
        link.registration_id = number
    with one_transaction():
        db.session.add_all(links)


def _highest(field: Any) -> int:
    return db.session.scalar(select(func.max(field))) or 0


def _is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"
