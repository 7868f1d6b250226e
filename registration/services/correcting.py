"""Correcting one's own data (Art. 16 GDPR)."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from registration.errors import NotPossible
from registration.extensions import one_transaction
from registration.rules.names import clean, clean_multiline, name_key
from registration.steps.journal import PARTICIPANT, write
from registration.steps.seating import lock_registration


def correct(
    registration_id: int, *, given_name: str, family_name: str, role: str, note: str, now: datetime
) -> None:
    """Change name, role and note of a live registration. Raises NotPossible for one that is over."""
    try:
        with one_transaction():
            registration = lock_registration(registration_id)
            if not registration.is_live:
                raise NotPossible(_l("Diese Anmeldung besteht nicht mehr."))
            registration.given_name, registration.family_name = clean(given_name), clean(family_name)
            registration.name_key = name_key(registration.given_name, registration.family_name)
            registration.role, registration.note = clean(role), clean_multiline(note)
            write(
                "corrected",
                now=now,
                actor=PARTICIPANT,
                workshop_id=registration.workshop_id,
                registration_id=registration.id,
            )
    except IntegrityError as error:
        raise NotPossible(_l("Unter diesem Namen gibt es schon eine Anmeldung."), "family_name") from error
