"""The way to the mail server, in place of Flask-Mail's Connection.

It splits sending in two, so that the database can be told in between: `offer()` transmits everything but the
final dot and proves nothing was accepted yet; `complete()` sends the dot. Flask-Mail checks no certificate,
knows no timeout, and drops single refused recipients in silence; this does none of that (L-63).

To a server that pipelines, the next mail is announced in the same breath as the final dot (RFC 2920, 3.1): a
mail costs one wait for the server, and not two. Who takes it badly is asked step by step for a while.
"""

import contextlib
import ssl
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, NoReturn

import structlog

from registration.mail.announcing import (
    GO_AHEAD,
    REFUSED,
    Commands,
    first_refusal,
    is_good_bye,
    is_taken_badly,
)
from registration.mail.connection import Connection, connect
from registration.mail.envelope import envelope_of, transparent
from registration.mail.outcomes import Accepted, FateUnknown, Refused, RelayUnusable, unusable
from registration.mail.stopwatch import Stopwatch
from registration.mail.wire import Answer, Wire
from registration.rules.smtp_answers import Step, pause_after

__all__ = ["Accepted", "FateUnknown", "Refused", "RelayUnusable", "Transport"]

MAILS_PER_CONNECTION = 100
SECONDS_PER_CONNECTION = 60
SECONDS_FOR_GOOD_BYE = 2
SECONDS_ANNOUNCED = 5  # the server awaits a mail's body, and has its own patience
SECONDS_STEP_BY_STEP = 600
A_MOMENT = 0.1  # for an answer that has long been there, when our own doings took all the time
_TAKEN, _GO_ON = 200, 300
log = structlog.get_logger(__name__)


