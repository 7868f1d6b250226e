"""Timed mails that the database writes itself: who lacks one, and one statement for all of them (M-51)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    cast,
    column,
    func,
    literal,
    select,
    values,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from registration.extensions import UtcDateTime, db
from registration.mail.messages import TIMED
from registration.models import Attendance, MailRule, OutboxMessage, Registration, Workshop, WorkshopSession
from registration.steps.plan_lines import Line
from registration.steps.second_chances import may_come_after_all, queue_again
from registration.vocabulary import MailKind, OutboxState, RegistrationState, WorkshopState

LINES_AT_ONCE = 500  # SQLite takes 32,766 values in a statement


@dataclass(frozen=True)
class Fate:
    """How mails begin: queued for an instant, or skipped with the reason why they are too late."""

    state: OutboxState
    leaves_at: datetime
    reason: str = ""


def count_missing(lines: Sequence[Line], *, now: datetime) -> dict[Line, int]:
    """Count by line who should have a mail and has none; lines that are complete are left out.

    One that may come after all counts as none while the line is of use.
    """
    found: dict[Line, int] = {}
    for start in range(0, len(lines), LINES_AT_ONCE):
        some = lines[start : start + LINES_AT_ONCE]
        found |= {some[row.number]: row.count for row in db.session.execute(_missing(some, now))}
    return found


def existing_notes(notes: Sequence[Line], *, now: datetime) -> set[str]:
    """Return the keys of those notes that are written, and not as too late while they are of use."""
    useful = {one.key: now < one.window.pointless for one in notes}
    known = select(OutboxMessage.intent_key, may_come_after_all()).where(OutboxMessage.intent_key.in_(useful))
    rows = db.session.execute(known).all() if useful else ()
    return {key for key, may_come in rows if not (may_come and useful[key])}


def insert_if_new(message: OutboxMessage) -> bool:
    """Write a single mail unless its intent is there; whoever else plans it, it is one (M-51)."""
    columns = OutboxMessage.__table__.columns
    row = {name: value for name, value in vars(message).items() if name in columns}
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement = insert(OutboxMessage).values(row).on_conflict_do_nothing(index_elements=["intent_key"])
    return db.session.connection().execute(statement.returning(OutboxMessage.id)).first() is not None


def ids_from(line: Line, after: int, limit: int) -> Sequence[int]:
    """Return who has had a seat for long enough, from a registration on."""
    query = select(Registration.id).where(Registration.id > after, *_entitled(line))
    return db.session.scalars(query.order_by(Registration.id).limit(limit)).all()


def insert_mails(line: Line, first: int, last: int, fate: Fate, *, now: datetime) -> int:
    """Write the mails of those from one registration to another who have none, and return how many.

    What has changed since the plan was read (cancelled, moved, taken out of the plan) writes none.
    """
    columns = _columns(line, fate, now)
    people = (
        select(*columns.values())
        .where(
            Registration.id.between(first, last),
            *_entitled(line),
            *_still_planned(line),
            ~_has_mail(literal(line.key, String)),
        )
        .order_by(Registration.id)
    )
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement = insert(OutboxMessage).from_select(list(columns), people)
    statement = statement.on_conflict_do_nothing(index_elements=["intent_key"])
    return len(db.session.connection().execute(statement.returning(OutboxMessage.id)).all())


def requeue_mails(line: Line, first: int, last: int, fate: Fate, *, now: datetime) -> int:
    """Queue the mails of those from one registration to another that were too late, and are not any more."""
    people = select(literal(line.key, String) + cast(Registration.id, String)).where(
        Registration.id.between(first, last), *_entitled(line), *_still_planned(line)
    )
    about = {"mail_rule_id": line.rule_id, "session_id": line.session_id, "revision": line.revision}
    return queue_again(people, fate.leaves_at, line.window.pointless, now=now, **about)


def _entitled(line: Line) -> tuple[ColumnElement[bool], ...]:
    told = line.told_since
    return (
        Registration.workshop_id == line.workshop_id,
        Registration.state == RegistrationState.CONFIRMED,
        Registration.state_changed_at <= line.seat_by,
        *((_has_attended(),) if line.is_certificate else ()),
        *(() if told is None else (~_was_told(literal(told, UtcDateTime())),)),
    )


def _has_attended() -> ColumnElement[bool]:
    """At any session: her certificate says at which."""
    there = (Attendance.registration_id == Registration.id, Attendance.attended.is_(True))
    return select(Attendance.id).where(*there).exists()


def _was_told(since: ColumnElement[datetime]) -> ColumnElement[bool]:
    """A mail about the change has said all that a reminder would say (T-13)."""
    mail = aliased(OutboxMessage)
    about = (mail.registration_id == Registration.id, mail.kind == MailKind.WORKSHOP_CHANGED)
    return select(mail.id).where(*about, mail.created_at >= since).exists()


def _still_planned(line: Line) -> tuple[ColumnElement[bool], ...]:
    """Asked once per statement, not for each person."""
    published = Workshop.state == WorkshopState.PUBLISHED
    unmoved = WorkshopSession.revision == line.revision
    return (
        select(Workshop.id).where(Workshop.id == line.workshop_id, published).exists(),
        select(WorkshopSession.id).where(WorkshopSession.id == line.session_id, unmoved).exists(),
        select(MailRule.id).where(MailRule.id == line.rule_id).exists(),
    )


def _missing(lines: Sequence[Line], now: datetime) -> Select[Any]:
    table = values(
        column("number", Integer),
        column("workshop_id", Integer),
        column("key", String),
        column("seat_by", UtcDateTime()),
        column("told_since", UtcDateTime()),
        column("is_useful", Boolean),
        column("is_certificate", Boolean),
        name="line",
    ).data(
        [
            (
                *(number, one.workshop_id, one.key, one.seat_by, one.told_since),
                *(now < one.window.pointless, one.is_certificate),
            )
            for number, one in enumerate(lines)
        ]
    )
    line = table.cte("line")
    told = [~_was_told(line.c.told_since)] if any(one.told_since for one in lines) else []
    there = [~line.c.is_certificate | _has_attended()] if any(one.is_certificate for one in lines) else []
    return (
        select(line.c.number, func.count().label("count"))
        .join(Registration, Registration.workshop_id == line.c.workshop_id)
        .where(
            Registration.state == RegistrationState.CONFIRMED,
            Registration.state_changed_at <= line.c.seat_by,
            ~_has_mail(line.c.key, line.c.is_useful),
            *told,
            *there,
        )
        .group_by(line.c.number)
    )


def _has_mail(key: ColumnElement[str], is_useful: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """The mail is written, whatever became of it; of a line that is of use, unless it may come after all."""
    mail = aliased(OutboxMessage)
    found = select(mail.id).where(mail.intent_key == key + cast(Registration.id, String))
    return (found if is_useful is None else found.where(~and_(is_useful, may_come_after_all(mail)))).exists()


def _columns(line: Line, fate: Fate, now: datetime) -> dict[str, Any]:
    """Return the columns of the mails; the database makes each Message-ID from 128 random bits (M-03)."""
    row = OutboxMessage.__table__.c
    fixed = {
        "kind": line.kind,
        "workshop_id": line.workshop_id,
        "session_id": line.session_id,
        "mail_rule_id": line.rule_id,
        "revision": line.revision,
        "priority": TIMED,
        "state": fate.state,
        "state_reason": fate.reason,
        "created_at": now,
        "next_attempt_at": fate.leaves_at,
        "pointless_after": line.window.pointless,
    }
    return {
        "intent_key": literal(line.key, String) + cast(Registration.id, String),
        "message_id": _message_id(),
        "registration_id": Registration.id,
        "to_address": Registration.email,
        "language": Registration.language,
        **{name: literal(value, row[name].type) for name, value in fixed.items()},
    }


def _message_id() -> ColumnElement[str]:
    """Nobody can guess it who does not know the seed of its statement."""
    domain = str(current_app.config["MAIL_FROM_ADDRESS"]).rpartition("@")[2]
    if db.engine.dialect.name == "postgresql":
        seeded = literal(secrets.token_hex(32), String) + cast(Registration.id, String)
        random = func.left(func.encode(func.sha256(func.convert_to(seeded, "UTF8")), "hex"), 32)
    else:
        random = func.lower(func.hex(func.randomblob(16)))
    return literal("<", String) + cast(random, String) + literal(f"@{domain}>", String)
