"""Lines of a mail plan, and what became of them, for the tests of planning."""

from datetime import UTC, date, datetime, time, timedelta

from flask import Flask

from registration.extensions import db, one_transaction
from registration.models import MailRule, OutboxMessage, Registration, Workshop, WorkshopSession
from registration.vocabulary import Anchor, MailKind, OffsetUnit
from tests.factories import find, mails, save, sign_up
from tests.times import NOW

NINE = time(9)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(text: str) -> datetime:
    """A wall time, which has no zone of its own."""
    return datetime.fromisoformat(text)


def add_rule(
    workshop: Workshop,
    kind: MailKind,
    offset: int,
    at: time | None = NINE,
    unit: OffsetUnit = OffsetUnit.DAYS,
    anchor: Anchor = Anchor.SESSION_START,
) -> MailRule:
    at = None if unit is OffsetUnit.MINUTES else at
    rule = MailRule(workshop_id=workshop.id, kind=kind, offset=offset, at=at, unit=unit, anchor=anchor)
    return save(rule)


def seat_since(workshop: Workshop, name: str, moment: datetime) -> Registration:
    """Somebody whose seat is certain since then, whatever the deadline says."""
    workshop_id = workshop.id
    sign_up(workshop, name, now=NOW)
    person = find(workshop_id, name)
    with one_transaction():
        person = db.session.get_one(Registration, person.id)
        person.state_changed_at = moment
    return person


def move(session: WorkshopSession, by: timedelta) -> None:
    """What the editor does when a session gets another start (T-13)."""
    with one_transaction():
        one = db.session.get_one(WorkshopSession, session.id)
        for name in ("starts_local", "ends_local", "dial_in_local", "starts_at", "ends_at", "dial_in_at"):
            setattr(one, name, getattr(one, name) + by)
        one.revision += 1
        one.sequence += 1


def close_on(workshop: Workshop, day: date, closes_at: datetime) -> None:
    with one_transaction():
        one = db.session.get_one(Workshop, workshop.id)
        one.deadline_on, one.closes_at = day, closes_at


def names(kind: MailKind) -> list[str]:
    """Who has a mail of this kind in the outbox, in order."""
    return sorted(one.registration.given_name for one in fresh_mails(kind) if one.registration)


def fresh_mails(kind: MailKind | None = None) -> list[OutboxMessage]:
    db.session.rollback()
    return mails(kind)


def quiet(app: Flask, since: str = "19:00", until: str = "07:00") -> None:
    app.config["MAIL_QUIET_FROM"], app.config["MAIL_QUIET_UNTIL"] = since, until
