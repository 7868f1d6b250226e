"""EligibilityRule: who may register for a workshop, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.extensions import Base
from registration.models.columns import one_of
from registration.vocabulary import RuleEffect, RuleKind

if TYPE_CHECKING:
    from registration.models.workshop import Workshop


class EligibilityRule(Base):
    """One condition with its parameters (see rules/eligibility.py) and the effect when it is not met."""

    __tablename__ = "eligibility_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshop.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[RuleKind] = mapped_column(one_of(RuleKind))
    effect: Mapped[RuleEffect] = mapped_column(one_of(RuleEffect), default=RuleEffect.REVIEW)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # a question that a rule asks for cannot be deleted before the rule
    question_id: Mapped[int | None] = mapped_column(
        ForeignKey("question.id", ondelete="RESTRICT"), index=True
    )

    workshop: Mapped[Workshop] = relationship(back_populates="rules")
