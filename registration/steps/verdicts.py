"""Verdicts: what becomes of a mail by the mail server's answer, or when there is none (M-53, M-54)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import structlog
from flask import current_app

from registration.extensions import db, one_transaction
from registration.mail import test_mode
from registration.mail.alerts import note
from registration.mail.outcomes import Accepted, Refused, RelayUnusable, without_addresses
from registration.mail.still_wanted import ASKED_FROM_ITS_ADDRESS, UNDELIVERABLE, address_now
from registration.models import OutboxMessage
from registration.rules.bounce_codes import code_in, is_dead, meaning
from registration.rules.pauses import (
    FEWEST_ATTEMPTS,
    GIVE_UP_AFTER,
    POISON_CRASHES,
    STEP_ASIDE,
    fate_of_uncertain,
    pause_after_refusal,
)
from registration.steps.in_a_row import InARow, Trouble
from registration.steps.journal import SYSTEM, write
from registration.steps.outcomes import Outcomes
from registration.steps.standstill import SELF_HEALING, end_pause
from registration.steps.suppressing import suppress
from registration.vocabulary import MailKind, OutboxState, RelayPause

BREAKS_THE_LINE = "bei dieser E-Mail bricht die Verbindung zum Mailserver immer wieder ab"
State = OutboxState
Instant = Callable[[], datetime]
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Facts:
    """What is needed of a mail when its record is no more at hand."""

    id: int
    kind: MailKind
    to_address: str
    sent_to: str  # another one in test mode
    created_at: datetime
    attempts: int
    crashes: int

    @classmethod
    def of(cls, message: OutboxMessage, sent_to: str) -> Self:
        fixed = (message.id, message.kind, message.to_address, sent_to)
        return cls(*fixed, message.created_at, message.attempts, message.crashes)


class Verdicts:
    """Those of one batch, written as long as its claim holds.

    `was_down`: the server was in trouble and has not taken a mail since.
    """

    def __init__(
        self, outcomes: Outcomes, token: str, instant: Instant, in_a_row: InARow, *, was_down: bool
    ) -> None:
        self._outcomes, self._token, self._instant = outcomes, token, instant
        self._in_a_row, self._was_down = in_a_row, was_down

    def accepted(self, facts: Facts, answer: Accepted) -> None:
        now = self._instant()
        self._outcomes.sent(facts.id, self._token, code=answer.code, reply=answer.reply, now=now)
        log.info("mail.sent", mail=facts.id, kind=facts.kind, code=answer.code)
        self._in_a_row.end()
        if self._was_down:
            self._was_down = False
            end_pause(now, SELF_HEALING)

    def refused(self, facts: Facts, refusal: Refused) -> None:
        now, attempts = self._instant(), facts.attempts + 1
        log.warning("mail.refused", mail=facts.id, step=refusal.step, code=refusal.code)
        answer = {"last_code": refusal.code, "server_reply": refusal.reply, "attempts": attempts}
        is_given_up = attempts >= FEWEST_ATTEMPTS and now - facts.created_at > GIVE_UP_AFTER
        if not refusal.is_permanent and not is_given_up:
            later = now + pause_after_refusal(attempts)
            reason = f"vorläufig abgelehnt, neuer Versuch folgt: {refusal}"[:500]
            self.record(facts.id, State.QUEUED, state_reason=reason, next_attempt_at=later, **answer)
            domain = facts.sent_to.rpartition("@")[2].lower()  # one of them may well greylist us
            self._count(Trouble.DEFERRED, domain, str(refusal), RelayPause.TEMPORARY)
            return
        what = UNDELIVERABLE if refusal.is_about_recipient else "Nachricht abgelehnt"
        self.record(facts.id, State.FAILED, state_reason=f"{what}: {refusal}"[:500], **answer)
        if refusal.is_about_recipient:
            self._spare(facts, refusal)
            self._try_where_she_is_now(facts)
        else:
            note(
                current_app.config, f"mail {facts.id} rejected ({refusal.code}); see: flask mail status", now
            )
            self._count(Trouble.REJECTED, facts.to_address, str(refusal), RelayPause.REJECTIONS)

    def unknown(self, facts: Facts, reason: str) -> None:
        """Queue or hold it; a server that never answers must not get a copy each minute."""
        log.warning("mail.uncertain", mail=facts.id)
        attempts = facts.attempts + 1
        state, words = fate_of_uncertain(current_app.config["MAIL_UNCERTAIN"], facts.kind, attempts)
        later = self._instant() + pause_after_refusal(attempts)
        columns = {"is_uncertain": True, "state_reason": f"{words}: {reason}"[:500], "next_attempt_at": later}
        self.record(facts.id, state, attempts=attempts, **columns)
        self._count(Trouble.UNANSWERED, facts.to_address, reason, RelayPause.TEMPORARY)

    def step_aside(self, facts: Facts, trouble: RelayUnusable) -> None:
        """Let the others go first: perhaps it is this mail that makes the server hang up.

        It is suspected only when others have left just before; an outage is nobody's fault.
        """
        trouble.aside = facts.id
        is_suspect = trouble.pause is RelayPause.TEMPORARY and not self._was_down
        self.suspect(facts.id, facts.crashes + is_suspect, BREAKS_THE_LINE)

    def suspect(self, message_id: int, crashes: int, words: str) -> None:
        """Try it again in a minute; hold it when it has happened too often."""
        if crashes >= POISON_CRASHES:
            self.record(message_id, State.HELD, crashes=crashes, state_reason=words)
            return
        later = self._instant() + STEP_ASIDE
        self.record(message_id, State.QUEUED, crashes=crashes, next_attempt_at=later)

    def record(self, message_id: int, state: OutboxState, **columns: Any) -> None:
        db.session.rollback()  # whoever asks next sees the outcome
        self._outcomes.record(message_id, self._token, state, **columns)

    def _count(self, what: Trouble, whom: str, reason: str, why: RelayPause) -> None:
        """Pause everything when the same happens with one after the other."""
        if self._in_a_row.is_too_much(what, whom):
            raise RelayUnusable(without_addresses(reason), why)

    def _spare(self, facts: Facts, refusal: Refused) -> None:
        """Send nothing more to an address that the server says does not exist, as after a bounce (M-59)."""
        code = code_in(refusal.reply)
        if test_mode.is_on(current_app.config) or not is_dead(code, refusal.reply):
            return
        reason = f"{meaning(code, refusal.reply)} ({code or refusal.code})"
        with one_transaction():
            message, now = db.session.get(OutboxMessage, facts.id, with_for_update=True), self._instant()
            suppress(facts.to_address, status=code, reason=reason, now=now, outbox_message_id=facts.id)
            write(
                "address_suppressed",
                now=now,
                actor=SYSTEM,
                workshop_id=message.workshop_id if message else None,
                registration_id=message.registration_id if message else None,
                details={"message_id": facts.id, "status": code},
            )

    def _try_where_she_is_now(self, facts: Facts) -> None:
        """Her address was changed while the server refused the one before (steps/new_addresses.py)."""
        with one_transaction():
            message = db.session.get(OutboxMessage, facts.id, with_for_update=True, populate_existing=True)
            if message is None or message.state is not State.FAILED:
                return
            address = address_now(message)
            if address != facts.to_address and message.kind not in ASKED_FROM_ITS_ADDRESS:
                message.to_address, message.state, message.state_reason = address, State.QUEUED, ""
                message.attempts, message.next_attempt_at = 0, self._instant()
