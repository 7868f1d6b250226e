"""Delivering the outbox: claim, re-check, render, offer, fence, final dot, record the answer (M-50…M-57).

A mail leaves at most once per fence. Before the fence (`sending` is committed after the body and before the
final dot) a crash leaves it provably unsent; behind it, until the answer is recorded, it is uncertain, and is
sent again with the same bytes and Message-ID, or held, by the setting MAIL_UNCERTAIN.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app
from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from registration.extensions import db, one_transaction
from registration.mail.building import build
from registration.mail.outgoing import Outgoing, mark_now, read_again, read_together
from registration.mail.rendering import render
from registration.mail.still_wanted import reason_to_skip
from registration.mail.transport import FateUnknown, Refused, RelayUnusable, Transport
from registration.models import MailRelay, OutboxMessage
from registration.models.mail_relay import DEFAULT_RELAY
from registration.rules.pauses import GIVE_UP_AFTER, fate_of_uncertain, pause_after_refusal, pause_of_relay
from registration.steps.leases import lease_until
from registration.tokens import seal, unseal
from registration.vocabulary import OutboxState, RelayPause

BATCH = 20
State = OutboxState
_OUTBOX = cast("Table", OutboxMessage.__table__)
Instant = Callable[[], datetime]
log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker took the mail over; this one must not finish it."""


class Changed(Exception):
    """The records are others than those that the mail was written from; it must not leave as it is."""


class NotReady(Exception):
    """The mail cannot leave: `state` is what becomes of it, `reason` says why."""

    def __init__(self, state: OutboxState, reason: str) -> None:
        super().__init__(reason)
        self.state, self.reason = state, reason[:500]


@dataclass(frozen=True)
class Ready:
    """A mail as it will leave, and what it was written from."""

    outgoing: Outgoing
    content: bytes
    subject: str


def deliver_due(transport: Transport, *, instant: Instant, wants_to_stop: Callable[[], bool]) -> int:
    """Send what is due, one batch; return how many mails were dealt with. Errors stop no other mail."""
    now = instant()
    relay = db.session.get(MailRelay, DEFAULT_RELAY, populate_existing=True)
    failed_before = relay is not None and relay.failures > 0
    if _is_paused(relay, now) or not _is_anything_due(now):
        return 0
    token = secrets.token_hex(8)
    ids, leased_at = _claim(token, now), now
    done = 0
    try:
        if ids:
            transport.ready()
        together = read_together(ids)
        for message_id in ids:
            if wants_to_stop():
                break
            leased_at = _renew_lease(token, leased_at, instant())
            is_accepted = _deliver(message_id, together.get(message_id), token, transport, instant)
            if is_accepted and failed_before:
                failed_before = _relay_works()
            done += 1
    except RelayUnusable as trouble:
        _pause_relay(str(trouble), instant())
    finally:
        _release(token)
    return done


def _deliver(
    message_id: int, known: Outgoing | None, token: str, transport: Transport, instant: Instant
) -> bool:
    """Send one mail, and tell whether the server took it.

    What was read with the batch may be out of date: then the mail is read again, and what that says is true.
    """
    try:
        return _send(_prepare(known, instant()), token, transport, instant)
    except (NotReady, Changed):
        db.session.rollback()
    try:
        return _send(_prepare(read_again(message_id), instant()), token, transport, instant)
    except NotReady as fate:
        if fate.state is State.FAILED:
            log.warning("mail %s cannot be built: %s", message_id, type(fate.__cause__).__name__)
        _record(message_id, token, fate.state, state_reason=fate.reason)
    except Changed:
        log.info("mail %s waits: its records change at this moment", message_id)
    return False


def _prepare(outgoing: Outgoing | None, now: datetime) -> Ready:
    """Write the mail. Raises NotReady."""
    if outgoing is None:
        raise NotReady(State.SKIPPED, "die E-Mail besteht nicht mehr")
    if reason := reason_to_skip(outgoing.message, now=now):
        raise NotReady(State.SKIPPED, reason)
    try:
        return Ready(outgoing, *_content_of(outgoing.message, now))
    except Exception as error:  # whatever is wrong with one mail must stop no other (M-21)
        raise NotReady(State.FAILED, f"Fehler beim Erstellen: {error}") from error


