"""Verdicts: what becomes of a mail by the mail server's answer, or when there is none (M-53, M-54)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import structlog
from flask import current_app

from registration.extensions import db
from registration.mail.alerts import note
from registration.mail.outcomes import Accepted, Refused, RelayUnusable, without_addresses
from registration.models import OutboxMessage
from registration.rules.pauses import (
    FEWEST_ATTEMPTS,
    GIVE_UP_AFTER,
    POISON_CRASHES,
    STEP_ASIDE,
    fate_of_uncertain,
    pause_after_refusal,
)
from registration.steps.outcomes import Outcomes
from registration.steps.standstill import SELF_HEALING, end_pause
from registration.vocabulary import MailKind, OutboxState, RelayPause

IN_A_ROW = 3  # on different recipients: then it is not the mails (M-54)
DOMAINS_IN_A_ROW = 5  # whose addresses are all refused for now: then it is not the recipients
BREAKS_THE_LINE = "bei dieser E-Mail bricht die Verbindung zum Mailserver immer wieder ab"
State = OutboxState
Instant = Callable[[], datetime]
log = structlog.get_logger(__name__)


@dataclass
class InARow:
    """Whose mails, one after the other, were refused for their content, or had no answer to the final dot;
    and to which domains they could not go for now."""

    rejected: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    deferred: set[str] = field(default_factory=set)

    def end(self) -> None:
        self.rejected.clear()
        self.unanswered.clear()
        self.deferred.clear()


@dataclass(frozen=True)
class Facts:
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
            domain = facts.to_address.rpartition("@")[2].lower()  # one of them may well greylist us
            self._count(self._in_a_row.deferred, domain, str(refusal), RelayPause.TEMPORARY, DOMAINS_IN_A_ROW)
            return
        what = "Adresse unzustellbar" if refusal.is_about_recipient else "Nachricht abgelehnt"
        self.record(facts.id, State.FAILED, state_reason=f"{what}: {refusal}"[:500], **answer)
        if not refusal.is_about_recipient:
            note(
                current_app.config, f"mail {facts.id} rejected ({refusal.code}); see: flask mail status", now
            )
            self._count(self._in_a_row.rejected, facts.to_address, str(refusal), RelayPause.REJECTIONS)

    def unknown(self, facts: Facts, reason: str) -> None:
        """Queue or hold it; a server that never answers must not get a copy each minute."""
        log.warning("mail.uncertain", mail=facts.id)
        attempts = facts.attempts + 1
        state, words = fate_of_uncertain(current_app.config["MAIL_UNCERTAIN"], facts.kind, attempts)
        later = self._instant() + pause_after_refusal(attempts)
        columns = {"is_uncertain": True, "state_reason": f"{words}: {reason}"[:500], "next_attempt_at": later}
        self.record(facts.id, state, attempts=attempts, **columns)
        self._count(self._in_a_row.unanswered, facts.to_address, reason, RelayPause.TEMPORARY)

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

    def _count(self, so_far: set[str], whom: str, reason: str, why: RelayPause, most: int = IN_A_ROW) -> None:
        """Pause everything when the same happens with one after the other."""
        so_far.add(whom)
        if len(so_far) >= most:
            so_far.clear()
            raise RelayUnusable(without_addresses(reason), why)
