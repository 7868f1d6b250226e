"""The sentences behind the codes of verdicts and placements, as the person and the organiser read them."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from flask_babel import lazy_gettext as _l

VERDICT: dict[str, Any] = {
    "agreement_valid": _l("%(organisation)s hat eine gültige Zielvereinbarung."),
    "agreement_ended": _l("Die Zielvereinbarung von %(organisation)s ist am %(until)s abgelaufen."),
    "agreement_not_yet": _l("Die Zielvereinbarung von %(organisation)s beginnt erst am %(from)s."),
    "agreement_missing": _l("%(organisation)s hat keine Zielvereinbarung."),
    "organisation_unknown": _l("Die Organisation ist nicht im Verzeichnis."),
    "organisation_doubtful": _l(
        "Die Organisation ist nicht eindeutig: Gemeint ist vielleicht %(organisation)s."
    ),
    "state_matches": _l("Die Organisation liegt im richtigen Bundesland (%(state)s)."),
    "state_differs": _l("Die Organisation liegt in %(state)s. Die Veranstaltung richtet sich an %(states)s."),
    "state_unknown": _l("Das Bundesland von %(organisation)s ist nicht bekannt."),
    "domain_matches": _l("Die E-Mail-Adresse gehört dazu (%(domain)s)."),
    "domain_differs": _l("Die E-Mail-Adresse gehört nicht dazu (%(domain)s)."),
    "domain_unknown": _l("Für %(organisation)s sind keine E-Mail-Adressen bekannt."),
    "answer_yes": _l("Die Frage ist mit Ja beantwortet."),
    "answer_no": _l("Die Frage ist mit Nein beantwortet."),
    "answer_unsure": _l("Die Frage ist mit „unsicher“ beantwortet."),
    "answer_missing": _l("Die Frage ist nicht beantwortet."),
    "answer_not_asked": _l("Die Frage wurde nicht gestellt: Sie hängt von einer anderen Antwort ab."),
    "answer_accepted": _l("Die Antwort passt (%(answer)s)."),
    "answer_not_accepted": _l("Die Antwort passt nicht (%(answer)s)."),
}

PLACEMENT: dict[str, Any] = {
    "review_rule": _l("Die Voraussetzungen sind noch zu prüfen."),
    "late": _l("Die Anfrage kam nach dem Anmeldeschluss."),
    "by_organiser": _l("Über jede Anmeldung entscheidet die Organisation."),
    "apply_first": _l("Die Auswahl erfolgt nach dem Anmeldeschluss."),
    "full": _l("Alle Plätze sind vergeben."),
    "queue": _l("Andere warten schon auf einen Platz."),
    "limit_per_organisation": _l("Die Plätze für diese Organisation sind vergeben."),
    "option_full": _l("Alle Plätze für „%(option)s“ sind vergeben."),
    "over_capacity": _l("Wissentlich über die Zahl der Plätze hinaus vergeben."),
    "offer_ended": _l("Der angebotene Platz wurde nicht rechtzeitig angenommen."),
    "by_hand": _l("Von der Organisation so entschieden."),
    "changed_by_person": _l("Angaben geändert, bitte prüfen: Die Voraussetzungen sind so nicht erfüllt."),
}


def verdict_sentence(code: str, details: Mapping[str, str]) -> str:
    """Return the sentence for one reason of a verdict; days come as ISO text and go as people write them."""
    shown = {name: _readable(name, value) for name, value in details.items()}
    for missing in ("organisation", "until", "from", "state", "states", "domain", "answer"):
        shown.setdefault(missing, "?")
    sentence = VERDICT.get(code)
    return str(sentence) % shown if sentence is not None else code


def placement_sentences(codes: Iterable[str]) -> list[str]:
    """Return the sentences for the codes that stand with a state."""
    return [_placement_sentence(*code.partition(":")) for code in codes]


def _placement_sentence(reason: str, _colon: str, option: str) -> str:
    return str(PLACEMENT.get(reason, reason)).replace("%(option)s", unquote(option))


def _readable(name: str, value: str) -> str:
    if name in {"until", "from"} and len(value) == len("2027-02-24"):
        year, month, day = value.split("-")
        return f"{day}.{month}.{year}"
    return value
