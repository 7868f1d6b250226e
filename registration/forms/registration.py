"""The public form of a workshop: one person, and what the workshop asks."""

import re
from typing import Any
from uuid import uuid4

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its types
from wtforms.validators import InputRequired, ValidationError

from registration.errors import RegistrationError
from registration.forms.checks import Filled, MailAddress, Text, can_be_address, tidy, tidy_multiline
from registration.models import Question, Workshop
from registration.rules.addresses import typo_hint
from registration.vocabulary import QuestionKind

LONGEST_LINE = 200
LONGEST_ANSWER = 500
LONGEST_NOTE = 2000
SEND_AGAIN = _l("Bitte senden Sie das Formular noch einmal ab.")
NOTE_TOO_LONG = _l("Ihre Nachricht ist %(length)s Zeichen lang. Erlaubt sind %(most)s.")
YES_NO_UNSURE = {"yes": _l("Ja"), "no": _l("Nein"), "unsure": _l("Ich bin unsicher")}
_FORM_KEY = re.compile(r"[0-9a-f]{32}")


class RegistrationForm(FlaskForm):
    """What every workshop asks; `form_for` adds the questions of one (L-06)."""

    given_name = StringField(
        _l("Vorname"),
        [Text(LONGEST_LINE)],
        filters=[tidy],
        description=_l("Wenn Sie nur einen Namen haben, lassen Sie das Feld frei."),
    )
    family_name = StringField(
        _l("Nachname"), [Filled(_l("Geben Sie Ihren Nachnamen ein.")), Text(LONGEST_LINE)], filters=[tidy]
    )
    email = EmailField(
        _l("Dienstliche E-Mail-Adresse"),
        [MailAddress()],
        description=_l("An diese Adresse schicken wir alles Weitere, auch den Zugang."),
    )
    organisation = StringField(
        _l("Kommune oder Organisation"),
        [Filled(_l("Geben Sie Ihre Kommune oder Organisation ein.")), Text(LONGEST_LINE)],
        filters=[tidy],
        description=_l("Ihre Organisation ist nicht in der Liste? Dann schreiben Sie den Namen einfach aus."),
    )
    role = StringField(_l("Funktion"), [Text(LONGEST_LINE)], filters=[tidy])
    note: TextAreaField
    website = StringField(_l("Dieses Feld bitte frei lassen"))  # people do not see it, robots fill it in
    form_key = HiddenField("")  # without a label its name would be looked up in a dictionary
    is_late_request = HiddenField("")

    @property
    def is_from_robot(self) -> bool:
        """True when the field was filled in that people do not see."""
        return bool(self.website.data)

    @property
    def key(self) -> str:
        """The key of this shown form; a repeated one is one registration (U-11)."""
        sent = self.form_key.data or ""
        if not _FORM_KEY.fullmatch(sent):
            self.form_key.data = new_form_key()
        return str(self.form_key.data)

    @property
    def meant_address(self) -> str | None:
        """The address that was perhaps meant; shown beside errors only, never a refusal (M-24)."""
        meant = typo_hint(self.email.data or "") if self.errors else None
        return meant if meant and can_be_address(meant) else None

    @property
    def other_errors(self) -> list[Any]:
        """What belongs to no visible field: an outdated form, a refusal of the whole."""
        outdated = [SEND_AGAIN] if self.csrf_token.errors else []
        return outdated + list(self.form_errors)

    @property
    def question_fields(self) -> list[Field]:
        """The fields of the workshop's own questions, in their order."""
        return [field for field in self if field.name.startswith("question_")]

    @property
    def answers(self) -> dict[int, str]:
        """What was answered, by question id."""
        return {
            int(field.name.removeprefix("question_")): field.data
            for field in self.question_fields
            if field.data
        }

    def refuse(self, refusal: RegistrationError) -> None:
        """Put what a service said to its field, or on top."""
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]


def new_form_key() -> str:
    """A key for one shown form."""
    return uuid4().hex


def form_for(workshop: Workshop) -> RegistrationForm:
    """The form with the questions of this workshop."""
    return form_class(workshop)()


def form_class(workshop: Workshop) -> type[RegistrationForm]:
    """The class of the form: putting it together takes longer than filling it in."""
    fields = {question.field_name: _field(question) for question in workshop.questions}
    # the note last, as on the page: errors are listed in this order
    return type("AskingForm", (RegistrationForm,), {**fields, "note": _note()})


def _note() -> Any:
    return TextAreaField(
        _l("Nachricht an das Organisationsteam"),
        [Text(LONGEST_NOTE, NOTE_TOO_LONG)],
        filters=[tidy_multiline],
        description=_l(
            "Was brauchen Sie, um gut teilnehmen zu können? Nennen Sie bitte nur, was wir tun können, "
            "keine Diagnosen. Höchstens 2.000 Zeichen."
        ),
    )


def _field(question: Question) -> Any:
    label, purpose = question.label, question.purpose
    if question.kind == QuestionKind.SHORT_TEXT:
        missing = _l("Beantworten Sie die Frage „%(label)s“.", label=label)
        required: list[Any] = [Filled(missing)] if question.is_required else []
        return StringField(label, [*required, Text(LONGEST_ANSWER)], filters=[tidy], description=purpose)
    is_choice = question.kind == QuestionKind.CHOICE
    words = {option: option for option in question.options} if is_choice else YES_NO_UNSURE
    choices = [SelectChoice(value, word) for value, word in words.items()]
    checks: list[Any] = [OneOf(list(words))]
    if question.is_required:
        checks.insert(0, InputRequired(_l("Wählen Sie eine Antwort auf „%(label)s“.", label=label)))
    return RadioField(label, checks, choices=choices, description=purpose, validate_choice=False)


class OneOf:
    """One of the offered answers, or none."""

    def __init__(self, values: list[str]) -> None:
        self.values = values

    def __call__(self, _form: Any, field: Field) -> None:
        if field.data and field.data not in self.values:
            field.data = None
            raise ValidationError(_l("Wählen Sie eine der angebotenen Antworten."))
