"""MailRule: one line of a workshop's mail plan."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.extensions import Base
from registration.models.columns import one_of
from registration.vocabulary import Anchor, MailKind, OffsetUnit

if TYPE_CHECKING:
    from registration.models.workshop import Workshop


class MailRule(Base):
    """A timed mail to everybody with a seat, for each session: what, counted from when (T-08)."""

    __tablename__ = "mail_rule"
    __table_args__ = (
        CheckConstraint("(unit = 'minutes') = (at IS NULL)", name="wall_time_for_days"),
        CheckConstraint(
            "kind IN ('reminder', 'meeting_link', 'thanks', 'certificate', "
            "'deadline_reached', 'minimum_not_reached')",
            name="timed_kind",
        ),
        {"sqlite_autoincrement": True},  # an id is never given twice: intent keys name it
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshop.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[MailKind] = mapped_column(one_of(MailKind))
    anchor: Mapped[Anchor] = mapped_column(one_of(Anchor), default=Anchor.SESSION_START)
    unit: Mapped[OffsetUnit] = mapped_column(one_of(OffsetUnit), default=OffsetUnit.DAYS)
    offset: Mapped[int] = mapped_column(default=0)  # negative: before the anchor
    at: Mapped[time | None]  # wall time, for days and working days
    text: Mapped[str] = mapped_column(Text, default="", server_default="")  # the organiser's words in it

    workshop: Mapped[Workshop] = relationship(back_populates="mail_rules")
