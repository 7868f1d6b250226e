"""Reading bounces: reports of mail servers (RFC 3464), and older ones that say it in words (M-59).

What comes into the bounce mailbox was written by strangers. Nothing here raises, and nothing here believes:
whether a bounce is about a mail of ours is for whoever knows the outbox.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from itertools import islice
from typing import Any

import structlog

from registration.mail.bounce_words import failed_in_words
from registration.mail.reports import Report, reports_in
from registration.mail.verp import message_of
from registration.rules import bounce_codes

MOST_BYTES = 256 * 1024  # what of a mail is read; reports stand at its beginning
LONGEST_WORDS = 500
_MOST_CANDIDATES = 50
_BOUNCE_ADDRESS = re.compile(
    rb"[^\s<>\"(),:;=]{1,64}\+[0-9a-z]{1,13}-[a-z2-7]{16}@[^\s<>\"(),:;]{1,253}", re.I
)
_MESSAGE_ID = re.compile(rb"<[0-9a-f]{32}@[^\s<>@]{1,253}>")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Bounce:
    """What a report says of one recipient, and what shows which mail it is about."""

    outbox_id: int | None
    """The mail that its bounce address names. Nobody can make one up (M-07)."""
    message_ids: tuple[str, ...]
    """Message-IDs in the report that may be ours (M-03)."""
    recipients: tuple[str, ...]
    """What the report calls the recipient: as we wrote to it, as it was forwarded. May be empty."""
    action: str
    status: str
    words: str

    @property
    def is_lost(self) -> bool:
        """Whether the mail is given up, and not only late."""
        return bounce_codes.is_lost(self.action, self.status)

    @property
    def is_permanent(self) -> bool:
        """Whether the address is wrong for good."""
        return self.is_lost and bounce_codes.is_dead(self.status, self.words)


def bounces_in(content: bytes, config: Mapping[str, Any]) -> list[Bounce]:
    """Return what a mail reports, one entry for each recipient; none for anything but a bounce."""
    content = content[:MOST_BYTES]
    try:
        mail = message_from_bytes(content, policy=compat32)
        return [_bounce(report, content, config) for report in _reports(mail)]
    except Exception as error:  # whatever is wrong with a stranger's mail must stop no other
        log.warning("bounce.unreadable", error=type(error).__name__)
        return []


def _reports(mail: Message) -> Iterator[Report]:
    found = list(reports_in(mail))
    return iter(found or failed_in_words(mail))


def _bounce(report: Report, content: bytes, config: Mapping[str, Any]) -> Bounce:
    words = _one_line(report.words)
    status = bounce_codes.status_of(report.status, words)
    return Bounce(
        _named_by_address(content, config),
        _message_ids(content),
        report.recipients,
        report.action,
        status,
        words,
    )


def _named_by_address(content: bytes, config: Mapping[str, Any]) -> int | None:
    """The bounce address stands in To, Delivered-To, X-Original-To or Return-Path: wherever, it is proof."""
    for found in islice(_BOUNCE_ADDRESS.finditer(content), _MOST_CANDIDATES):
        if outbox_id := message_of(found[0].decode(errors="replace"), config):
            return outbox_id
    return None


def _message_ids(content: bytes) -> tuple[str, ...]:
    found = islice(_MESSAGE_ID.finditer(content), _MOST_CANDIDATES)
    return tuple(dict.fromkeys(one[0].decode(errors="replace") for one in found))


def _one_line(words: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in words)
    return " ".join(printable.split())[:LONGEST_WORDS]
