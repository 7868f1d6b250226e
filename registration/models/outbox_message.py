"""OutboxMessage: one mail to one address, from intent to server reply."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    event,
    func,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from registration.extensions import Base, wake_workers
from registration.models.columns import one_of
from registration.models.mail_rule import MailRule
from registration.models.registration import Registration
from registration.models.suppressed_address import SuppressedAddress
from registration.models.workshop import Workshop
from registration.models.workshop_session import WorkshopSession
from registration.vocabulary import MailKind, OutboxState

_QUEUED = text("state = 'queued'")
_LEASED = text("state IN ('claimed', 'sending')")
# SQLite takes the index only for exactly these words in this order
_STUCK = text("state IN ('failed', 'held')")
_BOUNCED = text("bounced_at IS NOT NULL")


class OutboxMessage(Base):
    """A mail that will be sent once. `intent_key` makes the same mail impossible twice (M-51).

    `message_id` is fixed when the row is written and kept on every retry (M-03). `context` holds what the
    mail says beyond its records; `content` the sealed bytes as they went to the server.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index(
            "ix_outbox_message_due",
            "priority",
            "next_attempt_at",
            "id",
            sqlite_where=_QUEUED,
            postgresql_where=_QUEUED,
        ),
        Index("ix_outbox_message_lease", "lease_until", sqlite_where=_LEASED, postgresql_where=_LEASED),
        Index(
            "ix_outbox_message_stuck",
            "state",
            "kind",
            "created_at",
            sqlite_where=_STUCK,
            postgresql_where=_STUCK,
        ),
        Index("ix_outbox_message_bounced", "bounced_at", sqlite_where=_BOUNCED, postgresql_where=_BOUNCED),
        CheckConstraint(
            "(state IN ('claimed', 'sending')) = (claim_token IS NOT NULL)", name="claim_has_token"
        ),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_instant"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    intent_key: Mapped[str] = mapped_column(unique=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[MailKind] = mapped_column(one_of(MailKind))
    workshop_id: Mapped[int | None] = mapped_column(ForeignKey("workshop.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), index=True
    )
    session_id: Mapped[int | None] = mapped_column(ForeignKey("workshop_session.id", ondelete="CASCADE"))
    mail_rule_id: Mapped[int | None] = mapped_column(ForeignKey("mail_rule.id", ondelete="SET NULL"))
    revision: Mapped[int | None]  # of the session, for timed mails
    to_address: Mapped[str]
    language: Mapped[str] = mapped_column(default="de")
    context: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    priority: Mapped[int] = mapped_column(default=0)  # 0 single answers, 5 timed mails, 9 bulk

    state: Mapped[OutboxState] = mapped_column(one_of(OutboxState), default=OutboxState.QUEUED)
    state_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    pointless_after: Mapped[datetime | None]  # M-56
    claim_token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(
        default=0
    )  # refusals by the server, and final dots without an answer
    crashes: Mapped[int] = mapped_column(default=0)  # leases that ended without an answer
    is_uncertain: Mapped[bool] = mapped_column(default=False)  # a copy may have arrived before
    subject: Mapped[str | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_mark: Mapped[str | None]  # of the records that the content was written from
    written_at: Mapped[datetime | None]  # the content, which depends on the time, too
    last_code: Mapped[int | None]
    server_reply: Mapped[str] = mapped_column(Text, default="")
    sent_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]  # it was sent, and came back (M-59)
    bounce: Mapped[str] = mapped_column(Text, default="")  # status and words of the bounce

    registration: Mapped[Registration | None] = relationship()
    workshop: Mapped[Workshop | None] = relationship()
    workshop_session: Mapped[WorkshopSession | None] = relationship()
    mail_rule: Mapped[MailRule | None] = relationship()
    # addresses are stored with their domain as A-label: in small letters they are the key (M-25)
    suppressed: Mapped[SuppressedAddress | None] = relationship(
        primaryjoin=lambda: func.lower(foreign(OutboxMessage.to_address)) == SuppressedAddress.email_key,
        viewonly=True,
    )

    @classmethod
    def is_queued(cls) -> ColumnElement[bool]:
        """The condition in the words of the partial index, which a parameter might keep from being used."""
        return cls.state == literal_column("'queued'")

    @classmethod
    def is_leased(cls) -> ColumnElement[bool]:
        """The same for mails that a worker has."""
        return cls.state.in_([literal_column("'claimed'"), literal_column("'sending'")])

    @classmethod
    def sending_order(cls) -> tuple[Any, ...]:
        """Single answers first, then what has waited longest (M-55)."""
        return cls.priority, cls.next_attempt_at, cls.id


@event.listens_for(OutboxMessage, "after_insert")
def _wake(_mapper: object, _connection: object, _message: OutboxMessage) -> None:
    wake_workers()
