"""Correcting one's own data (Art. 16 GDPR); what the rules ask about is judged anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.models import Answer, Registration
from registration.rules.names import clean, clean_multiline, name_key
from registration.rules.pools import choices_in
from registration.steps.counting import full_options
from registration.steps.editing import set_columns
from registration.steps.journal import PARTICIPANT, write
from registration.steps.rejudging import judge_anew
from registration.steps.seating import lock_registration
from registration.vocabulary import Certainty, RegistrationState

JUDGED = {"organisation_name", "answers"}
"""What decides about the seat."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Correction:
    """What a person has typed anew; `answers` by question id, of all questions that she was asked."""

    given_name: str
    family_name: str
    organisation: str
    role: str
    note: str
    support_needs: str
    answers: Mapping[int, str]


def correct(registration_id: int, typed: Correction, *, now: datetime) -> set[str]:
    """Change a live registration and return the names of what has really changed.

    Another organisation or answer is judged like a new registration: see `judge_anew()`. Raises NotPossible
    for a registration that is over, a name that this address has already, or an option that is full, and
    NotEligible.
    """
    try:
        with one_transaction():
            registration = lock_registration(registration_id)
            if not registration.is_live:
                raise NotPossible(_l("Diese Anmeldung besteht nicht mehr."))
            _refuse_full_options(registration, typed.answers, now)
            changed = _change(registration, typed)
            if changed:
                _note(registration, changed, now)
            db.session.flush()
            if JUDGED & changed:
                judge_anew(registration, now=now)
    except IntegrityError as error:
        raise NotPossible(_l("Unter diesem Namen gibt es schon eine Anmeldung."), "family_name") from error
    if changed:
        log.info("registration.corrected", registration=registration_id, changed=sorted(changed))
    return changed


def _refuse_full_options(registration: Registration, answers: Mapping[int, str], now: datetime) -> None:
    """Who has a seat changes to another option only while that has one left; who waits may wait for it."""
    before = {(one.question_id, option) for one in registration.answers for option in one.value.split("\n")}
    after = {choice for number, value in answers.items() for choice in choices_in(number, value)}
    if registration.state is RegistrationState.WAITING or not after - before:
        return
    for question_id, _option in (after - before) & full_options(registration.workshop, now=now):
        raise NotPossible(
            _l("Alle Plätze für diese Antwort sind vergeben. Wählen Sie eine andere."),
            f"question_{question_id}",
        )


def _change(registration: Registration, typed: Correction) -> set[str]:
    given_name, family_name = clean(typed.given_name), clean(typed.family_name)
    changed = set_columns(
        registration,
        {
            "given_name": given_name,
            "family_name": family_name,
            "organisation_name": clean(typed.organisation),
            "role": clean(typed.role),
            "note": clean_multiline(typed.note),
            "support_needs": clean_multiline(typed.support_needs),
        },
    )
    registration.name_key = name_key(given_name, family_name)
    if "organisation_name" in changed:  # else the one that was found for sure would stay
        registration.organisation_id, registration.organisation_certainty = None, Certainty.NONE
    if _answer(registration, typed.answers):
        changed.append("answers")
    return set(changed)


def _answer(registration: Registration, answers: Mapping[int, str]) -> bool:
    """Keep answers as they are where nothing has changed; a row is replaced by what is answered now."""
    given = {number: value for number, value in answers.items() if value}
    if given == {one.question_id: one.value for one in registration.answers}:
        return False
    kept = [one for one in registration.answers if one.question_id in given]
    for one in kept:
        one.value = given[one.question_id]
    known = {one.question_id for one in kept}
    new = [Answer(question_id=number, value=value) for number, value in given.items() if number not in known]
    registration.answers = [*kept, *new]
    return True


def _note(registration: Registration, changed: set[str], now: datetime) -> None:
    write(
        "corrected",
        now=now,
        actor=PARTICIPANT,
        details={"changed": sorted(changed)},
        workshop_id=registration.workshop_id,
        registration_id=registration.id,
    )
