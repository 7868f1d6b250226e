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
from registration.rules.addresses import parse_address
from registration.rules.eligibility import Verdict
from registration.steps import limits
from registration.steps.assessing import Assessment
from registration.steps.journal import PARTICIPANT, write
from registration.steps.recording import Details, new_registration
from registration.steps.seating import lock_registration

log = structlog.get_logger(__name__)


def name_substitute(registration_id: int, details: Details, *, now: datetime) -> None:
    """Ask a colleague of the same organisation to take the seat; it passes when she confirms her address.

    Until then nothing changes: a mistyped address must not cost the seat, nor show a stranger the room.
    Raises NotPossible when there is no seat to pass, or the colleague is registered already, and
    TooManyRequests when somebody names one after the other.
    """
    address = parse_address(details.email)
    with one_transaction():
        before = lock_registration(registration_id)
        workshop = before.workshop
        if not before.has_seat or not workshop.is_published or workshop.is_over(now):
            raise NotPossible(_l("Es gibt keinen sicheren Platz, den Sie weitergeben können."))
        named = limits.count(f"substitute:{before.id}", window=timedelta(hours=1), now=now)
        if named > current_app.config["MAILS_PER_ADDRESS_PER_HOUR"]:
            raise TooManyRequests()
        same = Assessment(
            before.organisation_id, before.organisation_certainty, Verdict.from_json(before.verdict)
        )
        registration = new_registration(workshop, details, address, same, now)
        _refuse_known(registration)
        registration.organisation_name = before.organisation_name
        registration.is_approved, registration.is_late = True, False
        registration.substitutes_id = before.id
        db.session.add(registration)
        db.session.flush()
        write(
            "substitute_named",
            now=now,
            actor=PARTICIPANT,
            details={"substitute": registration.id},
            workshop_id=workshop.id,
            registration_id=before.id,
        )
        cause = f"registration:{registration.id}:received"
        context = {"substitutes": True}
        db.session.add(messages.confirm_address(registration, cause=cause, now=now, context=context))
        number = registration.id
    log.info("registration.substitute_named", registration=registration_id, substitute=number)


def _refuse_known(registration: Registration) -> None:
    if db.session.scalar(select(registration.same_person().exists())):
        raise NotPossible(_l("Diese Person ist schon angemeldet."), field="email")
