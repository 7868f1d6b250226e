"""PrivacyNotice: each text about data protection that people were shown (L-02)."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from registration.extensions import Base


class PrivacyNotice(Base):
    """A text under its version, which registrations name; written once, never changed."""

    __tablename__ = "privacy_notice"

    version: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    shown_from: Mapped[datetime]
