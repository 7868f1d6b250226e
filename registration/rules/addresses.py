"""E-mail addresses: what is accepted, how it is sent to, and when two are the same (M-22 to M-25)."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import idna
from rapidfuzz.distance import OSA

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_LONGEST_ADDRESS_OCTETS = 254
_LONGEST_LOCAL_PART_OCTETS = 64
_PROVIDERS = (
    "gmail.com", "googlemail.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de", "posteo.de",
    "mailbox.org", "arcor.de", "outlook.com", "outlook.de", "hotmail.com", "hotmail.de", "live.de",
    "yahoo.com", "yahoo.de", "icloud.com", "aol.com", "proton.me", "protonmail.com",
)  # fmt: skip
# One letter away from a provider, and real: no hint.
_REAL_NEIGHBOURS = frozenset(
    ["mail.com", "ymail.com", "email.com", "gmx.com", "gmx.at", "gmx.ch", "aol.de", "live.com"]
)
_SLIPS = {
    "gmx.d": "gmx.de", "gmx.dr": "gmx.de", "gmx.ed": "gmx.de", "gxm.de": "gmx.de", "gmc.de": "gmx.de",
    "web.d": "web.de", "web.dr": "web.de", "wed.de": "web.de", "wbe.de": "web.de", "gmail.de": "gmail.com",
    "gmial.de": "gmail.com", "hotmial.de": "hotmail.de", "tonline.de": "t-online.de",
}  # fmt: skip
_SHORTEST_NAME_TO_GUESS = 5  # shorter domains are too often somebody else's


@dataclass(frozen=True)
class Address:
    """An accepted address: as it is sent to, its comparison key, and its domain as lower-case A-label."""

    address: str
    key: str
    domain: str


class AddressRefused(ValueError):
    """No address that we can send to; `code` is "empty", "format", "umlaut" or "too_long"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_address(raw: str) -> Address:
    """The address in typed text, no DNS asked; raises `AddressRefused` and nothing else (M-22 to M-25)."""
    text = _visible(raw)
    if not text:
        raise AddressRefused("empty")
    if len(text) > _LONGEST_ADDRESS_OCTETS:
        raise AddressRefused("too_long")
    local, _, typed_domain = text.rpartition("@")
    _check_local_part(local)
    domain = ascii_domain(typed_domain)
    if not domain:
        raise AddressRefused("format")
    if len(local) + 1 + len(domain) > _LONGEST_ADDRESS_OCTETS:
        raise AddressRefused("too_long")
    # Not casefold(): it would make straße@ and strasse@ the same person (M-25).
    return Address(address=f"{local}@{domain}", key=f"{local.lower()}@{domain}", domain=domain)


@lru_cache(maxsize=1024)
def ascii_domain(domain: str) -> str:
    """The domain as lower-case A-label (IDNA 2008, UTS 46; M-22), or "" when mail cannot go there."""
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii").lower()
    except (ValueError, IndexError):  # IDNAError is a UnicodeError and with it a ValueError
        return ""
    labels = encoded.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(_LABEL.fullmatch(label) for label in labels):
        return ""
    return encoded


def readable_address(address: str) -> str:
    """The address as people write it: an umlaut domain with its umlauts."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except (ValueError, IndexError):
        return address


def belongs_to(domain: str, parent: str) -> bool:
    """Whether a domain is the other one or lies below it; both as A-labels."""
    return bool(parent) and (domain == parent or domain.endswith(f".{parent}"))


def typo_hint(address: str) -> str | None:
    """The address perhaps meant, for slips in large providers' names; a hint, never a refusal (M-24)."""
    local, at, domain = address.strip().rpartition("@")
    provider = provider_meant(domain.lower())
    return f"{local}@{provider}" if at and local and provider else None


def _visible(raw: str) -> str:
    """Without blanks around it and without invisible characters, which come along from tables (M-24)."""
    text = "".join(character for character in raw if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFC", text.strip())


def _check_local_part(local: str) -> None:
    if any(not character.isascii() and character.isalpha() for character in local):
        raise AddressRefused("umlaut")  # needs SMTPUTF8 on every hop, and there is no way down (M-23)
    if not _LOCAL_PART.fullmatch(local):
        raise AddressRefused("format")
    if len(local) > _LONGEST_LOCAL_PART_OCTETS:
        raise AddressRefused("too_long")


def provider_meant(domain: str) -> str | None:
    """The large provider whose name was perhaps meant by a domain in small letters (M-24)."""
    if domain in _PROVIDERS or domain in _REAL_NEIGHBOURS:
        return None
    if domain in _SLIPS:
        return _SLIPS[domain]
    near = (
        provider
        for provider in _PROVIDERS
        if len(provider.partition(".")[0]) >= _SHORTEST_NAME_TO_GUESS and OSA.distance(domain, provider) == 1
    )
    return next(near, None)
