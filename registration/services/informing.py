"""Keeping the texts about data protection that people were shown (L-02)."""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from registration.extensions import db, one_transaction
from registration.models import PrivacyNotice

_VERSION = re.compile(r"[0-9a-f]{12}")  # views/privacy.py: privacy_version()


def keep_notice(version: str, *, language: str, text: str, now: datetime) -> None:
    """Write the text down under its version, unless it stands there; it is never changed."""
    row = {"version": version, "language": language, "text": text, "shown_from": now}
    with one_transaction():
        connection = db.session.connection()
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert(PrivacyNotice).values(row).on_conflict_do_nothing())


def was_shown(version: str) -> bool:
    """Whether there is a text of this version; what cannot be one is not looked for (PostgreSQL: no NUL)."""
    if not _VERSION.fullmatch(version):
        return False
    found = db.session.scalar(select(PrivacyNotice.version).where(PrivacyNotice.version == version))
    return found is not None
