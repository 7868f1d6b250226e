"""What the outbox says, and what the mail server has seen of it."""

from collections import defaultdict

from sqlalchemy import func, select, update

from registration import clock
from registration.extensions import db, one_transaction
from registration.models import OutboxMessage
from registration.services.planning import plan_due_mails
from registration.vocabulary import OutboxState
from tests.servers.smtp import Received, SmtpSink
from tests.today import TODAY, confirm_many, mails_by_state, make_open_workshop, remind_now

ENOUGH = 40  # more than the longest life of a worker in these tests needs


def queue_mails(count: int, first: int = 1) -> None:
    """Make so many mails due: reminders, one for each person, who are numbered from the first one on."""
    workshop = make_open_workshop(f"reminded-from-{first}", capacity=None)
    confirm_many(workshop, count, first)
    before = sum(mails_by_state().values())
    remind_now(workshop)
    plan_due_mails(now=clock.now())  # a worker that runs already may have been quicker
    assert sum(mails_by_state().values()) == before + count


def end_leases() -> None:
    """Do what waiting would do: the leases of the dead are over."""
    leased = OutboxMessage.lease_until.is_not(None)
    with one_transaction():
        db.session.execute(update(OutboxMessage).where(leased).values(lease_until=TODAY))


def count_uncertain() -> int:
    db.session.rollback()
    query = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.is_uncertain)
    return int(db.session.scalar(query) or 0)


def queue_enough() -> None:
    """Make more mails due when few are left: the next worker needs something to die of, however fast."""
    states = mails_by_state()
    if states.get(OutboxState.QUEUED, 0) < ENOUGH:
        queue_mails(ENOUGH, first=sum(states.values()) + 1)


def bury() -> int:
    """End the leases of a dead worker; return how many mails it leaves behind the fence."""
    is_left = (OutboxMessage.state == OutboxState.SENDING, OutboxMessage.lease_until > TODAY)
    db.session.rollback()
    behind_fence = int(db.session.scalar(select(func.count()).where(*is_left)) or 0)
    end_leases()
    return behind_fence


def copies(sink: SmtpSink) -> dict[str, list[Received]]:
    """All that was accepted, by recipient: each is to get one mail."""
    by_recipient = defaultdict(list)
    for mail in list(sink.received):
        by_recipient[mail.to].append(mail)
    return by_recipient


def unnoticed(sink: SmtpSink) -> list[str]:
    """Who got two mails without the outbox saying so, or other bytes, or not the Message-ID of the outbox."""
    db.session.rollback()
    columns = select(OutboxMessage.to_address, OutboxMessage.message_id, OutboxMessage.is_uncertain)
    stored = {row.to_address: row for row in db.session.execute(columns)}
    return [
        recipient
        for recipient, mails in copies(sink).items()
        if {str(mail.message["Message-ID"]) for mail in mails} != {stored[recipient].message_id}
        or len({(mail.raw, mail.sender) for mail in mails}) > 1
        or (len(mails) > 1 and not stored[recipient].is_uncertain)
    ]
