"""Sending one mail after the other by hand, without outbox and database."""

from typing import Any

from config import load
from registration.mail.outcomes import Accepted
from registration.mail.transport import Transport

SENDER, ADA, BEN = "bounce@example.org", "ada@musterhausen.example.org", "ben@musterhausen.example.org"
MAIL = b"Subject: Guten Tag\r\nMessage-ID: <1@example.org>\r\n\r\nIhr Platz ist sicher.\r\n"


def settings(**own: Any) -> dict[str, Any]:
    """All settings, with short patience."""
    return load(
        {
            "APP_ENV": "test",
            "SECRET_KEY": "test-secret-key-" * 3,
            "MAIL_CONNECT_TIMEOUT_SECONDS": 2.0,
            "MAIL_COMMAND_TIMEOUT_SECONDS": 2.0,
            "MAIL_FINAL_TIMEOUT_SECONDS": 2.0,
            **own,
        }
    )


def offer(transport: Transport, recipient: str = ADA, content: bytes = MAIL) -> None:
    """Transmit a mail, on a connection that stands, up to its final dot."""
    transport.ready()
    transport.offer(SENDER, recipient, content)


def send(transport: Transport, recipient: str = ADA, content: bytes = MAIL) -> Accepted:
    offer(transport, recipient, content)
    return transport.complete()


def send_announcing(transport: Transport, following: str = BEN) -> Accepted:
    """Send a mail to Ada, and announce the next one with it."""
    offer(transport)
    return transport.complete(following=(SENDER, following))
