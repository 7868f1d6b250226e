"""JournalEntry: who did what to what, when, why. Append only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.extensions import Base
from registration.models.columns import one_of
from registration.models.organiser import Organiser
from registration.vocabulary import ActorKind


class JournalEntry(Base):
    """One line; it names records by id only, so that it stays when a person is erased (R-03)."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index("ix_journal_entry_workshop_id_at", "workshop_id", "at"),
        Index("ix_journal_entry_registration_id_at", "registration_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[ActorKind] = mapped_column(one_of(ActorKind))
    organiser_id: Mapped[int | None] = mapped_column(ForeignKey("organiser.id", ondelete="SET NULL"))
    workshop_id: Mapped[int | None] = mapped_column(ForeignKey("workshop.id", ondelete="SET NULL"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="SET NULL"))
    action: Mapped[str]  # "confirmed", "workshop_published", …
    reason: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    organiser: Mapped[Organiser | None] = relationship()


@event.listens_for(JournalEntry, "before_update")
@event.listens_for(JournalEntry, "before_delete")
def _append_only(_mapper: Any, _connection: Any, _entry: JournalEntry) -> None:
    raise RuntimeError("the journal is append only")
