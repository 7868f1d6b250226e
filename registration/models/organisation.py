"""Organisation: a municipality, district, university or agency of the register, and its agreements."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.extensions import Base
from registration.models.columns import one_of
from registration.vocabulary import FederalState, OrganisationKind


class Organisation(Base):
    """An entry of the register. `official_key` is text: its leading zero matters (U-08)."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[OrganisationKind] = mapped_column(
        one_of(OrganisationKind), default=OrganisationKind.MUNICIPALITY
    )
    state: Mapped[FederalState | None] = mapped_column(one_of(FederalState))
    official_key: Mapped[str | None] = mapped_column(unique=True)
    changed_at: Mapped[datetime]  # also when an alias or a domain changes: the search index asks for it

    aliases: Mapped[list[OrganisationAlias]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    domains: Mapped[list[OrganisationDomain]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    agreements: Mapped[list[Agreement]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Agreement.valid_from"
    )


class OrganisationAlias(Base):
    """Another name under which people know an organisation."""

    __tablename__ = "organisation_alias"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str]


class OrganisationDomain(Base):
    """A domain of the organisation's e-mail addresses, in lower case as A-label."""

    __tablename__ = "organisation_domain"
    __table_args__ = (UniqueConstraint("organisation_id", "domain"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    domain: Mapped[str] = mapped_column(index=True)


class Agreement(Base):
    """A target agreement (Zielvereinbarung); both days count, `valid_until` None is open-ended."""

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name="from_before_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), index=True
    )
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
