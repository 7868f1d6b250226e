"""Workshop: an offer that one registers for."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, Index, Select, Text, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.extensions import Base, db
from registration.models.columns import WALL, one_of
from registration.vocabulary import Decision, WorkshopFormat, WorkshopState

if TYPE_CHECKING:
    from registration.models.eligibility_rule import EligibilityRule
    from registration.models.mail_rule import MailRule
    from registration.models.question import Question
    from registration.models.workshop_session import WorkshopSession


class Workshop(Base):
    """An offer one registers for: one session for a single workshop, several for a programme (domain.md)."""

    __tablename__ = "workshop"
    __table_args__ = (
        CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity_not_negative"),
        CheckConstraint(
            "limit_per_organisation IS NULL OR limit_per_organisation >= 1", name="limit_positive"
        ),
        CheckConstraint("move_up_until_hours >= 0", name="move_up_hours_not_negative"),
        CheckConstraint("offer_hours >= 1", name="offer_hours_positive"),
        CheckConstraint("slug <> ''", name="slug_not_empty"),
        Index("ix_workshop_state_closes_at", "state", "closes_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    state: Mapped[WorkshopState] = mapped_column(one_of(WorkshopState), default=WorkshopState.DRAFT)
    title: Mapped[str]
    subtitle: Mapped[str] = mapped_column(default="")
    series: Mapped[str] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")  # Markdown
    audience: Mapped[str] = mapped_column(Text, default="")  # one line per group
    expectations: Mapped[str] = mapped_column(Text, default="")  # what participants bring
    language: Mapped[str] = mapped_column(default="de")
    format: Mapped[WorkshopFormat] = mapped_column(one_of(WorkshopFormat), default=WorkshopFormat.ONLINE)
    contact_name: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")

    capacity: Mapped[int | None]  # None: no limit
    minimum: Mapped[int | None]  # with fewer seats taken the organiser wants to be told
    has_daily_digest: Mapped[bool] = mapped_column(default=False)
    limit_per_organisation: Mapped[int | None]
    has_waiting_list: Mapped[bool] = mapped_column(default=True)
    decision: Mapped[Decision] = mapped_column(one_of(Decision), default=Decision.AT_ONCE)
    review_holds_seat: Mapped[bool] = mapped_column(default=True)
    allows_late_requests: Mapped[bool] = mapped_column(default=False)
    move_up_until_hours: Mapped[int] = mapped_column(default=24)
    asks_before_moving_up: Mapped[bool] = mapped_column(default=False)  # a free seat is offered first
    offer_hours: Mapped[int] = mapped_column(default=24)  # how long, never past the start
    consents: Mapped[list[str]] = mapped_column(JSON, default=list)  # ConsentKind values that it asks for

    zone: Mapped[str] = mapped_column(default="Europe/Berlin")
    opens_local: Mapped[datetime | None] = mapped_column(WALL)
    opens_at: Mapped[datetime | None]  # derived from it
    deadline_on: Mapped[date | None]  # inclusive, a day of the zone (T-02)
    deadline_time: Mapped[time | None]
    closes_at: Mapped[datetime | None]  # derived from the two above; open while now < closes_at

    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    # sessions taken out since people were last told, with their `versions` as WorkshopSession.told holds them
    untold_removals: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    version: Mapped[int] = mapped_column(default=1)

    sessions: Mapped[list[WorkshopSession]] = relationship(
        back_populates="workshop", order_by="WorkshopSession.starts_at", cascade="all, delete-orphan"
    )
    rules: Mapped[list[EligibilityRule]] = relationship(
        back_populates="workshop", order_by="EligibilityRule.position", cascade="all, delete-orphan"
    )
    questions: Mapped[list[Question]] = relationship(
        back_populates="workshop", order_by="Question.position", cascade="all, delete-orphan"
    )
    mail_rules: Mapped[list[MailRule]] = relationship(
        back_populates="workshop", order_by="MailRule.position", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}

    @classmethod
    def published(cls) -> Select[Workshop]:
        """Select the workshops that the public sees."""
        return select(cls).where(cls.state == WorkshopState.PUBLISHED)

    @classmethod
    def lock(cls, workshop_id: int) -> Workshop:
        """Take the lock under which seats are given, and read the row anew (domain.md, rule 3).

        Only inside `one_transaction()`. On SQLite that already holds the write lock; on PostgreSQL the row is
        locked `FOR NO KEY UPDATE`, which lets other tables go on referring to it.
        """
        return db.session.execute(_LOCKED, {"id": workshop_id}).scalar_one()

    @property
    def first_session(self) -> WorkshopSession | None:
        return self.sessions[0] if self.sessions else None

    @property
    def last_session(self) -> WorkshopSession | None:
        """The one that ends last, which need not begin last."""
        return max(self.sessions, key=lambda one: (one.ends_at, one.id), default=None)

    @property
    def starts_at(self) -> datetime | None:
        return self.sessions[0].starts_at if self.sessions else None

    @property
    def ends_at(self) -> datetime | None:
        return max((one.ends_at for one in self.sessions), default=None)

    @property
    def is_published(self) -> bool:
        return self.state == WorkshopState.PUBLISHED

    def has_opened(self, now: datetime) -> bool:
        return self.opens_at is None or now >= self.opens_at

    def is_closed(self, now: datetime) -> bool:
        """True from the deadline on; without one, from the start of the first session (T-02, T-03).

        A deadline that is a day, and the day of the workshop, may end after it: then it ends with it (T-14).
        """
        end = self.closes_at or self.starts_at
        return (end is not None and now >= end) or self.is_over(now)

    def takes_registrations(self, now: datetime) -> bool:
        return self.is_published and self.has_opened(now) and not self.is_closed(now)

    def is_over(self, now: datetime) -> bool:
        return self.ends_at is not None and now >= self.ends_at

    def publish(self, now: datetime) -> None:
        """Make a draft public; what is missing is checked by the use case."""
        self.state = WorkshopState.PUBLISHED
        self.published_at = now

    def cancel(self, now: datetime) -> None:
        self.state = WorkshopState.CANCELLED
        self.cancelled_at = now


# Built once: putting the query together takes longer than the database needs for it.
_LOCKED = (
    select(Workshop)
    .where(Workshop.id == bindparam("id"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
