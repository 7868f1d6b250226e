"""All that is stored about one person, for her to read and to take along (Art. 15 and 20 GDPR, L-12).

No secrets, nobody else: neither links nor organisers' names, neither bodies of mails nor who was substituted.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from registration.extensions import db
from registration.models import (
    Attendance,
    JournalEntry,
    OutboxMessage,
    PrivacyNotice,
    Registration,
    WorkshopSession,
)

_PLAIN = (
    "reference",
    "language",
    "given_name",
    "family_name",
    "email",
    "pending_email",
    "organisation_name",
    "role",
    "note",
    "support_needs",
    "state",
    "state_changed_at",
    "decision_text",
    "created_at",
    "address_confirmed_at",
    "seat_held_until",
    "offered_until",
    "is_late",
    "is_manual",
    "is_approved",
    "erasure_requested_at",
    "privacy_version",
)


def everything_about(registration: Registration) -> list[dict[str, Any]]:
    """Return one entry for each registration of this person: the same address and the same name.

    A mailbox may be shared (U-14): of others who use it nothing is told. Instants are aware, in UTC.
    """
    own = select(Registration).where(
        Registration.email_key == registration.email_key, Registration.name_key == registration.name_key
    )
    found = list(db.session.scalars(own.order_by(Registration.id)))
    if registration.address_confirmed_at is None:  # nobody has proved to read the mailbox
        found = [registration]
    return [_one(each) for each in found]


def as_json(value: Any) -> Any:
    """Return plain values for JSON: instants as ISO text."""
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_json(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _one(registration: Registration) -> dict[str, Any]:
    return {
        "workshop": registration.workshop.title,
        "sessions": [
            {"title": one.title, "starts_at": one.starts_at, "ends_at": one.ends_at}
            for one in registration.workshop.sessions
        ],
        "registration": {name: getattr(registration, name) for name in _PLAIN}
        | {
            "recognised_organisation": registration.organisation.name if registration.organisation else "",
            "organisation_certainty": registration.organisation_certainty,
            "state_reasons": registration.reasons,
        },
        "conditions": registration.verdict,
        "answers": [
            {"question": one.question.label, "kind": one.question.kind, "answer": one.value.split("\n")}
            for one in registration.answers
        ],
        "consents": [
            {
                "kind": one.kind,
                "wording": one.wording,
                "given_at": one.given_at,
                "revoked_at": one.revoked_at,
            }
            for one in registration.consents
        ],
        "privacy_notice": _privacy_notice(registration),
        "attendance": _attendance(registration),
        "mails": _mails(registration),
        "links": [
            {"purpose": one.purpose, "created_at": one.created_at, "expires_at": one.expires_at}
            for one in registration.links
        ],
        "journal": _journal(registration),
    }


def _privacy_notice(registration: Registration) -> dict[str, Any] | None:
    notice = db.session.get(PrivacyNotice, registration.privacy_version)
    if notice is None:
        return None
    return {"version": notice.version, "shown_from": notice.shown_from, "text": notice.text}


def _attendance(registration: Registration) -> list[dict[str, Any]]:
    query = (
        select(Attendance, WorkshopSession)
        .join(WorkshopSession, WorkshopSession.id == Attendance.session_id)
        .where(Attendance.registration_id == registration.id)
        .order_by(WorkshopSession.starts_at)
    )
    return [
        {
            "session": session.title,
            "starts_at": session.starts_at,
            "attended": one.attended,
            "minutes": one.minutes,
            "recorded_at": one.recorded_at,
        }
        for one, session in db.session.execute(query)
    ]


def _mails(registration: Registration) -> list[dict[str, Any]]:
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.registration_id == registration.id)
        .order_by(OutboxMessage.created_at, OutboxMessage.id)
    )
    return [
        {
            "kind": one.kind,
            "to": one.to_address,
            "created_at": one.created_at,
            "state": one.state,
            "sent_at": one.sent_at,
            "returned_at": one.bounced_at,
        }
        for one in db.session.scalars(query)
    ]


def _journal(registration: Registration) -> list[dict[str, Any]]:
    query = (
        select(JournalEntry.at, JournalEntry.actor, JournalEntry.action)
        .where(JournalEntry.registration_id == registration.id)
        .order_by(JournalEntry.at, JournalEntry.id)
    )
    return [{"at": at, "by": actor, "action": action} for at, actor, action in db.session.execute(query)]