class Transport:
    """One connection to the relay, opened when needed, reused, and renewed."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.waiting = Stopwatch()
        """How much of the time the server is waited for."""
        self._config = config
        self._step_by_step_until = 0.0
        self._connection: Connection | None = None
        self._opened_at = self._used_at = monotonic()
        self._sent = 0
        self._is_offering = False
        self._announced: Commands = ()

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    @property
    def idle_seconds(self) -> float:
        """How long nothing was said on the connection."""
        return monotonic() - self._used_at

    def ready(self) -> None:
        """Make sure that a connection stands. Raises RelayUnusable."""
        if self._is_offering:
            self.abandon()
        if self._announced and self.idle_seconds < SECONDS_ANNOUNCED:
            return  # its answers may have come already
        self.withdraw()
        if self._connection and (self._is_worn() or self._wire.has_spoken()):
            self.close()
        if self._connection is None:
            self._connection = self._connect()
            self._opened_at = self._used_at = monotonic()
            self._sent = 0

    def offer(self, sender: str, recipient: str, content: bytes) -> None:
        """Transmit a mail up to, but without, the final dot. Raises Refused or RelayUnusable."""
        envelope = envelope_of(sender, recipient)
        body = transparent(content)
        try:
            self._announce(envelope)
            self._is_offering = True
            if self._is_interrupted(body):
                self._hear_out()
        except OSError as error:
            self._give_up(error)

    def complete(
        self, following: tuple[str, str] | None = None, meanwhile: Callable[[], object] = lambda: None
    ) -> Accepted:
        """Send the final dot and return the answer.

        `following` are sender and recipient of the mail that will be offered next. `meanwhile` is done while
        the server thinks; whatever it raises keeps nobody from hearing the answer.

        Raises Refused; RelayUnusable when the server is to blame and has certainly not taken it; FateUnknown
        when no answer came.
        """
        wire, announced = self._wire, self._what_follows(following)
        try:
            if wire.has_spoken():  # since the mail was offered: not taken, and that is certain
                self._hear_out()
        except OSError as error:
            self._give_up(error)
        try:
            wire.wait_at_most(self._config["MAIL_FINAL_TIMEOUT_SECONDS"])
            wire.say(b"".join((b".\r\n", *announced)))
            seconds = _seconds_of(meanwhile)
            wire.wait_at_most(max(self._config["MAIL_FINAL_TIMEOUT_SECONDS"] - seconds, A_MOMENT))
            answer = self._hear()
            wire.wait_at_most(self._config["MAIL_COMMAND_TIMEOUT_SECONDS"])
        except OSError as error:
            if announced:  # who knows what it made of that
                self._go_step_by_step()
            self.abandon()
            raise FateUnknown(_words_of(error)) from error
        self._is_offering, self._announced = False, announced
        self._sent += 1
        self._used_at = monotonic()
        return self._verdict(answer)

    def withdraw(self) -> None:
        """Leave the server if it was told of a mail that does not come."""
        if self._announced or self._is_offering:
            self.abandon()

    def abandon(self) -> None:
        """Cut the connection: without the final dot the server must forget the mail (RFC 5321 4.1.1.4)."""
        self._is_offering, self._announced = False, ()
        if self._connection is not None:
            self._connection.wire.hang_up()
            self._connection = None

    def close(self) -> None:
        """Say good-bye; whatever happens here is no error, all mails are answered for."""
        self.withdraw()  # it would take our words for the mail
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._wire.wait_at_most(SECONDS_FOR_GOOD_BYE)
                self._wire.ask(b"QUIT\r\n")
            self.abandon()

    def _what_follows(self, following: tuple[str, str] | None) -> Commands:
        """Return what the server may be told with the final dot; nothing that might have to be taken back."""
        is_patient = self._pipelines and monotonic() > self._step_by_step_until
        if following is None or not is_patient or self._is_worn(with_this_one=True):
            return ()
        try:
            return envelope_of(*following)
        except (Refused, RelayUnusable):  # it will be said in its turn
            return ()

    def _announce(self, envelope: Commands) -> None:
        """Announce a mail, unless that has been done; where the old connection is to blame, on a new one."""
        if self._announced not in ((), envelope):
            self.abandon()
            self.ready()
        answers = self._answers_on_old_connection(envelope)
        if not answers:
            self.abandon()
            self.ready()
            answers = self._answers(envelope)
        if refusal := first_refusal(answers):
            self._take_back(is_body_awaited=answers[-1].code == GO_AHEAD)
            self._refuse(*refusal)

    def _answers_on_old_connection(self, envelope: Commands) -> list[Answer]:
        """Return the answers; none when the server has had enough of the connection, and not of us.

        Where it was announced with a final dot, that may be what displeased: then, too, it is said once more.
        """
        was_announced, answers = bool(self._announced), list[Answer]()
        try:
            answers = self._answers(envelope)
        except OSError as error:
            if not was_announced and not (self._sent and isinstance(error, ConnectionError)):
                raise
        if self._sent and is_good_bye(answers):
            return []
        if was_announced and is_taken_badly(answers):
            self._go_step_by_step()
            return []
        return answers

    def _go_step_by_step(self) -> None:
        """Announce nothing for a while: perhaps the server, or what stands before it, cannot bear it."""
        log.info("mail.step_by_step", seconds=SECONDS_STEP_BY_STEP)
        self._step_by_step_until = monotonic() + SECONDS_STEP_BY_STEP

    def _answers(self, commands: Commands) -> list[Answer]:
        """Return what is said to them, as far as it came: behind a refusal a server may hang up."""
        wire, answers = self._wire, list[Answer]()
        at_once, is_said, self._announced = self._pipelines, bool(self._announced), ()
        if at_once and not is_said:
            wire.say(b"".join(commands))
        try:
            for command in commands:
                if not at_once:
                    wire.say(command)
                answers.append(self._hear())
                if answers[-1].code >= REFUSED and not at_once:
                    break
        except OSError:
            if not any(answer.code >= REFUSED for answer in answers):
                raise
            self.abandon()
        return answers

    def _connect(self) -> Connection:
        try:
            with self.waiting.running():
                return connect(self._config)
        except RelayUnusable as trouble:
            trouble.is_before_any_mail = True
            raise

    def _hear(self) -> Answer:
        with self.waiting.running():
            return self._wire.answer()

    def _take_back(self, *, is_body_awaited: bool) -> None:
        """Make the connection fit for the next mail, or leave it."""
        if is_body_awaited:
            self.abandon()  # there is no way to say that no body comes
        if self._connection is None:
            return
        try:
            if self._wire.ask(b"RSET\r\n").code >= REFUSED:
                self.abandon()
        except OSError:
            self.abandon()  # it has answered all the same

    def _is_interrupted(self, body: bytes) -> bool:
        """Say the mail, and tell whether the server spoke or hung up before its end."""
        try:
            self._wire.say(body)
        except (ConnectionError, ssl.SSLError):
            return True
        return self._wire.has_spoken()

    def _hear_out(self) -> NoReturn:
        """Raise for what the server says in the middle of a mail; OSError when it says nothing."""
        answer = self._wire.answer()
        self.abandon()
        self._refuse(Step.DATA, answer)

    def _verdict(self, answer: Answer) -> Accepted:
        """Return or raise the answer to the final dot."""
        if answer.code >= REFUSED:
            self._refuse(Step.DATA, answer)
        if not _TAKEN <= answer.code < _GO_ON:
            self.abandon()
            raise FateUnknown(f"{answer.code} {answer.words}")
        return Accepted(*answer)

    def _refuse(self, step: Step, answer: Answer) -> NoReturn:
        """Raise for an answer that is none of those hoped for."""
        if answer.code < REFUSED or pause_after(step, *answer):
            self.abandon()
            raise unusable(self._name, step, answer)
        raise Refused(step, *answer)

    def _give_up(self, error: OSError) -> NoReturn:
        self.abandon()
        raise RelayUnusable(f"{self._name}: {_words_of(error)}") from error

    def _is_worn(self, *, with_this_one: bool = False) -> bool:
        sent = self._sent + with_this_one
        return sent >= MAILS_PER_CONNECTION or monotonic() - self._opened_at > SECONDS_PER_CONNECTION

    @property
    def _pipelines(self) -> bool:
        return "PIPELINING" in self._connected.offers

    @property
    def _name(self) -> str:
        return f"{self._config['MAIL_SERVER']}:{self._config['MAIL_PORT']}"

    @property
    def _connected(self) -> Connection:
        if self._connection is None:
            raise RelayUnusable(f"{self._name}: not connected")
        return self._connection

    @property
    def _wire(self) -> Wire:
        return self._connected.wire


def _seconds_of(meanwhile: Callable[[], object]) -> float:
    """Do it, and return how long it took."""
    began = monotonic()
    try:
        meanwhile()
    except Exception:  # a mail is on its way, and its answer comes first
        log.exception("mail.meanwhile_failed")
    return monotonic() - began


def _words_of(error: OSError) -> str:
    return error.strerror or str(error)
