"""Fields for a workshop's own questions, one class for each kind of answer."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its types
from wtforms.validators import InputRequired, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput

from registration.forms.checks import Filled, Text, tidy, tidy_multiline
from registration.models import Question
from registration.rules.conditions import Condition
from registration.rules.wall_times import parse_local_date
from registration.steps.answer_words import YES_NO_UNSURE
from registration.vocabulary import QuestionKind

LONGEST_ANSWER = 500
LONGEST_LONG_ANSWER = 2000
NOT_OFFERED = _l("Wählen Sie eine der angebotenen Antworten.")
NO_NUMBER = _l(
    "Geben Sie bei „%(label)s“ eine Zahl ein, zum Beispiel 12 oder 2,5. "
    "Lassen Sie Punkte zwischen Tausendern weg."
)
NO_DATE = _l("Geben Sie bei „%(label)s“ einen Tag im Format TT.MM.JJJJ ein, zum Beispiel 24.02.2027.")
DATE_HINT = _l("TT.MM.JJJJ, zum Beispiel 24.02.2027")
_NUMBER = re.compile(r"[-\u2212]?[0-9]{1,9}([.,][0-9]{1,2})?")


@dataclass(frozen=True)
class Asked:
    """What a field keeps of its question. Not the record: the class of a form must not hold on to that."""

    id: int
    label: str
    kind: QuestionKind
    purpose: str
    help_text: str
    condition: Condition | None


class AnswerField(Field):
    """A field that knows its question; `answer` is what is stored of it."""

    def __init__(self, *args: Any, asked: Asked, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked

    @property
    def answer(self) -> str:
        """One text, empty when nothing was answered."""
        return self.data or ""

    def word(self, value: str) -> Any:
        """The stored value as people read it."""
        return value


class ShortAnswer(AnswerField, StringField):
    """One line."""


class LongAnswer(AnswerField, TextAreaField):
    """Several lines."""


class OfferingField(AnswerField):
    """A field with answers to choose from: `offered` are their words by the stored value."""

    choices: Any

    def __init__(self, *args: Any, offered: Mapping[str, Any], **kwargs: Any) -> None:
        choices = [SelectChoice(value, word) for value, word in offered.items()]
        super().__init__(*args, choices=choices, validate_choice=False, **kwargs)
        self.offered = offered

    def mark_full(self, options: Collection[str], words: Any) -> None:
        """Say behind these options that their seats are taken; they stay choosable."""
        self.choices = [
            SelectChoice(value, f"{word} ({words})" if value in options else word)
            for value, word in self.offered.items()
        ]

    def word(self, value: str) -> Any:
        return self.offered.get(value, value)


class ChoiceAnswer(OfferingField, RadioField):
    """One of many."""


class ChoicesAnswer(OfferingField, SelectMultipleField):
    """Several of many, as boxes to tick; stored as lines, in the order in which they were offered."""

    option_widget = CheckboxInput()

    @property
    def answer(self) -> str:
        return "\n".join(value for value in self.offered if value in (self.data or ()))


class NumberAnswer(AnswerField, StringField):
    """A number as it is written in German or English; stored with a point."""

    @property
    def answer(self) -> str:
        return (self.data or "").replace(",", ".").replace("\u2212", "-")


class DateAnswer(AnswerField, StringField):
    """A day; stored as ISO text.

    A text field and not the browser's own for days: that one empties itself when something else was typed,
    and is hard to use with some screen readers and with speech.
    """

    @property
    def answer(self) -> str:
        day = _day(self.data or "")
        return day.isoformat() if day else ""


class OneOf:
    """Only offered answers."""

    def __init__(self, values: list[str]) -> None:
        self.values = values

    def __call__(self, _form: Any, field: Field) -> None:
        several = isinstance(field.data, list)
        typed = field.data if several else [field.data or ""]
        known = [one for one in typed if one in self.values]
        if [one for one in typed if one] != known:
            field.data = known if several else None
            raise ValidationError(NOT_OFFERED)


def answer_field(question: Question) -> Any:
    """Return the field of a question, to be bound to a form."""
    asked = _asked(question)
    make = _MAKERS[question.kind]
    return make(question, asked)


def _asked(question: Question) -> Asked:
    depends_on = question.depends_on_id
    condition = Condition(depends_on, question.depends_on_value) if depends_on else None
    return Asked(question.id, question.label, question.kind, question.purpose, question.help_text, condition)


def _text_checks(question: Question, longest: int) -> list[Any]:
    missing = _l("Beantworten Sie die Frage „%(label)s“.", label=question.label)
    return [*([Filled(missing)] if question.is_required else []), Text(longest)]


def _short(question: Question, asked: Asked) -> Any:
    return ShortAnswer(question.label, _text_checks(question, LONGEST_ANSWER), filters=[tidy], asked=asked)


def _long(question: Question, asked: Asked) -> Any:
    checks = _text_checks(question, LONGEST_LONG_ANSWER)
    return LongAnswer(question.label, checks, filters=[tidy_multiline], asked=asked)


def _number(question: Question, asked: Asked) -> Any:
    checks = [*_text_checks(question, LONGEST_ANSWER), _is_number]
    return NumberAnswer(question.label, checks, filters=[tidy], asked=asked)


def _date(question: Question, asked: Asked) -> Any:
    checks = [*_text_checks(question, LONGEST_ANSWER), _is_day]
    return DateAnswer(question.label, checks, filters=[tidy], asked=asked)


def _choice(question: Question, asked: Asked) -> Any:
    is_choice = question.kind is QuestionKind.CHOICE
    words = {option: option for option in question.options} if is_choice else YES_NO_UNSURE
    return _offering(ChoiceAnswer, question, asked, words)


def _choices(question: Question, asked: Asked) -> Any:
    return _offering(ChoicesAnswer, question, asked, {option: option for option in question.options})


def _offering(field: Any, question: Question, asked: Asked, words: dict[str, Any]) -> Any:
    checks: list[Any] = [OneOf(list(words))]
    if question.is_required:
        checks.insert(0, InputRequired(_l("Wählen Sie eine Antwort auf „%(label)s“.", label=question.label)))
    return field(question.label, checks, offered=words, asked=asked)


_MAKERS = {
    QuestionKind.YES_NO_UNSURE: _choice,
    QuestionKind.SHORT_TEXT: _short,
    QuestionKind.LONG_TEXT: _long,
    QuestionKind.CHOICE: _choice,
    QuestionKind.CHOICES: _choices,
    QuestionKind.NUMBER: _number,
    QuestionKind.DATE: _date,
}


def _is_number(_form: Any, field: Field) -> None:
    if field.data and not _NUMBER.fullmatch(field.data):
        raise StopValidation(NO_NUMBER % {"label": field.label.text})


def _is_day(_form: Any, field: Field) -> None:
    if field.data and _day(field.data) is None:
        raise StopValidation(NO_DATE % {"label": field.label.text})


def _day(typed: str) -> date | None:
    try:
        return parse_local_date(typed)
    except ValueError:
        return None
