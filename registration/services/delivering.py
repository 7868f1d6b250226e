"""Delivering the outbox: claim, re-check, render, offer, fence, final dot, record the answer (M-50…M-57).

A mail leaves at most once per fence. Before the fence (`sending` is committed after the body and before the
final dot) a crash leaves it provably unsent; behind it, until the answer is recorded, it is uncertain, and is
sent again with the same bytes and Message-ID, or held, by the setting MAIL_UNCERTAIN.
"""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime

import structlog
from flask import current_app
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from registration.extensions import db
from registration.mail.outgoing import Outgoing, read_again, read_together
from registration.mail.transport import FateUnknown, Refused, RelayUnusable, Transport
from registration.mail.verp import envelope_sender
from registration.steps.claiming import Claim, claim, is_anything_due
from registration.steps.in_a_row import InARow
from registration.steps.looking_ahead import Upcoming
from registration.steps.outcomes import Outcomes
from registration.steps.preparing import NotReady, Ready, prepare
from registration.steps.relay import is_paused, relay_as_read
from registration.steps.standstill import has_been_mended, pause_all
from registration.steps.verdicts import Facts, Instant, Verdicts

FAILS_HERE = "bei dieser E-Mail tritt immer wieder ein Fehler auf"
log = structlog.get_logger(__name__)


class Changed(Exception):
    """The records are others than those that the mail was written from; it must not leave as it is."""


class Stopped(Exception):
    """The rest of the batch must not leave now, or is another worker's."""


def deliver_due(
    transport: Transport,
    *,
    instant: Instant,
    wants_to_stop: Callable[[], bool],
    when_full: Callable[[], object] = lambda: None,
) -> int:
    """Send what is due, one batch; return how many mails were dealt with. Errors stop no other mail.

    `when_full` is called when the batch is full, and after each of its mails: somebody else can send the rest
    at the same time.
    """
    now = instant()
    if not is_anything_due(now):
        return 0
    relay = relay_as_read()
    was_down = relay is not None and (relay.failures > 0 or relay.pause is not None)
    if is_paused(relay, now) and not has_been_mended(relay, now):
        return 0
    in_a_row = InARow.of(relay)
    db.session.rollback()  # no transaction stays open while the server is tried
    try:
        with closing(Outcomes()) as outcomes:
            if was_down:
                transport.ready()  # the server is tried before a mail is touched
            claimed = claim(instant())
            verdicts = Verdicts(outcomes, claimed.token, instant, in_a_row, was_down=was_down)
            batch = _Batch(transport, claimed, outcomes, verdicts, instant)
            after_each = when_full if claimed.is_full else lambda: None
            after_each()
            return batch.send(wants_to_stop, after_each)
    except RelayUnusable as trouble:
        pause_all(trouble.pause, str(trouble), trouble.aside, instant())
        return 0


class _Batch:
    """What was claimed together, from the first mail to the last answer."""

    def __init__(
        self, transport: Transport, claimed: Claim, outcomes: Outcomes, verdicts: Verdicts, instant: Instant
    ) -> None:
        self._transport, self._claim, self._instant = transport, claimed, instant
        self._outcomes, self._verdicts = outcomes, verdicts
        self._upcoming = Upcoming(claimed.ids, {}, instant)
        self._left: list[datetime] = []  # when mails were offered
        self._is_behind_the_dot = self._left_some = False

    def send(self, wants_to_stop: Callable[[], bool], after_each: Callable[[], object]) -> int:
        """Send one after the other, and give back what is not begun; return how many were dealt with."""
        claimed, done = self._claim, 0
        try:
            if claimed.ids:
                self._transport.ready()
            self._upcoming = Upcoming(claimed.ids, _read_together(claimed.ids), self._instant)
            while rest := len(self._upcoming):
                if wants_to_stop() or not claimed.renew(self._instant(), rest):
                    break
                self._deliver(self._upcoming.next())
                done += 1
                after_each()
        except Stopped:
            log.info("mail.batch_left", rest=len(claimed.ids) - done)
        finally:
            self._transport.withdraw()
            if self._left_some or done < len(claimed.ids):
                claimed.release()
            claimed.settle_pace(self._left)
        return done

    def _deliver(self, message_id: int) -> None:
        """Send one mail, and let whatever is wrong with it stop no other (M-21)."""
        self._is_behind_the_dot = False
        try:
            self._deliver_as_it_is(message_id)
        except (RelayUnusable, Stopped, OperationalError, PoolTimeout):
            raise  # no mail is to blame for the database
        except Exception:
            if self._is_behind_the_dot:
                raise  # it may have been sent: the end of its lease will tell (M-53)
            log.exception("mail.stumbled", mail=message_id)
            known = self._upcoming.known.get(message_id)
            self._verdicts.suspect(message_id, known.message.crashes + 1 if known else 1, FAILS_HERE)

    def _deliver_as_it_is(self, message_id: int) -> None:
        """Send it as its records are.

        What was read with the batch may be out of date: then the mail is read again, and that is true.
        """
        try:
            return self._send(self._upcoming.ready(message_id))
        except (NotReady, Changed):
            db.session.rollback()
        try:
            self._send(prepare(self._read_again(message_id), self._instant()))
        except NotReady as fate:
            log.info("mail.not_sent", mail=message_id, state=fate.state)
            later = {"next_attempt_at": fate.until, "to_address": fate.to_address}
            later = {name: value for name, value in later.items() if value}
            self._verdicts.record(message_id, fate.state, state_reason=fate.reason, **later)
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
        facts = Facts.of(message, ready.to_address)
        sender = _sender_of(facts.id)
        db.session.rollback()  # no transaction stays open while the server thinks
        self._transport.ready()
        self._left.append(self._instant())
        try:
            self._transport.offer(sender, ready.to_address, ready.content)
            self._fence(facts.id, ready)
            self._is_behind_the_dot = True
            answer = self._transport.complete(self._following(), self._upcoming.look_ahead)
        except Refused as refusal:
            self._verdicts.refused(facts, refusal)
        except FateUnknown as unknown:
            self._verdicts.unknown(facts, str(unknown))
        except RelayUnusable as trouble:
            if not trouble.is_before_any_mail:
                self._verdicts.step_aside(facts, trouble)
            raise
        except BaseException:
            self._transport.abandon()  # a body without its final dot must not be taken for a command
            raise
        else:
            self._verdicts.accepted(facts, answer)

    def _following(self) -> tuple[str, str] | None:
        """Return sender and recipient of the next mail, when it is prepared."""
        prepared = self._upcoming.prepared()
        return (_sender_of(prepared[0]), prepared[1].to_address) if prepared else None

    def _fence(self, message_id: int, ready: Ready) -> None:
        held = self._outcomes.fence(
            message_id,
            self._claim.token,
            content=ready.content,
            written_at=ready.written_at,
            subject=ready.subject,
            mark=ready.outgoing.mark,
            now=self._instant(),
        )
        if not held:
            raise Changed


def _sender_of(message_id: int) -> str:
    return envelope_sender(message_id, current_app.config)


def _read_together(ids: list[int]) -> dict[int, Outgoing]:
    """Read the batch at once; when one row cannot be read, each will be read alone (M-21)."""
    try:
        return read_together(ids)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("mail.batch_unreadable")
        return {}
