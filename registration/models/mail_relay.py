"""MailRelay: what all workers know about the mail server together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from registration.extensions import Base

DEFAULT_RELAY = "default"


class MailRelay(Base):
    """One row: while `paused_until` lies ahead no worker tries; no mail loses an attempt by it (M-54)."""

    __tablename__ = "mail_relay"

    name: Mapped[str] = mapped_column(primary_key=True)
    paused_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    reason: Mapped[str] = mapped_column(Text, default="")
    since: Mapped[datetime | None]
