"""SuppressedAddress: an address that mail never reaches."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from registration.extensions import Base


class SuppressedAddress(Base):
    """Nothing is sent there until somebody lifts it, or the person gives another address (M-59)."""

    __tablename__ = "suppressed_address"

    email_key: Mapped[str] = mapped_column(primary_key=True)  # M-25
    since: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="")  # of the bounce: 5.1.1
    reason: Mapped[str] = mapped_column(Text, default="")  # the words of the receiving server, or of the desk
    outbox_message_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbox_message.id", ondelete="SET NULL"), index=True
    )
    organiser_id: Mapped[int | None] = mapped_column(ForeignKey("organiser.id", ondelete="SET NULL"))
