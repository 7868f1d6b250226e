"""What the outbox says, and what the mail server has seen of it."""

from collections import defaultdict

from sqlalchemy import select, update

from registration import clock
from registration.extensions import db, one_transaction
from registration.models import OutboxMessage
from registration.services.planning import plan_due_mails
from tests.servers.smtp import Received, SmtpSink
from tests.today import TODAY, confirm_many, make_open_workshop, remind_now


def queue_mails(count: int) -> None:
    """Make so many mails due: reminders, one for each person."""
    workshop = make_open_workshop("reminded", capacity=None)
    confirm_many(workshop, count)
    remind_now(workshop)
    assert plan_due_mails(now=clock.now()) == count


def end_leases() -> None:
    """Do what waiting would do: the leases of the dead are over."""
    leased = OutboxMessage.lease_until.is_not(None)
    with one_transaction():
        db.session.execute(update(OutboxMessage).where(leased).values(lease_until=TODAY))


def copies(sink: SmtpSink) -> dict[str, list[Received]]:
    """All that was accepted, by Message-ID."""
    by_id = defaultdict(list)
    for mail in list(sink.received):
        by_id[str(mail.message["Message-ID"])].append(mail)
    return by_id


def unnoticed(sink: SmtpSink) -> list[str]:
    """Mails that came twice without the outbox saying so, or not with the same bytes to the same person."""
    db.session.rollback()
    flagged = set(db.session.scalars(select(OutboxMessage.message_id).where(OutboxMessage.is_uncertain)))
    return [
        message_id
        for message_id, mails in copies(sink).items()
        if len(mails) > 1
        and (message_id not in flagged or len({(mail.raw, mail.to, mail.sender) for mail in mails}) > 1)
    ]
