"""Correcting one's own data (Art. 16 GDPR): the form of the workshop without what does not change there."""

from contextlib import suppress
from typing import Any

from registration.forms.questions import AnswerField
from registration.forms.registration import RegistrationForm, form_class
from registration.models import Registration
from registration.rules.date_words import short_date
from registration.rules.wall_times import parse_local_date
from registration.vocabulary import QuestionKind

_NOT_HERE = ("email", "website", "form_key", "is_late_request", "privacy_version")


def correction_form(registration: Registration) -> RegistrationForm:
    """The form with what is known; the address (M-34) and consents (L-04) are changed elsewhere."""
    form = form_class(registration.workshop)(data=_known(registration))
    for name in [*_NOT_HERE, *(field.name for field in form.consent_fields)]:
        del form[name]
    if not form.is_submitted():
        for field in form.question_fields:
            _show(field)
    return form


def _known(registration: Registration) -> dict[str, Any]:
    given = {one.question_id: one.value for one in registration.answers}
    answers = {
        question.field_name: _as_typed(question.kind, given[question.id])
        for question in registration.workshop.questions
        if question.id in given
    }
    names = ("given_name", "family_name", "role", "note", "support_needs")
    own = {name: getattr(registration, name) for name in names}
    return own | answers | {"organisation": registration.organisation_name}


def _as_typed(kind: QuestionKind, value: str) -> Any:
    return value.split("\n") if kind is QuestionKind.CHOICES else value


def _show(field: AnswerField) -> None:
    """A day as people write it; it is stored as ISO text. What is no day stays: the question was another."""
    if field.asked.kind is QuestionKind.DATE and field.data:
        with suppress(ValueError):
            field.data = short_date(parse_local_date(field.data), "de")
