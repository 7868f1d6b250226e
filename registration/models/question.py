"""Question: what a workshop asks beyond name and address, and the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.extensions import Base
from registration.models.columns import one_of
from registration.vocabulary import QuestionKind

if TYPE_CHECKING:
    from registration.models.workshop import Workshop


class Question(Base):
    """A question of one workshop; `purpose` says why it is asked and stands beside the field (L-06)."""

    __tablename__ = "question"

    id: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshop.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[QuestionKind] = mapped_column(one_of(QuestionKind))
    label: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text, default="")
    help_text: Mapped[str] = mapped_column(Text, default="")
    is_required: Mapped[bool] = mapped_column(default=False)
    options: Mapped[list[str]] = mapped_column(JSON, default=list)  # of one or several choices
    option_limits: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  # most seats of an option
    # shown only when this other answer has (or contains) the value; without a value: any answer
    depends_on_id: Mapped[int | None] = mapped_column(ForeignKey("question.id", ondelete="SET NULL"))
    depends_on_value: Mapped[str] = mapped_column(default="")

    workshop: Mapped[Workshop] = relationship(back_populates="questions")

    @property
    def field_name(self) -> str:
        """The name of its form field."""
        return f"question_{self.id}"


class Answer(Base):
    """What one registration answered to one question: several choices as lines, a date as ISO text."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("registration_id", "question_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="RESTRICT"), index=True)
    value: Mapped[str] = mapped_column(Text)

    question: Mapped[Question] = relationship(lazy="joined")