def _send(ready: Ready, token: str, transport: Transport, instant: Instant) -> bool:
    """Send it, record the answer, and tell whether the server took it. Raises Changed, RelayUnusable."""
    message = ready.outgoing.message
    message_id, created_at, attempts = message.id, message.created_at, message.attempts
    to_address, sender = message.to_address, _envelope_sender(message_id)
    db.session.rollback()  # no transaction stays open while the server thinks
    try:
        transport.ready()
        transport.offer(sender, to_address, ready.content)
        _fence(message_id, token, ready, instant())
        accepted = transport.complete()
    except LeaseLost:
        transport.abandon()
    except Refused as refusal:
        _record_refusal(message_id, token, refusal, attempts, created_at, instant())
    except FateUnknown as unknown:
        _record_unknown(message_id, token, str(unknown), attempts, instant())
    except RelayUnusable:
        _step_aside(message_id, token, instant())
        raise
    except Exception:
        transport.abandon()  # a body without its final dot must not be taken for a command
        raise
    else:
        answer = {"last_code": accepted.code, "server_reply": accepted.reply}
        _record(message_id, token, State.SENT, sent_at=instant(), **answer)
        return True
    return False


def _content_of(message: OutboxMessage, now: datetime) -> tuple[bytes, str]:
    """Return the bytes to send: an uncertain mail the same as before, every other rendered now (M-57)."""
    config = current_app.config
    if message.is_uncertain and message.content:
        keys = [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]
        before = unseal(message.content, keys)
        if before is not None:
            return before, message.subject or ""
    rendered = render(message, now=now)
    return build(message, rendered), rendered.subject


def _envelope_sender(message_id: int) -> str:
    """Return the bounce address, with the mail's id where the operator has subaddresses (M-07)."""
    config = current_app.config
    bounce = str(config["MAIL_BOUNCE_ADDRESS"] or config["MAIL_FROM_ADDRESS"])
    local, _, domain = bounce.rpartition("@")
    return f"{local}+{message_id}@{domain}" if config["MAIL_VERP"] else bounce


def _is_anything_due(now: datetime) -> bool:
    due = select(OutboxMessage.id).where(OutboxMessage.state == State.QUEUED)
    found = db.session.execute(due.where(OutboxMessage.next_attempt_at <= now).limit(1)).first()
    db.session.rollback()
    return found is not None


