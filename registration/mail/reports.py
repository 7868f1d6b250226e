"""Delivery status notifications: the part that mail servers write for programs (RFC 3464, RFC 6533)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from email.policy import compat32
from itertools import islice

_STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}
_MOST_PARTS = 50
_MOST_RECIPIENTS = 50
_ADDRESS = re.compile(r"[^\s<>\"(),:;]{1,64}@[^\s<>\"(),:;]{1,253}")
_EMPTY_LINES = re.compile(r"\r?\n[ \t]*\r?\n")


@dataclass(frozen=True)
class Report:
    """What is said of one recipient; each may be empty."""

    recipients: tuple[str, ...]
    action: str
    status: str
    words: str


def reports_in(mail: Message) -> Iterator[Report]:
    """Yield one report for each recipient; nothing when the mail is no delivery status notification."""
    blocks = (
        block
        for part in parts_of(mail)
        if part.get_content_type() in _STATUS_TYPES
        for block in _blocks(part)
    )
    reports = (
        _report(block) for block in blocks if _text(block, "Final-Recipient") or _text(block, "Action")
    )
    yield from islice(reports, _MOST_RECIPIENTS)


def parts_of(mail: Message) -> Iterator[Message]:
    """Yield the parts of the mail itself, none of a mail that it returns or hands on."""
    return islice(_parts(mail), _MOST_PARTS)


def addresses_in(text: str) -> tuple[str, ...]:
    """Return the addresses in a text, each once."""
    return tuple(dict.fromkeys(one.strip("'.") for one in _ADDRESS.findall(text)))


def _parts(part: Message) -> Iterator[Message]:
    if part.get_content_maintype() != "multipart":
        yield part
        return
    for one in _payload(part):
        yield from _parts(one)


def _blocks(part: Message) -> Iterator[Message]:
    """Yield the groups of fields, those about the whole mail among them.

    Python splits `delivery-status` into them; of the international kind it takes the first for a header.
    """
    for block in _payload(part):
        yield block
        rest = block.get_payload()
        if isinstance(rest, str):
            groups = (group for group in _EMPTY_LINES.split(rest) if group.strip())
            yield from (
                Parser(policy=compat32).parsestr(group.lstrip(), headersonly=True) for group in groups
            )


def _payload(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (one for one in payload if isinstance(one, Message))


def _report(block: Message) -> Report:
    names = (_text(block, field) for field in ("Original-Recipient", "Final-Recipient"))
    recipients = [address for name in names for address in addresses_in(name.partition(";")[2] or name)]
    words = _text(block, "Diagnostic-Code")
    return Report(
        recipients=tuple(dict.fromkeys(recipients)),
        action=_text(block, "Action").lower(),
        status=_text(block, "Status"),
        words=words.partition(";")[2].strip() or words,
    )


def _text(block: Message, field: str) -> str:
    """Return a field as text, whatever bytes the server put there."""
    for name, value in block.raw_items():
        if name.lower() == field.lower():
            return readable(str(value).encode("utf-8", "surrogateescape")).strip()
    return ""


def readable(octets: bytes, charset: str = "utf-8") -> str:
    """Return the text, by the charset that it claims, or by those that are common here; never raises."""
    for name in (charset, "utf-8"):
        try:
            return octets.decode(name)
        except (LookupError, UnicodeError):
            continue
    return octets.decode("cp1252", "replace")
