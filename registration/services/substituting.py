"""Naming a colleague who takes one's seat (domain.md: confirmed → substituted)."""

from datetime import datetime, timedelta

import structlog
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from registration.errors import NotPossible, TooManyRequests
from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.models import Registration
from registration.rules.addresses import Address, parse_address
from registration.rules.eligibility import Verdict
from registration.steps import limits
from registration.steps.assessing import Assessment
from registration.steps.journal import PARTICIPANT, write
from registration.steps.known_people import tell_present_state
from registration.steps.recording import Details, new_registration
from registration.steps.seating import enter, lock_registration
from registration.vocabulary import RegistrationState

log = structlog.get_logger(__name__)


def name_substitute(registration_id: int, details: Details, *, now: datetime) -> None:
    """Ask a colleague of the same organisation to take the seat; it passes when she confirms her address.

    Until then nothing changes: a mistyped address must not cost the seat, nor show a stranger the room. Who
    was named before and has not confirmed is named no more. Somebody who is registered already gets her state
    by mail, and the caller learns nothing of it (L-55).
    Raises NotPossible when there is no seat to pass, TooManyRequests when one is named after the other.
    """
    address = parse_address(details.email)
    _refuse_flood(registration_id, address, now)
    with one_transaction():
        before = lock_registration(registration_id)
        workshop = before.workshop
        if not before.has_seat or not workshop.is_published or workshop.is_over(now):
            raise NotPossible(_l("Es gibt keinen sicheren Platz, den Sie weitergeben können."))
        registration = _substitute_of(before, details, address, now)
        known = db.session.scalar(registration.same_person())
        if known is not None and known in _asked(before):
            return  # the second click of a double one (U-11)
        for earlier in _asked(before):
            enter(earlier, RegistrationState.LAPSED, now=now, actor=PARTICIPANT)
        number = _ask(registration, now) if known is None else known.id
        write(
            "substitute_named",
            now=now,
            actor=PARTICIPANT,
            details={"substitute": number},
            workshop_id=workshop.id,
            registration_id=before.id,
        )
        if known is not None:
            tell_present_state(known, now)
    log.info("registration.substitute_named", registration=registration_id, substitute=number)


def _refuse_flood(registration_id: int, address: Address, now: datetime) -> None:
    """Neither many colleagues of one person, nor many mails to one address; a refusal counts, too (L-56)."""
    keys = (f"substitute:{registration_id}", f"substitute_to:{address.key}")
    with one_transaction():
        times = limits.count_each(keys, window=timedelta(hours=1), now=now)
    if max(times) > current_app.config["MAILS_PER_ADDRESS_PER_HOUR"]:
        raise TooManyRequests()


def _substitute_of(before: Registration, details: Details, address: Address, now: datetime) -> Registration:
    """Return the unsaved registration; what the rules said of the organisation holds for her, too."""
    same = Assessment(
        before.organisation_id, before.organisation_certainty, Verdict.from_json(before.verdict)
    )
    registration = new_registration(before.workshop, details, address, same, now)
    registration.organisation_name = before.organisation_name
    registration.substitutes_id = before.id
    return registration


def _asked(before: Registration) -> list[Registration]:
    """Those who were named and have not confirmed yet."""
    query = select(Registration).where(
        Registration.substitutes_id == before.id, Registration.state == RegistrationState.UNCONFIRMED
    )
    return list(db.session.scalars(query))


def _ask(registration: Registration, now: datetime) -> int:
    db.session.add(registration)
    db.session.flush()
    cause = f"registration:{registration.id}:received"
    context = {"substitutes": True}
    db.session.add(messages.confirm_address(registration, cause=cause, now=now, context=context))
    return registration.id
