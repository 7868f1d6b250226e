"""Whose certificates are believed: those of the system, or of the agency's own authority (L-63)."""

import ssl
from functools import lru_cache
from pathlib import Path

from registration.mail.outcomes import RelayUnusable
from registration.vocabulary import RelayPause


def trusted_by(ca_file: str | None, *, and_system: bool = False) -> ssl.SSLContext:
    """Return a context that checks certificate and host name. Raises RelayUnusable for a wrong file.

    With a file only its authorities count, unless `and_system`.
    """
    try:
        changed_at = Path(ca_file).stat().st_mtime_ns if ca_file else 0
        return _context(ca_file, changed_at, and_system)
    except OSError as error:  # also ssl.SSLError
        words = f"MAIL_CA_FILE ({ca_file}) ist nicht lesbar oder keine PEM-Datei: {error.strerror or error}"
        raise RelayUnusable(words, RelayPause.CONFIGURATION) from error


@lru_cache(maxsize=8)  # reading the system's authorities takes longer than sending a mail
def _context(ca_file: str | None, _changed_at: int, and_system: bool) -> ssl.SSLContext:
    if ca_file is None or and_system:
        context = ssl.create_default_context()
        if ca_file:
            context.load_verify_locations(ca_file)
        return context
    return ssl.create_default_context(cafile=ca_file)
