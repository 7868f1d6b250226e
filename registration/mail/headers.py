"""What may stand in a header: checked text, sendable addresses, names that survive (M-06, M-20 to M-26)."""

import re
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import EmailPolicy
from functools import lru_cache
from typing import Any

from registration.rules.addresses import AddressRefused, parse_address

LONGEST_NAME = 75  # characters (M-06)
_UNWANTED_IN_NAMES = re.compile(r'[@:,"]')
_PLAIN = re.compile(r"(?!.*=\?)[!-~]+( [!-~]+)*")  # nothing to encode, nothing that would be decoded
_LONGEST_PLAIN_LINE = 78  # characters (RFC 5322, 2.1.1)
_LONGEST_ENCODED_WORD = 75  # characters (RFC 2047, 2); left alone, the email package writes 76
# controls, line and paragraph separators, overrides of the direction, halves of characters
_BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class _Policy(EmailPolicy):
    """Fold the subject the old way: the new one loses blanks between words with umlauts (Python 3.11)."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        header = Header(str(value), "utf-8", header_name=name, maxlinelen=_LONGEST_ENCODED_WORD)
        folded = header.encode(linesep=self.linesep)
        return f"{name}: {folded}{self.linesep}".encode("ascii")


POLICY = _Policy(linesep="\r\n", cte_type="7bit")  # no server needs 8BITMIME for us


class BuildError(ValueError):
    """The mail cannot be built; the message says which part is wrong, for the organiser (M-21)."""


def check_header(what: str, value: str) -> str:
    """Return the value; BuildError when it holds a character that ends or spoils a header (M-20)."""
    if found := _BREAKING.search(value):
        raise BuildError(f"{what} enthält ein unzulässiges Zeichen (U+{ord(found.group()):04X})")
    return value


@lru_cache(maxsize=256)
def sendable(what: str, address: str) -> str:
    """Return the address with its domain as A-label; BuildError when mail cannot go there (M-22, M-23)."""
    check_header(what, address)
    if "=?" in address:  # allowed, and decoded by mail programs all the same
        raise BuildError(f"{what} ist keine zustellbare E-Mail-Adresse (=?)")
    try:
        return parse_address(address).address
    except AddressRefused as refused:
        raise BuildError(f"{what} ist keine zustellbare E-Mail-Adresse ({refused.code})") from refused


@lru_cache(maxsize=1024)
def header_line(name: str, value: str) -> bytes:
    """Return the header, folded, with CRLF; a short plain value stands as it is. Most are asked for often."""
    if len(name) + 2 + len(value) <= _LONGEST_PLAIN_LINE and _PLAIN.fullmatch(value):
        return f"{name}: {value}\r\n".encode("ascii")
    return _folded(name, value)


@lru_cache(maxsize=256)
def subject_line(subject: str) -> bytes:
    """Return the Subject; BuildError when the reader would not see the very same words (M-08)."""
    line = _folded("Subject", subject)
    parsed = BytesHeaderParser(policy=POLICY).parsebytes(line + b"\r\n")
    if str(parsed["Subject"]) != subject:
        raise BuildError("der Betreff käme verändert an")
    return line


@lru_cache(maxsize=256)
def mailbox(name: str, address: str) -> str:
    """Return `name <address>`, or the address alone when the name would arrive changed (M-06, M-26)."""
    return str(Address(display_name(name), addr_spec=address))


@lru_cache(maxsize=256)
def display_name(name: str) -> str:
    """Return the name without what makes servers refuse it; "" when it would arrive changed (M-06, M-26)."""
    tidy = " ".join(_UNWANTED_IN_NAMES.sub(" ", name).split())
    if len(tidy) > LONGEST_NAME or _BREAKING.search(tidy):
        return ""
    probe = EmailMessage(policy=POLICY)
    probe["From"] = Address(tidy, addr_spec="probe@example.org")
    return tidy if _arrives_as(probe.as_bytes()) == tidy else ""


def _folded(name: str, value: str) -> bytes:
    return POLICY.fold_binary(name, POLICY.header_factory(name, value))


def _arrives_as(content: bytes) -> str:
    parsed: Any = BytesHeaderParser(policy=POLICY).parsebytes(content)
    return str(parsed["From"].addresses[0].display_name)
