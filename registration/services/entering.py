"""Entering a registration by hand: it came by telephone or e-mail (domain.md, rule 7)."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.models import Registration, Workshop
from registration.rules.addresses import parse_address
from registration.rules.names import clean
from registration.steps.assessing import assess
from registration.steps.journal import organiser, write
from registration.steps.placing import settle
from registration.steps.recording import Details, new_registration


def enter_by_hand(
    workshop_id: int, details: Details, *, organiser_id: int, now: datetime, address_is_confirmed: bool
) -> int:
    """Return the id of the new registration, also after the deadline; rules are kept as a note, never refuse.

    With `address_is_confirmed` it is settled at once; otherwise the person gets the mail to confirm.
    Raises NotPossible when the person is registered already.
    """
    address = parse_address(details.email)
    workshop = db.session.get_one(Workshop, workshop_id)
    organisation = clean(details.organisation)
    assessment = assess(
        workshop, organisation=organisation, email_domain=address.domain, answers=details.answers, now=now
    )
    actor = organiser(organiser_id)
    with one_transaction():
        workshop = Workshop.lock(workshop_id)
        registration = new_registration(workshop, details, address, assessment, now)
        registration.is_manual, registration.is_approved, registration.is_late = True, True, False
        _refuse_known(registration)
        db.session.add(registration)
        db.session.flush()
        write(
            "entered_by_hand", now=now, actor=actor, workshop_id=workshop_id, registration_id=registration.id
        )
        if address_is_confirmed:
            settle(workshop, registration, now=now, actor=actor)
        else:
            cause = f"registration:{registration.id}:received"
            db.session.add(messages.confirm_address(registration, cause=cause, now=now, context={}))
        return registration.id


def _refuse_known(registration: Registration) -> None:
    if db.session.scalar(select(registration.same_person().exists())):
        raise NotPossible(_l("Diese Person ist schon angemeldet."), field="email")
