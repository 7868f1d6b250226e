"""Delivering the outbox: claim, re-check, render, offer, fence, final dot, record the answer (M-50…M-57).

A mail leaves at most once per fence. Before the fence (`sending` is committed after the body and before the
final dot) a crash leaves it provably unsent; behind it, until the answer is recorded, it is uncertain, and is
sent again with the same bytes and Message-ID, or held, by the setting MAIL_UNCERTAIN.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import structlog
from flask import current_app
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from registration.extensions import db
from registration.mail.outcomes import without_addresses
from registration.mail.outgoing import Outgoing, read_again, read_together
from registration.mail.transport import FateUnknown, Refused, RelayUnusable, Transport
from registration.mail.verp import envelope_sender
from registration.models import OutboxMessage
from registration.rules.pauses import (
    FEWEST_ATTEMPTS,
    GIVE_UP_AFTER,
    POISON_CRASHES,
    STEP_ASIDE,
    fate_of_uncertain,
    pause_after_refusal,
)
from registration.steps.claiming import claim, is_anything_due
from registration.steps.outcomes import Outcomes
from registration.steps.preparing import NotReady, Ready, prepare
from registration.steps.relay import is_paused, relay_as_read
from registration.steps.standstill import SELF_HEALING, end_pause, has_been_mended, pause_all
from registration.vocabulary import MailKind, OutboxState, RelayPause

IN_A_ROW = 3  # on different recipients: then it is not the mails (M-54)
BREAKS_THE_LINE = "bei dieser E-Mail bricht die Verbindung zum Mailserver immer wieder ab"
FAILS_HERE = "bei dieser E-Mail tritt immer wieder ein Fehler auf"
State = OutboxState
Instant = Callable[[], datetime]
log = structlog.get_logger(__name__)


class Changed(Exception):
    """The records are others than those that the mail was written from; it must not leave as it is."""


class Stopped(Exception):
    """The rest of the batch must not leave now, or is another worker's."""


@dataclass
class InARow:
    """Whose mails, one after the other, were refused for their content, or had no answer to the final dot."""

    rejected: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)

    def end(self) -> None:
        self.rejected.clear()
        self.unanswered.clear()


def deliver_due(
    transport: Transport,
    *,
    instant: Instant,
    wants_to_stop: Callable[[], bool],
    in_a_row: InARow | None = None,
    when_full: Callable[[], object] = lambda: None,
) -> int:
    """Send what is due, one batch; return how many mails were dealt with. Errors stop no other mail.

    `in_a_row` is carried from batch to batch. `when_full` is called when the batch is full: somebody else can
    send the rest at the same time.
    """
    now = instant()
    if not is_anything_due(now):
        return 0
    relay = relay_as_read()
    was_down = relay is not None and (relay.failures > 0 or relay.pause is not None)
    if is_paused(relay, now) and not has_been_mended(relay, now):
        return 0
    db.session.rollback()  # no transaction stays open while the server is tried
    outcomes = Outcomes()
    delivery = _Delivery(transport, outcomes, instant, in_a_row or InARow(), was_down=was_down)
    try:
        return delivery.run(wants_to_stop, when_full)
    except RelayUnusable as trouble:
        pause_all(trouble.pause, str(trouble), delivery.aside, instant())
        return 0
    finally:
        outcomes.close()


@dataclass(frozen=True)
class _Facts:
    """What is needed of a mail when its record is no more at hand."""

    id: int
    kind: MailKind
    to_address: str
    created_at: datetime
    attempts: int
    crashes: int

    @classmethod
    def of(cls, message: OutboxMessage, to_address: str) -> Self:
        return cls(
            message.id, message.kind, to_address, message.created_at, message.attempts, message.crashes
        )


