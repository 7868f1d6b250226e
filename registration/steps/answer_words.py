"""Stored answers as people read them."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from registration.rules.date_words import short_date
from registration.vocabulary import QuestionKind

YES_NO_UNSURE: dict[str, Any] = {"yes": _l("Ja"), "no": _l("Nein"), "unsure": _l("Ich bin unsicher")}


def answer_words(kind: QuestionKind, value: str, language: str) -> str:
    """Return the answer in words; one that was given when the question had another shape, as it stands."""
    match kind:
        case QuestionKind.YES_NO_UNSURE:
            return str(YES_NO_UNSURE.get(value, value))
        case QuestionKind.CHOICES:
            return ", ".join(value.split("\n"))
        case QuestionKind.DATE:
            return _day(value, language)
        case QuestionKind.NUMBER:
            return value.replace(".", ",") if language == "de" else value
    return value


def _day(value: str, language: str) -> str:
    try:
        return short_date(date.fromisoformat(value), language)
    except ValueError:
        return value
