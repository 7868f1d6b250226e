"""What somebody can expect of a registration, in words."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from registration.models import Workshop
from registration.reason_words import verdict_sentence
from registration.rules.wall_times import to_local
from registration.services.foreseeing import Expectation, Outlook
from registration.views.words import long_date
from registration.vocabulary import RuleEffect


@dataclass(frozen=True)
class OutlookWords:
    """`look` is one of KERN's: info, success, warning, danger; `title` says what comes, `reasons` why."""

    look: str
    title: str
    reasons: tuple[str, ...] = ()


_TITLES: dict[Expectation, tuple[str, Any]] = {
    Expectation.NO_ORGANISATION: (
        "info",
        _l("Nennen Sie Ihre Kommune oder Organisation. Dann sehen Sie hier, was geschieht."),
    ),
    Expectation.NO_ANSWERS: ("info", _l("Beantworten Sie die Fragen. Dann sehen Sie hier, was geschieht.")),
    Expectation.SEAT: ("success", _l("Sie erhalten sofort einen Platz.")),
    Expectation.REVIEW: ("info", _l("Wir prüfen Ihre Anmeldung. Das Ergebnis steht in Ihrer E-Mail.")),
    Expectation.UNDISCLOSED: (
        "info",
        _l("Wir prüfen, ob Ihre Kommune teilnehmen kann. Das Ergebnis steht in Ihrer E-Mail."),
    ),
    Expectation.PERHAPS_REFUSED: (
        "info",
        _l(
            "Nicht jede Kommune kann teilnehmen. "
            "Wenn Ihre es nicht kann, lesen Sie das gleich nach dem Senden."
        ),
    ),
    Expectation.WAITING: ("warning", _l("Alle Plätze sind vergeben: Sie kommen auf die Warteliste.")),
    Expectation.WAITING_FOR_CHOICE: (
        "warning",
        _l("Für Ihre Auswahl sind alle Plätze vergeben: Sie kommen auf die Warteliste."),
    ),
    Expectation.APPLICATION: ("info", _l("Das Organisationsteam wählt unter allen Bewerbungen aus.")),
    Expectation.LATE: (
        "warning",
        _l("Der Anmeldeschluss ist vorbei: Das Organisationsteam entscheidet über Ihre Anfrage."),
    ),
    Expectation.CLOSED: ("danger", _l("Die Anmeldung ist geschlossen.")),
    Expectation.FULL: ("danger", _l("Alle Plätze sind vergeben. Es gibt keine Warteliste.")),
    Expectation.REFUSED: ("danger", _l("Sie können sich zu dieser Veranstaltung nicht anmelden.")),
}
_REASONS: dict[str, Any] = {
    "agreement_valid": _l("Ihre Kommune hat eine Zielvereinbarung."),
    "agreement_missing": _l("Ihre Kommune hat keine Zielvereinbarung."),
    "agreement_ended": _l("Die Zielvereinbarung Ihrer Kommune ist dann abgelaufen."),
    "agreement_not_yet": _l("Die Zielvereinbarung Ihrer Kommune gilt dann noch nicht."),
    "organisation_unknown": _l("Ihre Organisation ist nicht in unserem Verzeichnis."),
    "organisation_doubtful": _l("Wir haben Ihre Organisation nicht sicher erkannt."),
}


def outlook_words(outlook: Outlook, workshop: Workshop) -> OutlookWords:
    """The outlook in the reader's language."""
    if outlook.expectation is Expectation.REFUSED:
        refusing = [one for one in outlook.reasons if one.met is False and one.effect is RuleEffect.REFUSE]
        told = tuple(verdict_sentence(one.code, one.details) for one in refusing)
        return OutlookWords("danger", str(_TITLES[outlook.expectation][1]), told)
    return words_for(outlook.expectation, [one.code for one in outlook.reasons], workshop)


def words_for(expectation: Expectation, codes: list[str], workshop: Workshop) -> OutlookWords:
    """The same from what a session keeps of it."""
    if expectation is Expectation.SEAT_WITHIN_LIMIT:
        look, title = "success", _within_limit(workshop)
    elif expectation is Expectation.NOT_OPEN:
        look, title = "warning", _begins(workshop)
    elif expectation is Expectation.SEAT and "agreement_valid" in codes:
        return OutlookWords(
            "success", _("Ihre Kommune hat eine Zielvereinbarung: Sie erhalten sofort einen Platz.")
        )
    else:
        look, title = _TITLES[expectation]
    return OutlookWords(look, str(title), tuple(str(_REASONS[code]) for code in codes if code in _REASONS))


def _begins(workshop: Workshop) -> str:
    day = long_date(to_local(workshop.opens_at, workshop.zone)) if workshop.opens_at else ""
    sentence: str = _("Die Anmeldung beginnt am %(day)s.", day=day)
    return sentence


def _within_limit(workshop: Workshop) -> str:
    most = workshop.limit_per_organisation or 0
    sentence: str = _(
        "Sie erhalten sofort einen Platz, wenn Ihre Organisation noch nicht %(most)d Plätze hat.", most=most
    )
    return sentence
