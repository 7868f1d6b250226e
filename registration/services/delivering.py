"""Delivering the outbox: claim, re-check, render, offer, fence, final dot, record the answer (M-50…M-57).

A mail leaves at most once per fence. Before the fence (`sending` is committed after the body and before the
final dot) a crash leaves it provably unsent; behind it, until the answer is recorded, it is uncertain, and is
sent again with the same bytes and Message-ID, or held, by the setting MAIL_UNCERTAIN.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from flask import current_app

from registration.extensions import db, one_transaction
from registration.mail import test_mode
from registration.mail.alerts import note
from registration.mail.building import build
from registration.mail.headers import sendable
from registration.mail.outgoing import Outgoing, read_again, read_together
from registration.mail.rendering import render
from registration.mail.still_wanted import reason_to_skip
from registration.mail.transport import FateUnknown, Refused, RelayUnusable, Transport
from registration.mail.verp import envelope_sender
from registration.models import MailRelay
from registration.rules.pauses import (
    GIVE_UP_AFTER,
    POISON_CRASHES,
    STEP_ASIDE,
    fate_of_uncertain,
    pause_after_refusal,
)
from registration.steps.claiming import claim, is_anything_due
from registration.steps.outcomes import Outcomes
from registration.steps.relay import is_paused, pause, relay_as_read, relay_row, resume, settings_mark
from registration.tokens import unseal
from registration.vocabulary import MailKind, OutboxState, RelayPause

SELF_HEALING = (RelayPause.TEMPORARY, RelayPause.THROTTLED, RelayPause.CONFIGURATION)
REJECTIONS_IN_A_ROW = 3  # on different recipients: then it is not the mails (M-54)
BREAKS_THE_LINE = "bei dieser E-Mail bricht die Verbindung zum Mailserver immer wieder ab"
State = OutboxState
Instant = Callable[[], datetime]
log = structlog.get_logger(__name__)


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
    to_address: str
    content: bytes
    subject: str


def deliver_due(
    transport: Transport,
    *,
    instant: Instant,
    wants_to_stop: Callable[[], bool],
    rejected: set[str] | None = None,
    when_full: Callable[[], object] = lambda: None,
) -> int:
    """Send what is due, one batch; return how many mails were dealt with. Errors stop no other mail.

    `rejected` carries from batch to batch whose mails were refused for their content, in a row. `when_full`
    is called when the batch is full: somebody else can send the rest at the same time.
    """
    now = instant()
    if not is_anything_due(now):
        return 0
    relay = relay_as_read()
    was_down = relay is not None and (relay.failures > 0 or relay.pause is not None)
    if is_paused(relay, now) and not _has_been_mended(relay, now):
        return 0
    outcomes = Outcomes()
    try:
        delivery = _Delivery(transport, outcomes, instant, rejected, was_down=was_down)
        return delivery.run(wants_to_stop, when_full)
    except RelayUnusable as trouble:
        _pause(trouble.pause, str(trouble), instant())
        return 0
    finally:
        outcomes.close()


class _Delivery:
    """One batch, from the claim to the last answer."""

    def __init__(
        self,
        transport: Transport,
        outcomes: Outcomes,
        instant: Instant,
        rejected: set[str] | None,
        *,
        was_down: bool,
    ) -> None:
        self._transport, self._outcomes, self._instant = transport, outcomes, instant
        self._rejected = rejected if rejected is not None else set()
        self._was_down, self._left_some = was_down, False

    def run(self, wants_to_stop: Callable[[], bool], when_full: Callable[[], object]) -> int:
        if self._was_down:
            self._transport.ready()  # the server is tried before a mail is touched
        self._claim = claimed = claim(self._instant())
        if claimed.is_full:
            when_full()
        done = 0
        try:
            if claimed.ids:
                self._transport.ready()
            together = read_together(claimed.ids)
            for message_id in claimed.ids:
                if wants_to_stop():
                    break
                claimed.renew(self._instant())
                self._deliver(message_id, together.get(message_id))
                done += 1
        finally:
            if self._left_some or done < len(claimed.ids):
                claimed.release()
        return done

    def _deliver(self, message_id: int, known: Outgoing | None) -> None:
        """Send one mail.

        What was read with the batch may be out of date: then the mail is read again, and that is true.
        """
        try:
            return self._send(_prepare(known, self._instant()))
        except (NotReady, Changed):
            db.session.rollback()
        try:
            self._send(_prepare(self._read_again(message_id), self._instant()))
        except NotReady as fate:
            log.info("mail.not_sent", mail=message_id, state=fate.state)
            self._record(message_id, fate.state, state_reason=fate.reason)
        except Changed:
            log.info("mail.waits", mail=message_id, because="its records change at this moment")
            self._left_some = True
        except LeaseLost:
            log.info("mail.lease_lost", mail=message_id)

    def _read_again(self, message_id: int) -> Outgoing | None:
        outgoing = read_again(message_id)
        if outgoing and outgoing.message.claim_token != self._claim.token:
            raise LeaseLost
        return outgoing

    def _send(self, ready: Ready) -> None:
        """Send it and record the answer. Raises Changed, RelayUnusable."""
        message = ready.outgoing.message
        message_id, created_at, attempts = message.id, message.created_at, message.attempts
        kind, mark = message.kind, ready.outgoing.mark
        sender = envelope_sender(message_id, current_app.config)
        db.session.rollback()  # no transaction stays open while the server thinks
        self._transport.ready()
        try:
            self._transport.offer(sender, ready.to_address, ready.content)
            self._fence(message_id, ready, mark)
            accepted = self._transport.complete()
        except Refused as refusal:
            self._refused(message_id, refusal, ready.to_address, attempts, created_at)
        except FateUnknown as unknown:
            self._unknown(message_id, str(unknown), kind, attempts)
        except RelayUnusable as trouble:
            self._step_aside(message_id, message.crashes, trouble.pause)
            raise
        except BaseException:
            self._transport.abandon()  # a body without its final dot must not be taken for a command
            raise
        else:
            token, now = self._claim.token, self._instant()
            self._outcomes.sent(message_id, token, code=accepted.code, reply=accepted.reply, now=now)
            log.info("mail.sent", mail=message_id, kind=kind, code=accepted.code)
            self._rejected.clear()
            if self._was_down:
                self._was_down = False
                _resume(now, SELF_HEALING)

    def _fence(self, message_id: int, ready: Ready, mark: str) -> None:
        token, now = self._claim.token, self._instant()
        held = self._outcomes.fence(
            message_id, token, content=ready.content, subject=ready.subject, mark=mark, now=now
        )
        if not held:
            raise Changed

    def _refused(
        self, message_id: int, refusal: Refused, to_address: str, attempts: int, created_at: datetime
    ) -> None:
        now = self._instant()
        log.warning("mail.refused", mail=message_id, step=refusal.step, code=refusal.code)
        answer = {"last_code": refusal.code, "server_reply": refusal.reply, "attempts": attempts + 1}
        if refusal.is_permanent or now - created_at > GIVE_UP_AFTER:
            what = "Adresse unzustellbar" if refusal.is_about_recipient else "Nachricht abgelehnt"
            self._record(message_id, State.FAILED, state_reason=f"{what}: {refusal}"[:500], **answer)
            if not refusal.is_about_recipient:
                self._count_rejection(to_address, str(refusal))
            return
        later = now + pause_after_refusal(attempts + 1)
        reason = f"vorläufig abgelehnt, neuer Versuch folgt: {refusal}"[:500]
        self._record(message_id, State.QUEUED, state_reason=reason, next_attempt_at=later, **answer)

    def _count_rejection(self, to_address: str, reason: str) -> None:
        self._rejected.add(to_address)
        if len(self._rejected) >= REJECTIONS_IN_A_ROW:
            self._rejected.clear()
            raise RelayUnusable(reason, RelayPause.REJECTIONS)

    def _unknown(self, message_id: int, reason: str, kind: MailKind, attempts: int) -> None:
        """Queue or hold it; a server that never answers must not get a copy each minute."""
        log.warning("mail.uncertain", mail=message_id)
        policy = current_app.config["MAIL_UNCERTAIN"]
        state, words = fate_of_uncertain(policy, kind, attempts + 1)
        later = self._instant() + pause_after_refusal(attempts + 1)
        columns = {"is_uncertain": True, "state_reason": f"{words}: {reason}"[:500], "next_attempt_at": later}
        self._record(message_id, state, attempts=attempts + 1, **columns)

    def _step_aside(self, message_id: int, crashes: int, why: RelayPause) -> None:
        """Let the others go first: perhaps it is this mail that makes the server hang up.

        It is suspected only when others have left just before; an outage is nobody's fault.
        """
        crashes += why is RelayPause.TEMPORARY and not self._was_down
        if crashes >= POISON_CRASHES:
            self._record(message_id, State.HELD, crashes=crashes, state_reason=BREAKS_THE_LINE)
            return
        later = self._instant() + STEP_ASIDE
        self._record(message_id, State.QUEUED, crashes=crashes, next_attempt_at=later)

    def _record(self, message_id: int, state: OutboxState, **columns: object) -> None:
        db.session.rollback()  # whoever asks next sees the outcome
        self._outcomes.record(message_id, self._claim.token, state, **columns)


def _prepare(outgoing: Outgoing | None, now: datetime) -> Ready:
    """Write the mail. Raises NotReady."""
    if outgoing is None:
        raise NotReady(State.SKIPPED, "die E-Mail besteht nicht mehr")
    if reason := reason_to_skip(outgoing.message, now=now):
        raise NotReady(State.SKIPPED, reason)
    try:
        return _written(outgoing, now)
    except Exception as error:  # whatever is wrong with one mail must stop no other (M-21)
        raise NotReady(State.FAILED, f"Fehler beim Erstellen: {error}") from error


def _written(outgoing: Outgoing, now: datetime) -> Ready:
    """Return the mail to send: an uncertain one the same as before, every other rendered now (M-57)."""
    message, config = outgoing.message, current_app.config
    if message.is_uncertain and message.content:
        before = unseal(message.content, [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]])
        if before is not None:
            to_address, _subject = test_mode.as_they_leave(message.to_address, "", config)
            return Ready(outgoing, _recipient(to_address), before, message.subject or "")
    rendered = render(message, now=now)
    to_address, subject = test_mode.as_they_leave(message.to_address, rendered.subject, config)
    rendered = replace(rendered, subject=subject)
    return Ready(outgoing, _recipient(to_address), build(message, rendered, to_address), subject)


def _recipient(address: str) -> str:
    """Return it as the envelope needs it, with its domain as A-label (M-22). Raises BuildError."""
    return sendable("die Empfängeradresse", address)


def _pause(why: RelayPause, reason: str, now: datetime) -> None:
    """Let all workers leave the server alone for a while; no mail loses an attempt by it (M-54)."""
    log.warning("mail.paused", kind=why)  # the reason stands in the row: it may hold an address (L-61)
    with one_transaction():
        relay = relay_row(lock=True)
        pause(relay, why, reason, now=now)
        relay.settings_mark = settings_mark(current_app.config)
        kind = relay.pause
    note(current_app.config, f"paused ({kind}); see: flask mail status", now)


def _has_been_mended(relay: MailRelay | None, now: datetime) -> bool:
    """A pause that is due to other settings than ours is over: somebody has changed them and started us."""
    if relay is None or relay.pause is RelayPause.BY_HAND or not relay.settings_mark:
        return False
    if relay.settings_mark == settings_mark(current_app.config):
        return False
    _resume(now, (*SELF_HEALING, RelayPause.REJECTIONS))
    return True


def _resume(now: datetime, pauses: Collection[RelayPause]) -> None:
    """Forget the failures, and end the pause if it is one of these."""
    with one_transaction():
        relay = relay_row(lock=True)
        if relay.pause is not None and relay.pause not in pauses:
            return
        resume(relay)
    log.info("mail.resumed")
    note(current_app.config, "resumed", now)
