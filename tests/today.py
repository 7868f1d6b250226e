"""Records for real processes, which live today and not at the tests' NOW."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from registration import clock
from registration.extensions import db, one_transaction
from registration.models import AccessLink, MailRule, OutboxMessage, Registration, Workshop
from registration.rules.wall_times import closing_instant
from registration.vocabulary import (
    Anchor,
    LinkPurpose,
    MailKind,
    OffsetUnit,
    OutboxState,
    RegistrationState,
)
from tests.factories import make_session, make_workshop, save

TODAY = datetime.now(UTC)


def make_open_workshop(slug: str, **columns: Any) -> Workshop:
    """A published workshop in five weeks that takes registrations for three more weeks."""
    start = datetime.combine(TODAY.date() + timedelta(weeks=5), time(10))
    deadline = TODAY.date() + timedelta(weeks=3)
    defaults: dict[str, Any] = {
        "slug": slug,
        "sessions": [make_session(start, uid=slug)],
        "deadline_on": deadline,
        "closes_at": closing_instant(deadline, None, "Europe/Berlin"),
        "created_at": TODAY,
        "published_at": TODAY,
    }
    return make_workshop(**(defaults | columns))


def confirm_many(workshop: Workshop, count: int, first: int = 1) -> None:
    """Give many people a seat since yesterday, numbered from the first one on."""
    workshop_id = workshop.id
    with one_transaction():
        db.session.add_all(_confirmed(workshop_id, number) for number in range(first, first + count))


def remind_now(workshop: Workshop) -> None:
    """Plan a reminder that is due since a minute."""
    assert workshop.starts_at is not None
    minutes = (clock.now() - workshop.starts_at) // timedelta(minutes=1)
    kind, anchor, unit = MailKind.REMINDER, Anchor.SESSION_START, OffsetUnit.MINUTES
    save(MailRule(workshop_id=workshop.id, kind=kind, anchor=anchor, unit=unit, offset=minutes))


def mails_by_state() -> dict[OutboxState, int]:
    """How many mails of the outbox are in which state, as other processes left them."""
    db.session.rollback()
    found = db.session.execute(select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state))
    counts = {row[0]: row[1] for row in found}
    db.session.rollback()
    return counts


def _confirmed(workshop_id: int, number: int) -> Registration:
    yesterday = TODAY - timedelta(days=1)
    secret_key = current_app.config["SECRET_KEY"]
    return Registration(
        reference=f"TEST-{workshop_id}-{number:04}",
        workshop_id=workshop_id,
        given_name="Eva",
        family_name=f"Beispiel {number}",
        name_key=f"eva beispiel {number}",
        email=f"eva.beispiel.{number}@musterhausen.example.org",
        email_key=f"eva.beispiel.{number}@musterhausen.example.org",
        state=RegistrationState.CONFIRMED,
        state_changed_at=yesterday,
        address_confirmed_at=yesterday,
        created_at=yesterday,
        links=[AccessLink.issue(LinkPurpose.MANAGE, secret_key, now=yesterday)],
    )
