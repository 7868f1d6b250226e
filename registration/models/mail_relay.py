"""MailRelay: what all workers know about the mail server together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from registration.extensions import Base
from registration.models.columns import one_of
from registration.vocabulary import RelayPause

DEFAULT_RELAY = "default"


class MailRelay(Base):
    """One row. While `pause` is set no mail leaves, and none loses an attempt by it (M-54).

    A pause with `paused_until` ends by itself: then the server is tried again. Without, it lasts until
    somebody resumes, or the worker starts with other settings of the mail server.
    """

    __tablename__ = "mail_relay"
    __table_args__ = (
        CheckConstraint("(pause IS NULL) = (since IS NULL)", name="pause_has_instant"),
        CheckConstraint("pause IS NOT NULL OR paused_until IS NULL", name="end_of_a_pause"),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    pause: Mapped[RelayPause | None] = mapped_column(one_of(RelayPause))
    paused_until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    since: Mapped[datetime | None]
    paused_by: Mapped[str] = mapped_column(default="")  # a person by name, or empty: the worker itself
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    settings_mark: Mapped[str] = mapped_column(default="")  # of the settings that a pause is due to
    slow_until: Mapped[datetime | None]  # one connection only: the server has complained
    paced_until: Mapped[datetime | None]  # by then the mails sent so far fit the pace (M-55)
    in_a_row: Mapped[dict[str, list[str]] | None] = mapped_column(JSON)  # of whom; see steps/in_a_row.py
