"""Checks that several forms share, with the sentences of U-10: they name the field and the remedy."""

from typing import Any

from flask_babel import format_decimal
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form
from wtforms.validators import DataRequired, StopValidation

from registration.rules import names
from registration.rules.addresses import AddressRefused, parse_address

ADDRESS_REFUSALS: dict[str, Any] = {
    "empty": _l("Geben Sie Ihre E-Mail-Adresse ein."),
    "format": _l("Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein."),
    "umlaut": _l("Diese E-Mail-Adresse enthält Umlaute vor dem @. Bitte nennen Sie eine andere."),
    "too_long": _l("Diese E-Mail-Adresse ist zu lang. Bitte nennen Sie eine andere."),
}
FORBIDDEN = _l("„%(label)s“ enthält unsichtbare Steuerzeichen. Bitte tippen Sie den Text neu ein.")
TOO_LONG = _l("„%(label)s“ ist %(length)s Zeichen lang. Erlaubt sind %(most)s.")


class Filled(DataRequired):
    """Something other than blanks is required; the field is marked so."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)


class Text:
    """No control characters, and not longer than `most` characters (M-20, U-06)."""

    def __init__(self, most: int, too_long: Any = TOO_LONG) -> None:
        self.most = most
        self.too_long = too_long

    def __call__(self, _form: Form, field: Field) -> None:
        text = field.data or ""
        label = field.label.text
        if names.has_forbidden_characters(text):
            raise StopValidation(FORBIDDEN % {"label": label})
        if len(text) > self.most:
            length, most = format_decimal(len(text)), format_decimal(self.most)
            raise StopValidation(self.too_long % {"label": label, "length": length, "most": most})


class MailAddress:
    """An address that we can send to (M-22…M-24); `missing` says whose is asked for, if not one's own."""

    field_flags = {"required": True}

    def __init__(self, missing: Any = None) -> None:
        self._refusals = ADDRESS_REFUSALS | ({"empty": missing} if missing else {})

    def __call__(self, _form: Form, field: Field) -> None:
        try:
            parse_address(field.data or "")
        except AddressRefused as refused:
            raise StopValidation(self._refusals[refused.code]) from refused


def can_be_address(text: str) -> bool:
    """Whether we could send to it."""
    try:
        parse_address(text)
    except AddressRefused:
        return False
    return True


def tidy(text: str | None) -> str:
    """One tidy line, as a filter of a field."""
    return names.clean(text or "")


def tidy_multiline(text: str | None) -> str:
    """Tidy text with its line breaks, as a filter of a field."""
    return names.clean_multiline(text or "")
