"""AccessLink: the secret behind a mailed link, stored so that the database alone opens nothing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.extensions import Base
from registration.models.columns import one_of
from registration.tokens import fingerprint, link_token, new_nonce
from registration.vocabulary import LinkPurpose

if TYPE_CHECKING:
    from registration.models.registration import Registration


class AccessLink(Base):
    """One purpose, one registration; the token itself is made again from nonce and SECRET_KEY (L-54)."""

    __tablename__ = "access_link"
    __table_args__ = (Index("ix_access_link_registration_id_purpose", "registration_id", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    purpose: Mapped[LinkPurpose] = mapped_column(one_of(LinkPurpose))
    nonce: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]

    registration: Mapped[Registration] = relationship(back_populates="links")

    @classmethod
    def issue(
        cls, purpose: LinkPurpose, secret_key: str, *, now: datetime, expires_at: datetime | None = None
    ) -> AccessLink:
        """Make a new secret for the purpose."""
        nonce = new_nonce()
        mark = fingerprint(link_token(secret_key, purpose, nonce))
        return cls(purpose=purpose, nonce=nonce, fingerprint=mark, created_at=now, expires_at=expires_at)

    @classmethod
    def by_token(cls, purpose: LinkPurpose, token: str) -> Select[AccessLink]:
        """Select the link that a token opens for this purpose and no other."""
        return select(cls).where(cls.fingerprint == fingerprint(token), cls.purpose == purpose)

    def token(self, *secret_keys: str) -> str | None:
        """Return the secret, made with the key that fits; None when it is gone (the link still works)."""
        tokens = (link_token(key, self.purpose, self.nonce) for key in secret_keys)
        return next((token for token in tokens if fingerprint(token) == self.fingerprint), None)

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and now >= self.expires_at
