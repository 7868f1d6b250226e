"""The envelope sender: a bounce leads back to its mail, by an address that nobody can make up (M-07).

`bounce+<number>-<code>@…` holds the mail's number and a code made with SECRET_KEY, in letters, digits and a
hyphen. It means the same in capitals, which a server may make of it, and says nothing of the person.
"""

import base64
import hmac
import re
import string
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from registration.rules.addresses import AddressRefused, parse_address

_CODE_BYTES = 10  # 80 bit, 16 characters
_LONGEST_LOCAL_PART_OCTETS = 64  # RFC 5321 4.5.3.1.1
_LONGEST_NUMBER = 2**63 - 1  # what the database can hold
_DIGITS = string.digits + string.ascii_lowercase
_MARK = re.compile(r"([0-9a-z]{1,13})-([a-z2-7]{16})", re.ASCII)


def envelope_sender(message_id: int, config: Mapping[str, Any]) -> str:
    """Return the bounce address; with MAIL_VERP it names the mail. Never empty, never the person's."""
    local, domain = _bounce_address(config)
    marked = f"{local}+{_mark(message_id, config['SECRET_KEY'])}"
    if config["MAIL_VERP"] and len(marked) <= _LONGEST_LOCAL_PART_OCTETS:
        return f"{marked}@{domain}"
    return f"{local}@{domain}"


def message_of(address: str, config: Mapping[str, Any]) -> int | None:
    """Return which mail a bounce address names; None when it is none of ours, or was made up."""
    local, domain = _bounce_address(config)
    before, _, at = address.strip().lower().rpartition("@")
    head, plus, mark = before.rpartition("+")
    if not plus or head != local.lower() or at.rstrip(".") != domain:
        return None
    found = _MARK.fullmatch(mark)
    number = int(found[1], 36) if found else 0
    is_ours = found and any(hmac.compare_digest(_mark(number, key), mark) for key in _keys(config))
    return number if is_ours and 0 < number <= _LONGEST_NUMBER else None


def _bounce_address(config: Mapping[str, Any]) -> tuple[str, str]:
    return _parts(str(config["MAIL_BOUNCE_ADDRESS"] or config["MAIL_FROM_ADDRESS"]))


@lru_cache(maxsize=8)
def _parts(setting: str) -> tuple[str, str]:
    """Return local part and domain; a domain with umlauts as A-label, as it stands in the envelope (M-22)."""
    try:
        setting = parse_address(setting).address
    except AddressRefused:  # such as root@localhost: then as it is
        setting = setting.strip()
    local, _, domain = setting.rpartition("@")
    return local, domain.lower()


def _keys(config: Mapping[str, Any]) -> Iterator[str]:
    yield config["SECRET_KEY"]
    yield from config["SECRET_KEY_FALLBACKS"]


def _mark(number: int, key: str) -> str:
    digest = hmac.digest(key.encode(), f"bounce:{number}".encode(), "sha256")
    return f"{_base36(number)}-{base64.b32encode(digest[:_CODE_BYTES]).decode().lower()}"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
