"""RateCount: how often something happened in a stretch of time, over all processes (L-56)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from registration.extensions import Base


class RateCount(Base):
    """A counter for a key (fingerprints, never addresses) in the window that begins at `window_start`."""

    __tablename__ = "rate_count"

    key: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
