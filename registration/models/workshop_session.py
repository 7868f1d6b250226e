"""WorkshopSession: one meeting of a workshop, with its meeting room and agenda."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.extensions import Base
from registration.models.columns import WALL

if TYPE_CHECKING:
    from registration.models.workshop import Workshop


class WorkshopSession(Base):
    """One meeting. The wall times are the truth, the instants `*_at` are derived from them (T-01)."""

    __tablename__ = "workshop_session"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        CheckConstraint("dial_in_at IS NULL OR dial_in_at <= starts_at", name="dial_in_before_start"),
        CheckConstraint("sequence >= 0", name="sequence_not_negative"),
        Index("ix_workshop_session_starts_at", "starts_at"),
        Index("ix_workshop_session_ends_at_workshop_id", "ends_at", "workshop_id"),  # what is to come
        {"sqlite_autoincrement": True},  # an id is never given twice: intent keys name it
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshop.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(default="")
    zone: Mapped[str] = mapped_column(default="Europe/Berlin")
    starts_local: Mapped[datetime] = mapped_column(WALL)
    ends_local: Mapped[datetime] = mapped_column(WALL)
    dial_in_local: Mapped[datetime | None] = mapped_column(WALL)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    dial_in_at: Mapped[datetime | None]

    place: Mapped[str] = mapped_column(Text, default="")
    room_platform: Mapped[str] = mapped_column(default="")
    room_link: Mapped[str] = mapped_column(Text, default="")
    room_meeting_number: Mapped[str] = mapped_column(default="")
    room_password: Mapped[str] = mapped_column(default="")
    room_phones: Mapped[str] = mapped_column(Text, default="")  # one number per line

    calendar_uid: Mapped[str] = mapped_column(unique=True)  # for life (C-05)
    sequence: Mapped[int] = mapped_column(default=0)  # rises with every change that calendars show (C-06)
    revision: Mapped[int] = mapped_column(
        default=1
    )  # rises when the session moves: its mails are due anew (T-13)

    # its former versions that somebody may know, in order, wall times as ISO text, each with the instant
    # `until` which it held; None: all know how it is now (rules/session_changes.py)
    told: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))

    workshop: Mapped[Workshop] = relationship(back_populates="sessions")
    agenda: Mapped[list[AgendaItem]] = relationship(
        back_populates="workshop_session", order_by="AgendaItem.position", cascade="all, delete-orphan"
    )

    @property
    def has_room(self) -> bool:
        """True when a person can enter online: a link or at least a telephone number is known."""
        return bool(self.room_link or self.room_phones)

    @property
    def dial_in_or_start_at(self) -> datetime:
        return self.dial_in_at or self.starts_at


class AgendaItem(Base):
    """One line of a session's programme."""

    __tablename__ = "agenda_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("workshop_session.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    at: Mapped[time]  # wall time of the session's day
    item: Mapped[str]
    by: Mapped[str] = mapped_column(default="")

    workshop_session: Mapped[WorkshopSession] = relationship(back_populates="agenda")
