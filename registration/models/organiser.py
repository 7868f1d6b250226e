"""Organiser: signed-in staff, and their sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registration.extensions import Base
from registration.models.columns import one_of
from registration.vocabulary import Role


@dataclass(frozen=True)
class GrantedRole(RoleMixin):
    """The role of an organiser, as Flask-Security asks for it."""

    name: str


class Organiser(Base, UserMixin):
    """A person of the agency with an account."""

    __tablename__ = "organiser"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    role: Mapped[Role] = mapped_column(one_of(Role), default=Role.ORGANISER)
    created_at: Mapped[datetime]

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override] # one role, shown as the list that is asked for
        return [GrantedRole(self.role)]

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def may_change(self) -> bool:
        """True for everybody but a viewer."""
        return self.role in (Role.ADMIN, Role.ORGANISER)


class SignIn(Base):
    """A signed-in browser; deleting the row signs it out, whatever its cookie says."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    organiser_id: Mapped[int] = mapped_column(ForeignKey("organiser.id", ondelete="CASCADE"), index=True)
    fingerprint: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
