"""A real SMTP server that remembers what it got and answers as a test tells it to."""

import asyncio
import email
from collections.abc import Callable
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from functools import cached_property
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.mail.rfc_check import check
from tests.servers.ports import wait_until

Reply = str | Callable[[str], str | None]


@dataclass(frozen=True)
class Received:
    """An accepted mail: its envelope, the bytes as they came, who sent it."""

    sender: str
    recipients: list[str]
    raw: bytes
    peer: Any = None

    @cached_property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, EmailMessage, policy=policy.default)

    @property
    def to(self) -> str:
        return ", ".join(self.recipients)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    def _body(self, subtype: str) -> str:
        part = self.message.get_body((subtype,))
        return "" if part is None else str(part.get_content())


class SmtpSink:
    """`received` holds what was accepted. `replies["RCPT"] = "550 5.1.1 unknown"` changes an answer.

    Keys: MAIL, RCPT, DATA (the answer to the final dot). Values: a reply; or a list of replies, used up one
    by one; or a function of the address (for DATA: of the text) that returns a reply, or None to accept.

    When it stops it reads every mail strictly; who sends broken ones on purpose sets `is_strict = False`.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.replies: dict[str, Reply | list[Reply]] = {}
        self.seconds_per_mail = 0.0
        """How long it thinks before it accepts a mail, and once more before it says so."""
        self.is_strict, self.sender_domain = True, "example.org"
        self._controller = _FreePort(self, hostname="127.0.0.1", port=0)

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that make the application send here."""
        return {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": self.port}

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        """Raise AssertionError when a mail was not as RFCs and requirements want every mail."""
        self._controller.stop()
        if self.is_strict and (wrong := self.complaints()):
            raise AssertionError("\n".join(wrong))

    def complaints(self) -> list[str]:
        """What is wrong with the mails received, each with whom it went to."""
        return [
            f"mail to {mail.to}: {wrong}"
            for mail in self.received
            for wrong in check(mail.raw, sender_domain=self.sender_domain)
        ]

    def to(self, address: str) -> list[Received]:
        return [mail for mail in self.received if address in mail.recipients]

    def wait_for(self, count: int, seconds: float = 15.0) -> list[Received]:
        """Wait until at least `count` mails were accepted."""
        wait_until(lambda: len(self.received) >= count, seconds)
        return self.received

    async def handle_EHLO(  # noqa: N802 - their name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, offers: list[str]
    ) -> list[str]:
        """Offer PIPELINING, as any decent server does; aiosmtpd can do it, and does not say so."""
        session.host_name = hostname
        return [*offers[:-1], "250-PIPELINING", offers[-1]]

    async def handle_MAIL(  # noqa: N802 - their name
        self, _server: SMTP, _session: Session, envelope: Envelope, sender: str, options: list[str]
    ) -> str:
        if reply := self._scripted("MAIL", sender):
            return reply
        envelope.mail_from = sender
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - their name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self._scripted("RCPT", address):
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - their name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.original_content or b""
        await asyncio.sleep(self.seconds_per_mail)
        if reply := self._scripted("DATA", raw.decode(errors="replace")):
            return reply
        mail = Received(envelope.mail_from or "", list(envelope.rcpt_tos), raw, session.peer)
        self.received.append(mail)
        answer = f"250 2.0.0 OK queued as {len(self.received)}"
        await asyncio.sleep(self.seconds_per_mail)
        return answer

    def _scripted(self, command: str, argument: str) -> str | None:
        reply = self.replies.get(command)
        if isinstance(reply, list):
            reply = reply.pop(0) if reply else None
        return reply(argument) if callable(reply) else reply


class _FreePort(Controller):
    """aiosmtpd's controller, listening on whatever port the system gives."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
