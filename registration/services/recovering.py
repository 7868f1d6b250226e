"""Taking back mails that a dead worker left, and trying again what an organiser wants tried again."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from flask import current_app
from sqlalchemy import select

from registration.extensions import db, one_transaction
from registration.models import OutboxMessage
from registration.rules.pauses import fate_of_uncertain
from registration.steps.journal import organiser, write
from registration.steps.leases import lease_has_ended
from registration.vocabulary import OutboxState

POISON_CRASHES = 5
State = OutboxState


def recover_leases(*, now: datetime) -> int:
    """Take back what a dead worker left; return how many mails that were.

    A batch is sent in order: only the first that is left can be what the worker died of.
    """
    with one_transaction():
        order = (OutboxMessage.claim_token, OutboxMessage.state.desc(), *OutboxMessage.sending_order())
        left = select(OutboxMessage).where(lease_has_ended(OutboxMessage.lease_until, now)).order_by(*order)
        messages = list(db.session.scalars(left.with_for_update(skip_locked=True)))
        for _token, batch in groupby(messages, key=lambda one: one.claim_token):
            for number, message in enumerate(batch):
                _take_back(message, now, was_in_work=number == 0)
    return len(messages)


def _take_back(message: OutboxMessage, now: datetime, *, was_in_work: bool) -> None:
    behind_fence = message.state is State.SENDING
    message.crashes += was_in_work
    message.claim_token = message.lease_until = None
    message.next_attempt_at = now
    message.state = State.QUEUED
    if behind_fence:
        message.is_uncertain = True
        message.state, message.state_reason = fate_of_uncertain(current_app.config["MAIL_UNCERTAIN"])
    if message.crashes >= POISON_CRASHES:
        message.state, message.state_reason = State.HELD, "beim Senden ist der Dienst mehrfach abgebrochen"


def retry(message_ids: Sequence[int], *, organiser_id: int, now: datetime) -> int:
    """Queue failed or held mails once more, as an organiser wants it; return how many."""
    again = OutboxMessage.state.in_([State.FAILED, State.HELD])
    with one_transaction():
        chosen = select(OutboxMessage).where(OutboxMessage.id.in_(message_ids), again).with_for_update()
        messages = list(db.session.scalars(chosen))
        for message in messages:
            message.state, message.state_reason = State.QUEUED, ""
            message.attempts = message.crashes = 0
            message.next_attempt_at = now
            write(
                "mail_retried",
                now=now,
                actor=organiser(organiser_id),
                workshop_id=message.workshop_id,
                registration_id=message.registration_id,
                details={"message_id": message.id},
            )
    return len(messages)
