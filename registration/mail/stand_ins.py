"""Who and what stands in for a mail that does not exist yet (M-94): outside of the database, and harmless.

A person is a copy in the state that the mail is about, with links that open nothing: whoever looks at a
preview must not be able to withdraw somebody by a click.
"""

from datetime import datetime, timedelta

from flask import current_app

from registration.mail.still_wanted import TRUE_IN
from registration.models import AccessLink, Registration, Workshop, WorkshopSession
from registration.rules.session_changes import WHEN
from registration.vocabulary import LIVE_STATES, LinkPurpose, MailKind, RegistrationState

_COPIED = (
    "id",
    "reference",
    "workshop_id",
    "language",
    "given_name",
    "family_name",
    "name_key",
    "email",
    "email_key",
    "organisation_name",
    "role",
    "state",
    "state_reason",
    "state_changed_at",
    "address_confirmed_at",
    "created_at",
    "calendar_changes",
)


def copy_of(person: Registration, workshop: Workshop, kind: MailKind, now: datetime) -> Registration:
    """Return her as she would be when she gets such a mail."""
    copy = Registration(**{name: getattr(person, name) for name in _COPIED})
    right = TRUE_IN.get(kind, LIVE_STATES)
    if copy.state not in right:
        copy.state, copy.state_reason = right[0], ""
    if copy.state is RegistrationState.OFFERED:
        copy.offered_until = person.offered_until or now + timedelta(hours=workshop.offer_hours)
    copy.address_confirmed_at = copy.address_confirmed_at or now
    copy.workshop = workshop
    secret_key = current_app.config["SECRET_KEY"]
    hours = timedelta(hours=current_app.config["CONFIRMATION_HOURS"])
    for purpose in LinkPurpose:
        ends = now + hours if purpose is LinkPurpose.CONFIRM else None
        copy.links.append(AccessLink.issue(purpose, secret_key, now=now, expires_at=ends))
    return copy


def somebody(workshop: Workshop, now: datetime) -> Registration:
    """Return a stand-in with a long name, for a workshop that nobody has registered for."""
    return Registration(
        id=0,
        reference="BEISPIEL",
        workshop_id=workshop.id,
        language=workshop.language,
        given_name="Anna-Katharina",
        family_name="Beispiel-Mustermann",
        name_key="",
        email="anna-katharina.beispiel@example.org",
        email_key="anna-katharina.beispiel@example.org",
        organisation_name="Verbandsgemeinde Musterhausen am Beispielsee",
        role="",
        state=RegistrationState.CONFIRMED,
        state_reason="",
        state_changed_at=now,
        address_confirmed_at=now,
        created_at=now,
        calendar_changes=0,
    )


def context_for(kind: MailKind, workshop: Workshop, now: datetime) -> dict[str, object]:
    """What a mail says beyond its records, where it cannot do without."""
    since = (now - timedelta(days=1)).isoformat()
    made_up: dict[MailKind, dict[str, object]] = {
        MailKind.SEAT_FREE: {"free": 1},
        MailKind.DIGEST: {"new": 3, "withdrawn": 1, "since": since},
        MailKind.ERASURE_REQUESTED: {"registration_id": 0, "reference": "ABC-123"},
        MailKind.WORKSHOP_CHANGED: {
            "sessions": {str(one.id): _week_earlier(one) for one in workshop.sessions[:1]}
        },
    }
    return made_up.get(kind, {"had_seat": True})


def _week_earlier(session: WorkshopSession) -> dict[str, str]:
    """Return the times of a session as if it had been moved by a week."""
    instants = {name: getattr(session, name) for name in WHEN[1:]}
    moved = {name: (at - timedelta(days=7)).isoformat() if at else "" for name, at in instants.items()}
    return moved | {"zone": session.zone}
