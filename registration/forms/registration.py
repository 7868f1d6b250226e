"""The public form of a workshop: one person, and what the workshop asks."""

import re
import secrets
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, StringField, TextAreaField

from registration import clock
from registration.consent_words import WORDING
from registration.errors import RegistrationError
from registration.forms.checks import Filled, MailAddress, Text, can_be_address, tidy, tidy_multiline
from registration.forms.questions import AnswerField, Asked, answer_field
from registration.models import Workshop
from registration.rules.addresses import typo_hint
from registration.rules.conditions import asked_questions
from registration.vocabulary import ConsentKind

LONGEST_LINE = 200
LONGEST_NOTE = 2000
SEND_AGAIN = _l("Bitte senden Sie das Formular noch einmal ab.")
SO_FAST = _l(
    "Das ging sehr schnell. Prüfen Sie bitte Ihre Angaben und senden Sie das Formular noch einmal ab."
)
NOTE_TOO_LONG = _l("Ihre Nachricht ist %(length)s Zeichen lang. Erlaubt sind %(most)s.")
_FORM_KEY = re.compile(r"[0-9a-f]{32}")
_TIME_DIGITS = 8


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
    support_needs: TextAreaField
    website = StringField(_l("Dieses Feld bitte frei lassen"))  # people do not see it, robots fill it in
    form_key = HiddenField("")  # without a label its name would be looked up in a dictionary
    is_late_request = HiddenField("")
    privacy_version = HiddenField("")  # of the text that this form was shown with (L-02)

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

    def was_sent_within(self, seconds: int, now: datetime) -> bool:
        """Whether it comes back sooner than a person can fill it in; one that was never shown does, too."""
        return 0 <= int(now.timestamp()) - int(self.key[:_TIME_DIGITS], 16) < seconds

    @property
    def meant_address(self) -> str | None:
        """The address that was perhaps meant: a hint on the form as it was sent, never a refusal (M-24)."""
        meant = typo_hint(self.email.data or "")
        return meant if meant and can_be_address(meant) else None

    @property
    def other_errors(self) -> list[Any]:
        """What belongs to no visible field: an outdated form, a refusal of the whole."""
        outdated = [SEND_AGAIN] if self.csrf_token.errors else []
        return outdated + list(self.form_errors)

    @property
    def question_fields(self) -> list[AnswerField]:
        """The fields of the workshop's own questions, in their order."""
        return [field for field in self if isinstance(field, AnswerField)]

    @property
    def has_dependent_questions(self) -> bool:
        """Whether one is asked only because of the answer to another."""
        return any(field.asked.condition for field in self.question_fields)

    @property
    def consent_fields(self) -> list["ConsentField"]:
        """What one may agree to, or not (L-04)."""
        return [field for field in self if isinstance(field, ConsentField)]

    @property
    def asked_fields(self) -> list[AnswerField]:
        """The questions that are asked of somebody who has answered so."""
        fields = {field.asked.id: field for field in self.question_fields}
        conditions = {number: field.asked.condition for number, field in fields.items()}
        asked = asked_questions(conditions, {number: field.answer for number, field in fields.items()})
        return [field for number, field in fields.items() if number in asked]

    def needed_answer(self, asked: Asked) -> tuple[Any, Any] | None:
        """Which question has to be answered before this one is asked, and how: both as they are read."""
        if asked.condition is None or (field := self._field_of(asked.condition.on)) is None:
            return None
        return field.asked.label, field.word(asked.condition.value)

    def _field_of(self, question_id: int) -> AnswerField | None:
        return next((field for field in self.question_fields if field.asked.id == question_id), None)

    @property
    def answers(self) -> dict[int, str]:
        """What was answered, by question id; what stands in fields that are not asked is left out."""
        return {field.asked.id: field.answer for field in self.asked_fields if field.answer}

    @property
    def consents(self) -> tuple[ConsentKind, ...]:
        """What was agreed to."""
        return tuple(field.kind for field in self.consent_fields if field.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether everything that is asked is there; what is not asked cannot be wrong."""
        super().validate(extra_validators)
        asked = self.asked_fields
        for field in self.question_fields:
            if field not in asked:
                field.errors = []
        return not self.errors

    def refuse(self, refusal: RegistrationError) -> None:
        """Put what a service said to its field, or on top."""
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]


class ConsentField(BooleanField):
    """A box to tick, or not."""

    def __init__(self, *args: Any, kind: ConsentKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind


def new_form_key() -> str:
    """A key for one shown form: when it was shown, and what makes it unlike every other."""
    shown = f"{int(clock.now().timestamp()):0{_TIME_DIGITS}x}"
    return shown + secrets.token_hex(16)[_TIME_DIGITS:]


def form_for(workshop: Workshop) -> RegistrationForm:
    """The form with the questions of this workshop."""
    return form_class(workshop)()


def form_class(workshop: Workshop) -> type[RegistrationForm]:
    """The class of the form: putting it together takes longer than filling it in."""
    fields = {question.field_name: answer_field(question) for question in workshop.questions}
    # in the order of the page: errors are listed in this order
    last = {"support_needs": _support_needs(), "note": _note(), **_consents(workshop)}
    return type("AskingForm", (RegistrationForm,), {**fields, **last})


def _support_needs() -> Any:
    return TextAreaField(
        _l("Was brauchen Sie, um gut teilnehmen zu können?"),
        [Text(LONGEST_NOTE)],
        filters=[tidy_multiline],
        description=_l(
            "Zum Beispiel Untertitel, Gebärdensprache oder einen stufenlosen Zugang. Nennen Sie nur, was wir "
            "tun können, keine Diagnosen. Ihre Angabe sieht nur das Organisationsteam."
        ),
    )


def _note() -> Any:
    return TextAreaField(
        _l("Nachricht an das Organisationsteam"),
        [Text(LONGEST_NOTE, NOTE_TOO_LONG)],
        filters=[tidy_multiline],
        description=_l("Höchstens 2.000 Zeichen."),
    )


def _consents(workshop: Workshop) -> dict[str, Any]:
    kinds = [kind for kind in ConsentKind if kind in workshop.consents]
    return {f"consent_{kind}": ConsentField(WORDING[kind], kind=kind) for kind in kinds}
