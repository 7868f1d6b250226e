"""Registration: one person's claim on one workshop."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Select, Text, and_, func, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.extensions import Base
from registration.models.access_link import AccessLink
from registration.models.columns import one_of
from registration.models.consent import Consent
from registration.models.question import Answer
from registration.vocabulary import LIVE_STATES, Certainty, LinkPurpose, RegistrationState

if TYPE_CHECKING:
    from registration.models.organisation import Organisation
    from registration.models.workshop import Workshop

_LIVE = text("state IN ('unconfirmed', 'in_review', 'waiting', 'offered', 'confirmed')")


class Registration(Base):
    """A person's claim; its state says whether she has a seat. Its state changes only in steps/seating.py.

    The database refuses a second live claim of the same address and name (M-25, U-14) and a second claim from
    one shown form (U-11).
    """

    __tablename__ = "registration"
    __table_args__ = (
        Index(
            "uq_registration_live_person",
            "workshop_id",
            "email_key",
            "name_key",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(
            "ix_registration_workshop_id_state_confirmed",
            "workshop_id",
            "state",
            "address_confirmed_at",
            "id",
        ),
        Index("ix_registration_email_key", "email_key"),
        CheckConstraint("family_name <> ''", name="family_name_not_empty"),
        CheckConstraint(
            "state NOT IN ('waiting', 'offered', 'confirmed') OR address_confirmed_at IS NOT NULL",
            name="rank_needs_instant",
        ),
        CheckConstraint("seat_held_until IS NULL OR state = 'unconfirmed'", name="hold_only_unconfirmed"),
        CheckConstraint("(offered_until IS NULL) = (state <> 'offered')", name="offer_has_end"),
        CheckConstraint("(pending_email = '') = (pending_email_key = '')", name="pending_email_has_key"),
        Index("ix_registration_offered_until", "offered_until"),
        {"sqlite_autoincrement": True},  # an id is never given twice: intent keys name it
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)  # what a person says on the telephone; opens nothing
    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshop.id", ondelete="RESTRICT"))
    form_key: Mapped[str | None] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(default="de")

    given_name: Mapped[str] = mapped_column(default="")
    family_name: Mapped[str]
    name_key: Mapped[str]
    email: Mapped[str]
    email_key: Mapped[str]
    organisation_name: Mapped[str] = mapped_column(Text, default="")  # as typed
    organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id", ondelete="SET NULL"), index=True
    )
    organisation_certainty: Mapped[Certainty] = mapped_column(one_of(Certainty), default=Certainty.NONE)
    role: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(Text, default="")
    support_needs: Mapped[str] = mapped_column(Text, default="")  # for organisers only, purged early (L-07)
    pending_email: Mapped[str] = mapped_column(default="")  # the new address until it is confirmed (M-34)
    pending_email_key: Mapped[str] = mapped_column(default="")

    state: Mapped[RegistrationState] = mapped_column(
        one_of(RegistrationState), default=RegistrationState.UNCONFIRMED
    )
    state_changed_at: Mapped[datetime]
    state_reason: Mapped[str] = mapped_column(Text, default="")  # codes of rules/seating.py, comma-separated
    decision_text: Mapped[str] = mapped_column(Text, default="")  # the organiser's words to the person
    seat_held_until: Mapped[datetime | None]
    offered_until: Mapped[datetime | None]  # the end of an offer from the waiting list
    created_at: Mapped[datetime]
    address_confirmed_at: Mapped[datetime | None]  # the rank on the waiting list
    is_late: Mapped[bool] = mapped_column(default=False)
    is_manual: Mapped[bool] = mapped_column(default=False)
    is_approved: Mapped[bool] = mapped_column(default=False)  # an organiser has looked and agreed
    # whose seat she takes as soon as she confirms her address
    substitutes_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id", ondelete="SET NULL"), index=True
    )
    # how often her calendar was told something that others were not: a withdrawal, a return (C-06)
    calendar_changes: Mapped[int] = mapped_column(default=0)
    verdict: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    privacy_version: Mapped[str] = mapped_column(default="")  # which privacy text was shown (L-02)
    erasure_requested_at: Mapped[datetime | None]  # she has asked for it (L-13)

    workshop: Mapped[Workshop] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    substitutes: Mapped[Registration | None] = relationship(remote_side="Registration.id")
    links: Mapped[list[AccessLink]] = relationship(
        back_populates="registration", cascade="all, delete-orphan"
    )
    answers: Mapped[list[Answer]] = relationship(cascade="all, delete-orphan", order_by="Answer.question_id")
    consents: Mapped[list[Consent]] = relationship(cascade="all, delete-orphan", order_by="Consent.id")

    @classmethod
    def live(cls, workshop_id: int) -> Select[Registration]:
        return select(cls).where(cls.workshop_id == workshop_id, cls.state.in_(LIVE_STATES))

    def same_person(self) -> Select[Registration]:
        """Select the live registration of this person in this workshop, this one or another (U-14)."""
        cls = type(self)
        return cls.live(self.workshop_id).where(
            cls.email_key == self.email_key, cls.name_key == self.name_key
        )

    @classmethod
    def queue(cls, workshop_id: int) -> Select[Registration]:
        """Select the waiting list, first in line first (R-02)."""
        return (
            select(cls)
            .where(cls.workshop_id == workshop_id, cls.state == RegistrationState.WAITING)
            .order_by(cls.address_confirmed_at, cls.id)
        )

    @classmethod
    def lapsed(cls, now: datetime) -> Select[Registration]:
        """Select unconfirmed registrations whose link to confirm has ended."""
        ended = select(AccessLink.registration_id).where(
            AccessLink.purpose == LinkPurpose.CONFIRM, AccessLink.expires_at <= now
        )
        return select(cls).where(cls.state == RegistrationState.UNCONFIRMED, cls.id.in_(ended))

    @classmethod
    def offers_ended(cls, now: datetime) -> Select[Registration]:
        """Select offered registrations that were not answered in time, those that ended first at the head."""
        return (
            select(cls)
            .where(cls.state == RegistrationState.OFFERED, cls.offered_until <= now)
            .order_by(cls.offered_until, cls.id)
        )

    def ahead(self) -> Select[int]:
        """Count who stands before this one on the waiting list."""
        cls = type(self)
        return select(func.count(cls.id)).where(
            cls.workshop_id == self.workshop_id,
            cls.state == RegistrationState.WAITING,
            or_(
                cls.address_confirmed_at < self.address_confirmed_at,
                and_(cls.address_confirmed_at == self.address_confirmed_at, cls.id < self.id),
            ),
        )

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def has_seat(self) -> bool:
        """True in the only state that sees the meeting room (domain.md)."""
        return self.state == RegistrationState.CONFIRMED

    def has_offer_ended(self, now: datetime) -> bool:
        return self.offered_until is not None and now >= self.offered_until

    @property
    def reasons(self) -> list[str]:
        return [code for code in self.state_reason.split(",") if code]

    def has_lapsed_too_early(self, now: datetime) -> bool:
        """Whether the time to confirm is not over, and a clock gone wrong has ended it (T-12).

        What lapsed before its time, since a newer form took its place, stays so.
        """
        link = self.link(LinkPurpose.CONFIRM)
        if self.state is not RegistrationState.LAPSED or self.address_confirmed_at or not link:
            return False
        return link.expires_at is not None and now < link.expires_at <= self.state_changed_at

    def link(self, purpose: LinkPurpose) -> AccessLink | None:
        """Return the newest link of this purpose."""
        return max(
            (one for one in self.links if one.purpose == purpose), key=lambda one: one.id, default=None
        )

    def enter(
        self,
        state: RegistrationState,
        *,
        now: datetime,
        reasons: tuple[str, ...] = (),
        offered_until: datetime | None = None,
    ) -> None:
        """Set the state and all that belongs to it; whether the step is allowed is decided before."""
        self.state = state
        self.state_changed_at = now
        self.state_reason = ",".join(reasons)
        self.seat_held_until = None
        self.offered_until = offered_until
