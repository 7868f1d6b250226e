"""Planning timed mails: whatever is due and not yet there becomes a row of the outbox (T-08…T-14)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.models import MailRule, OutboxMessage, Registration, Workshop, WorkshopSession
from registration.steps.timing import due_mails
from registration.vocabulary import RegistrationState, WorkshopState

BATCH = 500
LOOK_BACK = timedelta(days=60)  # a session that ended longer ago sends nothing any more


def plan_due_mails(*, now: datetime) -> int:
    """Write what is due; return how many mails were new.

    Safe at any time, any number of times, by any number of workers: the intent key makes a second mail
    impossible, and what a pause left undone is still due afterwards (T-09).
    """
    planned = 0
    for rule, session, due, pointless in _due(now):
        while ids := _without_mail(rule, session, due):
            planned += _insert(rule.id, session.id, ids, pointless, now)
            if len(ids) < BATCH:
                break
    return planned


def intent(rule_id: int, session: WorkshopSession, registration_id: int) -> str:
    """Return what must never become two mails: this rule, this date of the session, this person (T-13)."""
    return f"rule:{rule_id}:session:{session.id}:r{session.revision}:registration:{registration_id}"


def _due(now: datetime) -> Iterator[tuple[MailRule, WorkshopSession, datetime, datetime]]:
    recent = WorkshopSession.ends_at > now - LOOK_BACK
    active = select(Workshop).where(
        Workshop.state == WorkshopState.PUBLISHED, Workshop.sessions.any(recent), Workshop.mail_rules.any()
    )
    for workshop in list(db.session.scalars(active)):
        for rule, session, due, pointless in list(due_mails(workshop)):
            if due <= now < pointless:
                yield rule, session, due, pointless


def _without_mail(rule: MailRule, session: WorkshopSession, due: datetime) -> Sequence[int]:
    """Return who has a seat since before the due time and no mail of this rule and date yet.

    Who got the seat later has it all in the mail that said so (T-10).
    """
    have = select(OutboxMessage.registration_id).where(
        OutboxMessage.mail_rule_id == rule.id,
        OutboxMessage.session_id == session.id,
        OutboxMessage.revision == session.revision,
    )
    query = (
        select(Registration.id)
        .where(
            Registration.workshop_id == rule.workshop_id,
            Registration.state == RegistrationState.CONFIRMED,
            Registration.state_changed_at <= due,
            Registration.id.not_in(have),
        )
        .order_by(Registration.id)
        .limit(BATCH)
    )
    return db.session.scalars(query).all()


def _insert(rule_id: int, session_id: int, ids: Sequence[int], pointless: datetime, now: datetime) -> int:
    with one_transaction():
        rule = db.session.get_one(MailRule, rule_id)
        session = db.session.get_one(WorkshopSession, session_id)
        people = db.session.scalars(select(Registration).where(Registration.id.in_(ids)))
        rows = [_row(rule, session, person, pointless, now) for person in people]
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        statement = insert(OutboxMessage).on_conflict_do_nothing(index_elements=["intent_key"])
        return len(db.session.scalars(statement.returning(OutboxMessage.id), rows).all())


def _row(
    rule: MailRule, session: WorkshopSession, person: Registration, pointless: datetime, now: datetime
) -> dict[str, Any]:
    cause = intent(rule.id, session, person.id)
    columns = messages.timed(rule.kind, person, session, cause=cause, now=now)
    return columns | {"mail_rule_id": rule.id, "pointless_after": pointless}
