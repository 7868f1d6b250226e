"""Attendance: who was at which session, beside the state of the registration."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from registration.extensions import Base
from registration.models.workshop_session import WorkshopSession


class Attendance(Base):
    """One person at one session: attended, with minutes where they are known, or absent."""

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("registration_id", "session_id"),
        CheckConstraint("minutes IS NULL OR minutes >= 0", name="minutes_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(ForeignKey("workshop_session.id", ondelete="CASCADE"), index=True)
    attended: Mapped[bool]
    minutes: Mapped[int | None]
    recorded_at: Mapped[datetime]  # first seen at the join page, or entered by an organiser

    @classmethod
    def certified(cls, registration_id: int, now: datetime) -> Select[Attendance]:
        """Select at which sessions that are over somebody was."""
        over = select(WorkshopSession.id).where(
            WorkshopSession.id == cls.session_id, WorkshopSession.ends_at <= now
        )
        return cls.present(registration_id).where(over.exists())

    @classmethod
    def present(cls, registration_id: int) -> Select[Attendance]:
        """Select at which sessions somebody was."""
        return select(cls).where(cls.registration_id == registration_id, cls.attended.is_(True))