class _Delivery:
    """One batch, from the claim to the last answer."""

    def __init__(
        self, transport: Transport, outcomes: Outcomes, instant: Instant, in_a_row: InARow, *, was_down: bool
    ) -> None:
        self._transport, self._outcomes, self._instant = transport, outcomes, instant
        self._in_a_row, self._was_down = in_a_row, was_down
        self._offered = 0
        self.aside: int | None = None
        self._is_behind_the_dot = self._left_some = False

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
            together = _read_together(claimed.ids)
            for message_id in claimed.ids:
                if wants_to_stop() or not claimed.renew(self._instant(), len(claimed.ids) - done):
                    break
                self._deliver(message_id, together.get(message_id))
                done += 1
        except Stopped:
            log.info("mail.batch_left", rest=len(claimed.ids) - done)
        finally:
            if self._left_some or done < len(claimed.ids):
                claimed.release()
            claimed.give_back_pace(len(claimed.ids) - self._offered)
        return done

    def _deliver(self, message_id: int, known: Outgoing | None) -> None:
        """Send one mail, and let whatever is wrong with it stop no other (M-21)."""
        self._is_behind_the_dot = False
        try:
            self._deliver_as_it_is(message_id, known)
        except (RelayUnusable, Stopped, OperationalError, PoolTimeout):
            raise  # no mail is to blame for the database
        except Exception:
            if self._is_behind_the_dot:
                raise  # it may have been sent: the end of its lease will tell (M-53)
            log.exception("mail.stumbled", mail=message_id)
            self._suspect(message_id, known.message.crashes + 1 if known else 1, FAILS_HERE)

    def _deliver_as_it_is(self, message_id: int, known: Outgoing | None) -> None:
        """Send it as its records are.

        What was read with the batch may be out of date: then the mail is read again, and that is true.
        """
        try:
            return self._send(prepare(known, self._instant()))
        except (NotReady, Changed):
            db.session.rollback()
        try:
            self._send(prepare(self._read_again(message_id), self._instant()))
        except NotReady as fate:
            log.info("mail.not_sent", mail=message_id, state=fate.state)
            later = {"next_attempt_at": fate.until} if fate.until else {}
            self._record(message_id, fate.state, state_reason=fate.reason, **later)
        except Changed:
            self._left_some = True
            if is_paused(relay_as_read(), self._instant()):
                raise Stopped from None
            log.info("mail.waits", mail=message_id, because="its records change at this moment")

    def _read_again(self, message_id: int) -> Outgoing | None:
        outgoing = read_again(message_id)
        if outgoing and outgoing.message.claim_token != self._claim.token:
            log.info("mail.lease_lost", mail=message_id)
            raise Stopped
        return outgoing

    def _send(self, ready: Ready) -> None:
        """Send it and record the answer. Raises Changed, RelayUnusable."""
        message = ready.outgoing.message
        facts = _Facts.of(message, ready.to_address)
        sender = envelope_sender(facts.id, current_app.config)
        db.session.rollback()  # no transaction stays open while the server thinks
        self._transport.ready()
        self._offered += 1
        try:
            self._transport.offer(sender, ready.to_address, ready.content)
            self._fence(facts.id, ready)
            self._is_behind_the_dot = True
            accepted = self._transport.complete()
        except Refused as refusal:
            self._refused(facts, refusal)
        except FateUnknown as unknown:
            self._unknown(facts, str(unknown))
        except RelayUnusable as trouble:
            self._step_aside(facts, trouble.pause)
            raise
        except BaseException:
            self._transport.abandon()  # a body without its final dot must not be taken for a command
            raise
        else:
            self._accepted(facts, accepted.code, accepted.reply)

    def _fence(self, message_id: int, ready: Ready) -> None:
        held = self._outcomes.fence(
            message_id,
            self._claim.token,
            content=ready.content,
            subject=ready.subject,
            mark=ready.outgoing.mark,
            now=self._instant(),
        )
        if not held:
            raise Changed

    def _accepted(self, facts: _Facts, code: int, reply: str) -> None:
        now = self._instant()
        self._outcomes.sent(facts.id, self._claim.token, code=code, reply=reply, now=now)
        log.info("mail.sent", mail=facts.id, kind=facts.kind, code=code)
        self._in_a_row.end()
        if self._was_down:
            self._was_down = False
            end_pause(now, SELF_HEALING)

    def _refused(self, facts: _Facts, refusal: Refused) -> None:
        now, attempts = self._instant(), facts.attempts + 1
        log.warning("mail.refused", mail=facts.id, step=refusal.step, code=refusal.code)
        answer = {"last_code": refusal.code, "server_reply": refusal.reply, "attempts": attempts}
        is_given_up = attempts >= FEWEST_ATTEMPTS and now - facts.created_at > GIVE_UP_AFTER
        if not refusal.is_permanent and not is_given_up:
            later = now + pause_after_refusal(attempts)
            reason = f"vorläufig abgelehnt, neuer Versuch folgt: {refusal}"[:500]
            self._record(facts.id, State.QUEUED, state_reason=reason, next_attempt_at=later, **answer)
            return
        what = "Adresse unzustellbar" if refusal.is_about_recipient else "Nachricht abgelehnt"
        self._record(facts.id, State.FAILED, state_reason=f"{what}: {refusal}"[:500], **answer)
        if not refusal.is_about_recipient:
            self._count(self._in_a_row.rejected, facts, str(refusal), RelayPause.REJECTIONS)

    def _unknown(self, facts: _Facts, reason: str) -> None:
        """Queue or hold it; a server that never answers must not get a copy each minute."""
        log.warning("mail.uncertain", mail=facts.id)
        attempts = facts.attempts + 1
        state, words = fate_of_uncertain(current_app.config["MAIL_UNCERTAIN"], facts.kind, attempts)
        later = self._instant() + pause_after_refusal(attempts)
        columns = {"is_uncertain": True, "state_reason": f"{words}: {reason}"[:500], "next_attempt_at": later}
        self._record(facts.id, state, attempts=attempts, **columns)
        self._count(self._in_a_row.unanswered, facts, reason, RelayPause.TEMPORARY)

    def _count(self, so_far: set[str], facts: _Facts, reason: str, why: RelayPause) -> None:
        """Pause everything when the same happens with one recipient after the other."""
        so_far.add(facts.to_address)
        if len(so_far) >= IN_A_ROW:
            so_far.clear()
            raise RelayUnusable(without_addresses(reason), why)

    def _step_aside(self, facts: _Facts, why: RelayPause) -> None:
        """Let the others go first: perhaps it is this mail that makes the server hang up.

        It is suspected only when others have left just before; an outage is nobody's fault.
        """
        self.aside = facts.id
        is_suspect = why is RelayPause.TEMPORARY and not self._was_down
        self._suspect(facts.id, facts.crashes + is_suspect, BREAKS_THE_LINE)

    def _suspect(self, message_id: int, crashes: int, words: str) -> None:
        """Try it again in a minute; hold it when it has happened too often."""
        if crashes >= POISON_CRASHES:
            self._record(message_id, State.HELD, crashes=crashes, state_reason=words)
            return
        later = self._instant() + STEP_ASIDE
        self._record(message_id, State.QUEUED, crashes=crashes, next_attempt_at=later)

    def _record(self, message_id: int, state: OutboxState, **columns: Any) -> None:
        db.session.rollback()  # whoever asks next sees the outcome
        self._outcomes.record(message_id, self._claim.token, state, **columns)


def _read_together(ids: list[int]) -> dict[int, Outgoing]:
    """Read the batch at once; when one row cannot be read, each will be read alone (M-21)."""
    try:
        return read_together(ids)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("mail.batch_unreadable")
        return {}
