"""Consent: what a person has agreed to beside taking part, in which words, and until when (L-04)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from registration.extensions import Base
from registration.models.columns import one_of
from registration.vocabulary import ConsentKind

_GIVEN = text("revoked_at IS NULL")


class Consent(Base):
    """One consent; a revoked one stays as proof and a new one is a new row. One of a kind is in force."""

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "uq_consent_in_force",
            "registration_id",
            "kind",
            unique=True,
            sqlite_where=_GIVEN,
            postgresql_where=_GIVEN,
        ),
        Index("ix_consent_registration_id", "registration_id"),
        CheckConstraint("wording <> ''", name="wording_not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    kind: Mapped[ConsentKind] = mapped_column(one_of(ConsentKind))
    wording: Mapped[str] = mapped_column(Text)  # as it was shown, in the reader's language
    given_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    @property
    def is_in_force(self) -> bool:
        return self.revoked_at is None