def _claim(token: str, now: datetime) -> list[int]:
    """Lease a batch, committed before any SMTP; nobody else gets these ids.

    Two statements: a subquery of the update PostgreSQL may run anew for each row, and exceed the batch.
    """
    chosen = (
        select(OutboxMessage.id)
        .where(OutboxMessage.state == State.QUEUED, OutboxMessage.next_attempt_at <= now)
        .order_by(*OutboxMessage.sending_order())
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    lease = lease_until(current_app.config["MAIL_LEASE_SECONDS"], now)
    claim = (
        update(OutboxMessage)
        .values(state=State.CLAIMED, claim_token=token, lease_until=lease)
        .execution_options(synchronize_session=False)
    )
    with one_transaction():
        ids = list(db.session.scalars(chosen))
        db.session.execute(claim.where(OutboxMessage.id.in_(ids)))
    return ids


def _renew_lease(token: str, leased_at: datetime, now: datetime) -> datetime:
    """Keep the rest of the batch while a slow server takes its time; return since when the lease runs."""
    seconds = current_app.config["MAIL_LEASE_SECONDS"]
    if (now - leased_at).total_seconds() < seconds / 3:
        return leased_at
    rest = (OutboxMessage.claim_token == token, OutboxMessage.state == State.CLAIMED)
    renewed = update(OutboxMessage).where(*rest).values(lease_until=lease_until(seconds, now))
    with one_transaction():
        db.session.execute(renewed.execution_options(synchronize_session=False))
    return now


_OWN = (_OUTBOX.c.id == bindparam("own_id"), _OUTBOX.c.claim_token == bindparam("own_token"))
_OUTCOME = update(_OUTBOX).where(*_OWN)
_FENCE = _OUTCOME.where(_OUTBOX.c.state == State.CLAIMED).returning(_OUTBOX.c.id)


def _fence(message_id: int, token: str, ready: Ready, now: datetime) -> None:
    """Commit that the final dot comes next, with the exact bytes.

    Raises LeaseLost, or Changed when a record is no more as the mail says; then no dot is sent.
    """
    seconds = current_app.config["MAIL_FINAL_TIMEOUT_SECONDS"] + 60
    fence = _FENCE.values(lease_until=lease_until(seconds, now))
    columns = {
        "state": State.SENDING,
        "content": seal(ready.content, current_app.config["SECRET_KEY"]),
        "subject": ready.subject,
    }
    with one_transaction():
        if mark_now(message_id) != ready.outgoing.mark:
            raise Changed
        own = {"own_id": message_id, "own_token": token}
        if db.session.connection().execute(fence, own | columns).first() is None:
            raise LeaseLost


def _record(message_id: int, token: str, state: OutboxState, **columns: object) -> None:
    """Write the outcome and end the lease, if it is still ours."""
    own = {"own_id": message_id, "own_token": token}
    outcome = {"state": state, "claim_token": None, "lease_until": None, **columns}
    with one_transaction():
        db.session.connection().execute(_OUTCOME, own | outcome)


def _record_refusal(
    message_id: int, token: str, refusal: Refused, attempts: int, created_at: datetime, now: datetime
) -> None:
    answer = {"last_code": refusal.code, "server_reply": refusal.reply, "attempts": attempts + 1}
    if refusal.is_permanent or now - created_at > GIVE_UP_AFTER:
        _record(message_id, token, State.FAILED, state_reason=str(refusal)[:500], **answer)
        return
    later = now + pause_after_refusal(attempts + 1)
    reason = f"vorläufig abgelehnt, neuer Versuch folgt: {refusal}"[:500]
    _record(message_id, token, State.QUEUED, state_reason=reason, next_attempt_at=later, **answer)


def _record_unknown(message_id: int, token: str, reason: str, attempts: int, now: datetime) -> None:
    """Queue or hold it; a server that never answers must not get a copy each minute."""
    state, words = fate_of_uncertain(current_app.config["MAIL_UNCERTAIN"])
    later = now + pause_after_refusal(attempts + 1)
    columns = {"is_uncertain": True, "state_reason": f"{words}: {reason}"[:500], "next_attempt_at": later}
    _record(message_id, token, state, attempts=attempts + 1, **columns)


def _step_aside(message_id: int, token: str, now: datetime) -> None:
    """Let the others go first: perhaps it is this mail that makes the server hang up."""
    _record(message_id, token, State.QUEUED, next_attempt_at=now + pause_after_refusal(1))


def _release(token: str) -> None:
    """Give back what was claimed and not begun."""
    unsent = (
        update(OutboxMessage)
        .where(OutboxMessage.claim_token == token, OutboxMessage.state == State.CLAIMED)
        .values(state=State.QUEUED, claim_token=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    db.session.rollback()
    left = select(OutboxMessage.id).where(
        OutboxMessage.claim_token == token, OutboxMessage.state == State.CLAIMED
    )
    if db.session.scalars(left).first() is not None:
        with one_transaction():
            db.session.execute(unsent)


def _is_paused(relay: MailRelay | None, now: datetime) -> bool:
    return relay is not None and relay.paused_until is not None and now < relay.paused_until


def _pause_relay(reason: str, now: datetime) -> None:
    """Let all workers leave the server alone for a while; no mail loses an attempt by it (M-54)."""
    log.warning("mail server unusable: %s", reason)
    with one_transaction():
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        first = insert(MailRelay).values(name=DEFAULT_RELAY, failures=0, reason="")
        db.session.execute(first.on_conflict_do_nothing())  # two workers may be the first together
        relay = db.session.get_one(MailRelay, DEFAULT_RELAY, with_for_update=True)
        relay.failures += 1
        relay.paused_until = now + pause_of_relay(relay.failures)
        relay.pause = RelayPause.TEMPORARY
        relay.reason, relay.since = reason[:500], relay.since or now


def _relay_works() -> bool:
    """Forget the failures; return False: there are none any more."""
    with one_transaction():
        relay = db.session.get_one(MailRelay, DEFAULT_RELAY)
        relay.failures, relay.pause, relay.paused_until, relay.reason, relay.since = 0, None, None, "", None
    return False
