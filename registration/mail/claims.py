"""What a person has at present: her registrations in a list of links, her place on a waiting list."""

from dataclasses import dataclass

from sqlalchemy import select

from registration.extensions import db
from registration.mail import words
from registration.mail.private_links import RenderingError, way_in_url
from registration.models import OutboxMessage, Registration
from registration.rules.addresses import AddressRefused, parse_address
from registration.vocabulary import RegistrationState


@dataclass(frozen=True)
class Claim:
    """One registration in a list of links."""

    title: str
    when: str
    state: str
    url: str


def claims(message: OutboxMessage, language: str) -> list[Claim]:
    """Return the registrations that the mail names, as far as they belong to its address (M-36)."""
    ids = (message.context or {}).get("registration_ids") or []
    named = select(Registration).where(Registration.id.in_(ids)).order_by(Registration.id)
    key = _key(message.to_address)
    own = [_claim(one, language) for one in db.session.scalars(named) if one.email_key == key]
    if not own:
        raise RenderingError("keine Anmeldung gehört zu dieser Adresse")
    return own


def rank(registration: Registration) -> int:
    """Return the place on the waiting list now, the first is 1; 0 for who is not on it (R-02)."""
    if registration.state != RegistrationState.WAITING:
        return 0
    return (db.session.scalar(registration.ahead()) or 0) + 1


def _claim(registration: Registration, language: str) -> Claim:
    first = registration.workshop.first_session
    when = words.when(first, language) if first else ""
    state = words.state_sentence(registration, rank(registration))
    return Claim(registration.workshop.title, when, state, way_in_url(registration, language))


def _key(address: str) -> str:
    try:
        return parse_address(address).key
    except AddressRefused:
        return ""
