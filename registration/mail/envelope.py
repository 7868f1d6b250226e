"""A mail in the words of SMTP: from whom, for whom, and the text with its dots doubled (RFC 5321 4.5.2)."""

import re

from registration.mail.outcomes import Refused, RelayUnusable
from registration.rules.smtp_answers import Step
from registration.vocabulary import RelayPause

_LONE_CR_OR_LF = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"^\.", re.M)
_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")


def envelope_of(sender: str, recipient: str) -> tuple[bytes, ...]:
    """Return the three commands; nothing that would say more than an address (M-20)."""
    if not _ADDRESS.fullmatch(sender):
        raise RelayUnusable(f"keine Absenderadresse: {sender!r}", RelayPause.CONFIGURATION)
    if not _ADDRESS.fullmatch(recipient):
        raise Refused(Step.RCPT, 553, "5.1.3 not sent: no address of a mailbox")
    return f"MAIL FROM:<{sender}>\r\n".encode(), f"RCPT TO:<{recipient}>\r\n".encode(), b"DATA\r\n"


def transparent(content: bytes) -> bytes:
    """Return the body with CRLF line ends, doubled leading dots, and a line end before the final dot."""
    is_clean = content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n")
    body = content if is_clean else _LONE_CR_OR_LF.sub(b"\r\n", content)
    if b"\n." in body or body.startswith(b"."):
        body = _LEADING_DOT.sub(b"..", body)
    return body if body.endswith(b"\r\n") else body + b"\r\n"
