"""Secrets of mailed links, and the sealing of what must not be readable in the database.

A link's secret is made from SECRET_KEY and a random nonce of the record, and found again by its SHA-256: the
database alone opens no door, and a mail can be rendered at any time without storing its links (L-54).
"""

import base64
import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")
_TRAILING = ".>,;)"  # what mail programs glue to a link (M-35)
_WRAPPING = re.compile(r"[=\s]")  # what they break long lines with; no secret holds it


def new_nonce() -> str:
    """Return 128 random bits as text."""
    return secrets.token_urlsafe(16)


def link_token(secret_key: str, purpose: str, nonce: str) -> str:
    """Return the 43 characters `[A-Za-z0-9_-]` (256 bit) that open the page `purpose` (M-35)."""
    digest = hmac.digest(secret_key.encode(), f"link:{purpose}:{nonce}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def fingerprint(token: str) -> str:
    """Return the SHA-256 under which a secret is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def clean_token(token: str) -> str | None:
    """Return the token without what a mail program glued to it, or None when it cannot be one."""
    token = _WRAPPING.sub("", token).rstrip(_TRAILING)
    return token if _SHAPE.fullmatch(token) else None


def seal(text: bytes, secret_key: str) -> bytes:
    """Compress and encrypt, so that a copy of the database shows neither links nor letters."""
    return _fernet((secret_key,)).encrypt(zlib.compress(text, 1))


def unseal(sealed: bytes, secret_keys: Sequence[str]) -> bytes | None:
    """Return what was sealed with one of the keys (newest first), None when none fits any more."""
    try:
        return zlib.decompress(_fernet(tuple(secret_keys)).decrypt(sealed))
    except InvalidToken:
        return None


@lru_cache(maxsize=4)
def _fernet(secret_keys: tuple[str, ...]) -> MultiFernet:
    digests = (hashlib.sha256(b"seal:" + key.encode()).digest() for key in secret_keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
