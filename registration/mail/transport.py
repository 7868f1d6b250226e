"""The way to the mail server, in place of Flask-Mail's Connection.

It splits sending in two, so that the database can be told in between: `offer()` transmits everything but the
final dot and proves nothing was accepted yet; `complete()` sends the dot. Flask-Mail checks no certificate,
knows no timeout, and drops single refused recipients in silence; this does none of that (L-63).
"""

import contextlib
import re
import select
import smtplib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Any, NoReturn

MAILS_PER_CONNECTION = 100
SECONDS_PER_CONNECTION = 60
SERVICE_CLOSING = 421
_GO_AHEAD, _REFUSED, _PERMANENT = 354, 400, 500
_LONE_CR_OR_LF = re.compile(rb"\r\n|\r|\n")


class RelayUnusable(Exception):
    """The server cannot be used now; nothing was accepted, no mail is to blame."""


class Refused(Exception):
    """The server refused this one mail."""

    def __init__(self, step: str, code: int, reply: str) -> None:
        super().__init__(f"{step}: {code} {reply}")
        self.step, self.code, self.reply = step, code, reply

    @property
    def is_permanent(self) -> bool:
        return self.code >= _PERMANENT


class FateUnknown(Exception):
    """The connection was lost between the final dot and its answer: nobody can know (RFC 1047)."""


@dataclass(frozen=True)
class Accepted:
    """The server took the mail and answers for it from now on."""

    code: int
    reply: str


