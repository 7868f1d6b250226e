"""Making the record of a registration from what somebody typed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import current_app

from registration.consent_words import WORDING
from registration.models import AccessLink, Answer, Consent, Registration, Workshop
from registration.rules.addresses import Address
from registration.rules.names import clean, clean_multiline, name_key
from registration.steps.assessing import Assessment
from registration.steps.inserting import insert_all, insert_one
from registration.steps.references import new_reference
from registration.vocabulary import ConsentKind, LinkPurpose, RegistrationState


@dataclass(frozen=True)
class Details:
    """What somebody typed into the form; `answers` by question id, `form_key` one per shown form (U-11).

    `replaces`: the key of the form that she sent before, with another address.

    `consents`: what she agreed to. `client`: from where, only to be counted (L-56), never stored (L-09).
    """

    family_name: str
    email: str
    organisation: str
    given_name: str = ""
    role: str = ""
    note: str = ""
    support_needs: str = ""
    answers: dict[int, str] = field(default_factory=dict)
    language: str = "de"
    form_key: str | None = None
    replaces: str = ""
    privacy_version: str = ""
    is_late_request: bool = False
    consents: tuple[ConsentKind, ...] = ()
    client: str = ""


def new_registration(
    workshop: Workshop, details: Details, address: Address, assessment: Assessment, now: datetime
) -> Registration:
    """Return the unsaved, unconfirmed registration with its links, answers and consents."""
    family_name, given_name = clean(details.family_name), clean(details.given_name)
    return Registration(
        reference=new_reference(),
        workshop_id=workshop.id,
        form_key=details.form_key,
        language=details.language,
        given_name=given_name,
        family_name=family_name,
        name_key=name_key(given_name, family_name),
        email=address.address,
        email_key=address.key,
        organisation_name=clean(details.organisation),
        organisation_id=assessment.organisation_id,
        organisation_certainty=assessment.certainty,
        role=clean(details.role),
        note=clean_multiline(details.note),
        support_needs=clean_multiline(details.support_needs),
        state=RegistrationState.UNCONFIRMED,
        state_changed_at=now,
        created_at=now,
        is_late=workshop.is_closed(now),
        verdict=assessment.verdict.as_json(),
        privacy_version=details.privacy_version,
        links=_links(now),
        answers=[
            Answer(question_id=number, value=value) for number, value in details.answers.items() if value
        ],
        consents=[
            Consent(kind=kind, wording=str(WORDING[kind]), given_at=now)
            for kind in details.consents
            if kind in workshop.consents
        ],
    )


def insert_registration(registration: Registration) -> None:
    """Insert a new registration with all that belongs to it; the record stays outside of the session."""
    number = insert_one(registration)
    for belonging in (registration.links, registration.answers, registration.consents):
        for one in belonging:
            one.registration_id = number
        insert_all(belonging)


def _links(now: datetime) -> list[AccessLink]:
    secret = current_app.config["SECRET_KEY"]
    until = now + timedelta(hours=current_app.config["CONFIRMATION_HOURS"])
    return [
        AccessLink.issue(LinkPurpose.CONFIRM, secret, now=now, expires_at=until),
        AccessLink.issue(LinkPurpose.MANAGE, secret, now=now),
        AccessLink.issue(LinkPurpose.JOIN, secret, now=now),
    ]
