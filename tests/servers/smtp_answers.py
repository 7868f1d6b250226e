"""The words of a scripted mail server, and what it remembers."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

CUT = ""
"""In place of an answer: the line is cut."""
HANG = "…"
"""In place of an answer: nothing, for ever."""
AND_CUT = " (and cut)"
"""At the end of an answer: it is the last one on this connection."""
TOO_MANY = "421 4.3.2 Concurrent connections limit exceeded"

DECENT = {
    "CONNECT": "220 mail.example.org ready",
    "STARTTLS": "220 go ahead",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "DOT": "250 2.0.0 taken",
    "RSET": "250 2.0.0 ok",
    "NOOP": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
}


@dataclass(frozen=True)
class Answer:
    """What the server says and does at one step."""

    words: str
    seconds: float = 0.0
    """How long it thinks before."""
    is_last: bool = False
    """It hangs up afterwards."""
    seconds_per_byte: float = 0.0
    is_taken: bool | None = None
    """At DOT: whether the mail counts as taken; None: it does when the answer is good, or none."""

    @property
    def is_good(self) -> bool:
        return self.words[:1] in "23"

    @property
    def is_cut(self) -> bool:
        return self.words == CUT


Script = str | Answer


@dataclass(frozen=True)
class Taken:
    """A mail that reached its final dot with a good answer, or with none."""

    sender: str
    recipient: str
    content: bytes
    """As it was transmitted, dots taken back."""
    at: datetime
    connection: int
    """Number of the connection, from 1."""
    is_answered: bool

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, EmailMessage, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass(frozen=True)
class Heard:
    """A line that a client said outside a mail."""

    connection: int
    words: str
    is_encrypted: bool