class Transport:
    """One connection to the relay, opened when needed, reused, and renewed."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._smtp: smtplib.SMTP | None = None
        self._opened_at = 0.0
        self._sent = 0

    def ready(self) -> None:
        """Make sure that a connection stands. Raises RelayUnusable."""
        if self._smtp and (self._is_worn() or self._peer_spoke()):
            self.close()
        if self._smtp is None:
            self._smtp = self._open()
            self._opened_at, self._sent = monotonic(), 0

    def offer(self, sender: str, recipient: str, content: bytes) -> None:
        """Transmit a mail up to, but without, the final dot. Raises Refused or RelayUnusable."""
        try:
            self._envelope(sender, recipient)
            self._socket.sendall(_transparent(content))
        except (OSError, smtplib.SMTPException) as error:
            self._give_up(error)
        if self._peer_spoke():
            self._give_up(ConnectionError("the server spoke before the end of the mail"))

    def complete(self) -> Accepted:
        """Send the final dot and return the answer. Raises Refused, or FateUnknown when none came."""
        smtp = self._connected
        try:
            self._socket.settimeout(self._config["MAIL_FINAL_TIMEOUT_SECONDS"])
            self._socket.sendall(b".\r\n")
            code, reply = smtp.getreply()
            self._socket.settimeout(self._config["MAIL_COMMAND_TIMEOUT_SECONDS"])
        except (OSError, smtplib.SMTPException) as error:
            self.abandon()
            raise FateUnknown(str(error)) from error
        self._sent += 1
        if code >= _REFUSED:
            if code == SERVICE_CLOSING:
                self.abandon()
            raise Refused("DATA", code, _text(reply))
        return Accepted(code, _text(reply))

    def abandon(self) -> None:
        """Cut the connection: without the final dot the server must forget the mail (RFC 5321 4.1.1.4)."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def close(self) -> None:
        """Say good-bye; whatever happens here is no error, all mails are answered for."""
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self.abandon()

    def _open(self) -> smtplib.SMTP:
        config = self._config
        host, port = config["MAIL_SERVER"], config["MAIL_PORT"]
        options: dict[str, Any] = {"timeout": config["MAIL_CONNECT_TIMEOUT_SECONDS"]}
        options["local_hostname"] = str(config["MAIL_FROM_ADDRESS"]).rpartition("@")[2]
        try:
            if config["MAIL_USE_SSL"]:
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, context=self._tls, **options)
            else:
                smtp = smtplib.SMTP(host, port, **options)
            self._prepare(smtp)
        except (OSError, smtplib.SMTPException) as error:
            raise RelayUnusable(f"{host}:{port}: {error}") from error
        return smtp

    def _prepare(self, smtp: smtplib.SMTP) -> None:
        config = self._config
        try:
            sock = _socket_of(smtp)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # body and dot leave apart
            sock.settimeout(config["MAIL_COMMAND_TIMEOUT_SECONDS"])
            smtp.ehlo_or_helo_if_needed()
            if config["MAIL_USE_TLS"]:
                smtp.starttls(context=self._tls)  # raises where it is not offered: never in clear text
                smtp.ehlo()
            if config["MAIL_USERNAME"]:
                smtp.login(config["MAIL_USERNAME"], config["MAIL_PASSWORD"] or "")
        except BaseException:
            smtp.close()
            raise

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Who may be trusted: read from the system once, and only when it is asked."""
        return ssl.create_default_context()

    def _envelope(self, sender: str, recipient: str) -> None:
        commands = [f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA"]
        if self._connected.has_extn("pipelining"):
            self._socket.sendall("".join(f"{one}\r\n" for one in commands).encode("ascii"))
            answers = self._answers(len(commands))
        else:
            answers = []
            for one in commands:
                answers.append(self._connected.docmd(one))
                if answers[-1][0] >= _REFUSED:
                    break
        self._judge(answers)

    def _answers(self, count: int) -> list[tuple[int, bytes]]:
        """Read that many; a refusal counts also when the server hangs up behind it."""
        answers: list[tuple[int, bytes]] = []
        try:
            while len(answers) < count:
                answers.append(self._connected.getreply())
        except (OSError, smtplib.SMTPException):
            if not any(code >= _REFUSED for code, _reply in answers):
                raise
        return answers

    def _reset(self) -> None:
        """Take back the refused mail; a server that hangs up instead has answered all the same."""
        try:
            self._connected.docmd("RSET")
        except (OSError, smtplib.SMTPException):
            self.abandon()

    def _judge(self, answers: list[tuple[int, bytes]]) -> None:
        """Raise for the first refusal; a server that awaits a body nobody will send is left."""
        for step, (code, reply) in zip(("MAIL", "RCPT", "DATA"), answers, strict=False):
            if code < _REFUSED:
                continue
            if answers[-1][0] == _GO_AHEAD:
                self.abandon()
            elif code != SERVICE_CLOSING:
                self._reset()
            if code == SERVICE_CLOSING or step == "MAIL":
                self._give_up(ConnectionError(f"{step}: {code} {_text(reply)}"))
            raise Refused(step, code, _text(reply))

    def _give_up(self, error: Exception) -> NoReturn:
        self.abandon()
        raise RelayUnusable(str(error)) from error

    def _peer_spoke(self) -> bool:
        """True when the server said something unasked, or closed."""
        sock = self._socket
        pending = sock.pending() if isinstance(sock, ssl.SSLSocket) else 0
        return bool(pending or select.select([sock], [], [], 0)[0])

    def _is_worn(self) -> bool:
        return self._sent >= MAILS_PER_CONNECTION or monotonic() - self._opened_at > SECONDS_PER_CONNECTION

    @property
    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            raise RelayUnusable("not connected")
        return self._smtp

    @property
    def _socket(self) -> socket.socket:
        return _socket_of(self._connected)


def _socket_of(smtp: smtplib.SMTP) -> socket.socket:
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("the connection is closed")
    return smtp.sock


def _transparent(content: bytes) -> bytes:
    """Return the body with CRLF line ends, doubled leading dots, and a line end before the final dot."""
    is_clean = content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n")
    body = content if is_clean else _LONE_CR_OR_LF.sub(b"\r\n", content)
    if b"\n." in body or body.startswith(b"."):
        body = re.sub(rb"(?m)^\.", b"..", body)
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _text(reply: bytes) -> str:
    return reply.decode("utf-8", "replace")[:500]
