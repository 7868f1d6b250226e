"""Taking back mails that a dead worker left, and trying again what an organiser wants tried again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from flask import current_app
from sqlalchemy import and_, delete, func, or_, select, true, update

from registration.extensions import db, one_transaction, wake_workers
from registration.models import OutboxMessage, SuppressedAddress
from registration.rules.pauses import POISON_CRASHES, fate_of_uncertain
from registration.steps.journal import SYSTEM, organiser, write
from registration.steps.leases import lease_has_ended
from registration.steps.outbox_numbers import STUCK
from registration.steps.outcomes import FENCE_SPARE_SECONDS
from registration.vocabulary import MailKind, OutboxState

CLOCKS_DIFFER = timedelta(minutes=5)  # between the machines of one installation
LONGEST_WAIT = timedelta(days=14)  # no refusal and no holiday keeps a mail for so long
RETRIED_AT_ONCE = 500  # mails per transaction: others write in between
State = OutboxState


def recover_leases(*, now: datetime) -> int:
    """Take back what a dead worker left; return how many mails that were.

    A batch is sent in order: only the first that is left can be what the worker died of, unless it lives and
    waits for an answer.
    """
    config = current_app.config
    longest = max(config["MAIL_LEASE_SECONDS"], config["MAIL_FINAL_TIMEOUT_SECONDS"] + FENCE_SPARE_SECONDS)
    ended = and_(OutboxMessage.is_leased(), lease_has_ended(OutboxMessage.lease_until, longest, now))
    if db.session.scalars(select(OutboxMessage.id).where(ended).limit(1)).first() is None:
        return _take_from_the_future(now)
    with one_transaction():
        order = (OutboxMessage.claim_token, OutboxMessage.state.desc(), *OutboxMessage.sending_order())
        left = select(OutboxMessage).where(ended).order_by(*order)
        messages = list(db.session.scalars(left.with_for_update(skip_locked=True)))
        for token, batch in groupby(messages, key=lambda one: one.claim_token):
            is_dead = not _is_sending(token)
            for number, message in enumerate(batch):
                _take_back(message, now, was_in_work=is_dead and number == 0)
    return len(messages)


def _is_sending(token: str | None) -> bool:
    """Tell whether the worker of a batch is behind the fence with one of its mails, whose lease is longer."""
    behind = OutboxMessage.claim_token == token, OutboxMessage.state == State.SENDING
    query = select(OutboxMessage.id).where(OutboxMessage.is_leased(), *behind)
    return db.session.scalars(query.limit(1)).first() is not None


def _take_from_the_future(now: datetime) -> int:
    """Let mails leave that were written, and are due, by a clock that has gone back since (T-12)."""
    queued = (OutboxMessage.is_queued(), OutboxMessage.next_attempt_at > now)
    from_there = OutboxMessage.created_at > now + CLOCKS_DIFFER
    too_far = OutboxMessage.next_attempt_at > now + LONGEST_WAIT
    ahead = select(OutboxMessage.id).where(*queued, or_(from_there, too_far))
    ids = db.session.scalars(ahead).all()
    if ids:
        due = update(OutboxMessage).where(OutboxMessage.id.in_(ids), *queued).values(next_attempt_at=now)
        with one_transaction():
            db.session.execute(due.execution_options(synchronize_session=False))
            wake_workers()
    return len(ids)


def _take_back(message: OutboxMessage, now: datetime, *, was_in_work: bool) -> None:
    behind_fence = message.state is State.SENDING
    message.crashes += was_in_work
    message.claim_token = message.lease_until = None
    message.next_attempt_at = now
    message.state = State.QUEUED
    wake_workers()
    if behind_fence:
        message.is_uncertain = True
        message.state, message.state_reason = fate_of_uncertain(
            current_app.config["MAIL_UNCERTAIN"], message.kind, message.crashes
        )
    if message.crashes >= POISON_CRASHES:
        message.state, message.state_reason = State.HELD, "beim Senden ist der Dienst mehrfach abgebrochen"


def retry(message_ids: Sequence[int], *, organiser_id: int | None, now: datetime) -> int:
    """Queue failed or held mails once more; return how many. `organiser_id` is None from the terminal."""
    batches = (
        message_ids[start : start + RETRIED_AT_ONCE] for start in range(0, len(message_ids), RETRIED_AT_ONCE)
    )
    return sum(_retry(batch, organiser_id, now) for batch in batches)


def retry_all(kind: MailKind | None, *, organiser_id: int | None, now: datetime) -> int:
    """Queue all failed mails once more, of one kind or of every; return how many."""
    of_kind = OutboxMessage.kind == kind if kind else true()
    failed = select(OutboxMessage.id).where(STUCK, OutboxMessage.state == State.FAILED, of_kind)
    ids = db.session.scalars(failed.order_by(OutboxMessage.id)).all()
    return retry(ids, organiser_id=organiser_id, now=now)


def _retry(ids: Sequence[int], organiser_id: int | None, now: datetime) -> int:
    """Queue those of a batch that still are failed or held, without reading what they say."""
    mail, actor = OutboxMessage, organiser(organiser_id) if organiser_id is not None else SYSTEM
    anew = {"state": State.QUEUED, "state_reason": "", "attempts": 0, "crashes": 0, "next_attempt_at": now}
    change = update(mail).where(mail.id.in_(ids), STUCK).values(anew)
    change = change.execution_options(synchronize_session=False)
    with one_transaction():
        queued = db.session.execute(change.returning(mail.id, mail.workshop_id, mail.registration_id)).all()
        lifted = _lift_what_they_suppressed([message_id for message_id, _, _ in queued])
        for message_id, workshop_id, registration_id in queued:
            for action in ("mail_retried", *(["address_lifted"] if message_id in lifted else [])):
                write(
                    action,
                    now=now,
                    actor=actor,
                    workshop_id=workshop_id,
                    registration_id=registration_id,
                    details={"message_id": message_id},
                )
        wake_workers()
    return len(queued)


def _lift_what_they_suppressed(ids: Sequence[int]) -> set[int]:
    """Let an address be tried again that a server has refused; return for which mails that was news.

    Not one that somebody knows to be dead, nor one from which the mail has been turned to another since.
    """
    spared = SuppressedAddress
    own = select(func.lower(OutboxMessage.to_address)).where(OutboxMessage.id == spared.outbox_message_id)
    by_server = spared.outbox_message_id.in_(ids), spared.organiser_id.is_(None)
    lift = delete(spared).where(*by_server, spared.email_key == own.scalar_subquery())
    lift = lift.execution_options(synchronize_session=False)
    lifted = db.session.scalars(lift.returning(spared.outbox_message_id))
    return {number for number in lifted if number is not None}
