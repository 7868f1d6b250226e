"""Putting an address right at the desk: it was mistyped, or no mail arrives there (domain.md, rule 7)."""

from datetime import datetime

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.models import Registration, SuppressedAddress
from registration.rules.addresses import Address, parse_address
from registration.steps.assessing import assess_again
from registration.steps.journal import Actor, organiser
from registration.steps.new_addresses import (
    TAKEN,
    ask_new_address,
    replace_address,
    replace_unconfirmed_address,
)
from registration.steps.rejudging import store_verdict
from registration.steps.seating import lock_registration

log = structlog.get_logger(__name__)


def correct_address(
    registration_id: int, email: str, *, is_certain: bool, organiser_id: int, now: datetime
) -> bool:
    """Change the address of a live registration; False: its new reader is asked first, as M-34 wants.

    `is_certain`: somebody has spelled it, so nobody is asked. Who has not confirmed any address yet is asked
    at the new one in every case. The verdict is stored as of now; seats and ranks stay for an organiser to
    decide. Raises NotPossible.
    """
    address = parse_address(email)
    try:
        with one_transaction():
            registration = lock_registration(registration_id)
            _refuse_pointless(registration, address)
            is_changed = _correct(registration, address, is_certain, organiser(organiser_id), now)
    except IntegrityError as error:
        raise NotPossible(TAKEN, "email") from error
    log.info("registration.address_corrected", registration=registration_id, is_changed=is_changed)
    return is_changed


def _correct(
    registration: Registration, address: Address, is_certain: bool, actor: Actor, now: datetime
) -> bool:
    if registration.address_confirmed_at is None:
        replace_unconfirmed_address(registration, address, actor=actor, now=now)
    elif is_certain:
        replace_address(registration, address, actor=actor, now=now)
    else:
        ask_new_address(registration, address, actor=actor, now=now)
        return False
    store_verdict(registration, assess_again(registration, now=now), actor=actor, now=now)
    return True


def _refuse_pointless(registration: Registration, address: Address) -> None:
    if not registration.is_live:
        raise NotPossible(_l("Diese Anmeldung besteht nicht mehr."))
    if address.key == registration.email_key and address.address == registration.email:
        raise NotPossible(_l("Das ist die Adresse, die wir schon haben."), "email")
    if db.session.get(SuppressedAddress, address.key):
        raise NotPossible(
            _l("Diese Adresse ist als unzustellbar markiert. Heben Sie zuerst die Sperre auf."), "email"
        )
