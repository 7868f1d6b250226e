"""Fields of the desk: German days and clock times, tidy text, words for stored values."""

from collections.abc import Iterable, Mapping
from datetime import date, time
from enum import StrEnum
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    Field,
    Form,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
    widgets,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from registration.rules.date_words import long_date
from registration.rules.names import clean, clean_multiline, has_forbidden_characters
from registration.rules.wall_times import parse_local_date, parse_local_time

LINE, TEXT = 200, 20_000


class LocalDateField(StringField):
    """A day as TT.MM.JJJJ; `day` is the date, the typed text stays in the field (U-17)."""

    day: date | None = None

    def pre_validate(self, form: Any) -> None:
        self.day = None
        if not self.data:
            return
        try:
            self.day = parse_local_date(self.data)
        except ValueError as error:
            raise ValidationError("Schreiben Sie den Tag so: 24.02.2027.") from error

    @property
    def in_words(self) -> str:
        """Return the day with its weekday, to be read back."""
        try:
            return long_date(parse_local_date(self.data or ""), "de")
        except ValueError:
            return ""


class LocalTimeField(StringField):
    """A clock time as hh:mm; `wall_time` is what it says."""

    wall_time: time | None = None

    def pre_validate(self, form: Any) -> None:
        self.wall_time = None
        if not self.data:
            return
        try:
            self.wall_time = parse_local_time(self.data)
        except ValueError as error:
            raise ValidationError("Schreiben Sie die Uhrzeit so: 09:30.") from error


class WordField(SelectField):
    """A choice among the words of the domain; `word` is the member that was chosen."""

    def __init__(
        self, label: str, words: Mapping[Any, Any], *, empty: str | None = None, **options: Any
    ) -> None:
        self.type_of_word: type[StrEnum] = type(next(iter(words)))
        first = [("", empty)] if empty is not None else []
        choices = [*first, *((word.value, str(name)) for word, name in words.items())]
        choose = InputRequired("Wählen Sie eine Möglichkeit.")
        options.setdefault("validators", [Optional()] if empty is not None else [choose])
        super().__init__(label, choices=choices, coerce=str, **options)

    @property
    def word(self) -> Any:
        return self.type_of_word(self.data) if self.data else None


class CheckboxesField(SelectMultipleField):
    """Several choices as boxes to tick."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


def plain(_form: Any, field: Field) -> None:
    """Refuse control characters: no form needs them, some databases break on them."""
    if field.data and has_forbidden_characters(field.data):
        raise ValidationError("Der Text enthält unsichtbare Steuerzeichen. Tippen Sie ihn bitte neu ein.")


def line(label: str, *, required: str = "", longest: int = LINE, **options: Any) -> StringField:
    """Return a field for one line; `required` is the sentence that asks for it."""
    return StringField(label, _checks(required, longest), filters=[_tidy], **options)


def text(label: str, *, required: str = "", longest: int = TEXT, **options: Any) -> TextAreaField:
    """Return a field for several lines."""
    return TextAreaField(label, _checks(required, longest), filters=[_tidy_lines], **options)


def number(label: str, *, least: int, most: int = 100_000, **options: Any) -> IntegerField:
    """Return a field for a whole number that may stay empty."""
    spoken = f"Geben Sie eine ganze Zahl von {least} bis {most} ein."
    return WholeNumberField(label, [Optional(), NumberRange(least, most, spoken)], **options)


class WholeNumberField(IntegerField):
    """A whole number; the message for anything else is ours."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("Geben Sie eine ganze Zahl ein.") from error


def required(message: str) -> InputRequired:
    return InputRequired(message)


def filled(form: FlaskForm | Form, names: Iterable[str]) -> dict[str, Any]:
    """Return what stands in the named fields, and nothing else (no field is taken over unnamed)."""
    return {name: form[name].data for name in names}


def _checks(required_message: str, longest: int) -> list[Any]:
    too_long = Length(max=longest, message=f"Erlaubt sind höchstens {longest} Zeichen.")
    return [*([DataRequired(required_message)] if required_message else []), too_long, plain]


def _tidy(value: str | None) -> str:
    return clean(value or "")


def _tidy_lines(value: str | None) -> str:
    return clean_multiline(value or "")
