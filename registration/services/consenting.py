"""Agreeing to more than taking part, and taking it back (L-04); neither changes anything else."""

from datetime import datetime

from flask_babel import lazy_gettext as _l

from registration.consent_words import WORDING
from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.models import Consent, Registration
from registration.steps.journal import PARTICIPANT, write
from registration.steps.seating import lock_registration
from registration.vocabulary import ConsentKind


def give_consent(registration_id: int, kind: ConsentKind, *, now: datetime) -> None:
    """Agree, in the words that the reader sees now; nothing happens when it was given already.

    Raises NotPossible when the registration is over, or the workshop does not ask for it.
    """
    with one_transaction():
        registration = lock_registration(registration_id)
        if not registration.is_live or kind not in registration.workshop.consents:
            raise NotPossible(_l("Diese Einwilligung wird nicht mehr gebraucht."))
        if _in_force(registration, kind) is None:
            given = Consent(
                registration_id=registration.id, kind=kind, wording=str(WORDING[kind]), given_at=now
            )
            db.session.add(given)
            _note("consent_given", registration, kind, now)


def revoke_consent(registration_id: int, kind: ConsentKind, *, now: datetime) -> None:
    """Take it back, also when the registration or the workshop is over; it stays as proof with its end."""
    with one_transaction():
        registration = lock_registration(registration_id)
        given = _in_force(registration, kind)
        if given is not None:
            given.revoked_at = now
            _note("consent_revoked", registration, kind, now)


def _in_force(registration: Registration, kind: ConsentKind) -> Consent | None:
    return next((one for one in registration.consents if one.kind is kind and one.is_in_force), None)


def _note(action: str, registration: Registration, kind: ConsentKind, now: datetime) -> None:
    write(
        action,
        now=now,
        actor=PARTICIPANT,
        details={"consent": kind.value},
        workshop_id=registration.workshop_id,
        registration_id=registration.id,
    )
