"""The privacy text from its settings, and the version of it that a registration keeps (L-01, L-02)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l

PURPOSES = _l(
    "Wir brauchen Ihre Angaben, um Ihre Anmeldung zu bearbeiten, Plätze zu vergeben, Ihnen den Zugang zu "
    "schicken und die Veranstaltung durchzuführen. Für andere Zwecke nutzen wir sie nicht."
)
RIGHTS = _l(
    "Sie können Auskunft über Ihre Daten verlangen, sie berichtigen oder löschen lassen und ihre "
    "Verarbeitung einschränken lassen. Sie können der Verarbeitung widersprechen. Wenden Sie sich dafür an "
    "die verantwortliche Stelle."
)
COOKIES = _l(
    "Beim Lesen der öffentlichen Seiten setzen wir keine Cookies. Nur wenn Sie ein Formular öffnen, setzen "
    "wir ein Cookie, das Ihre Eingaben vor Missbrauch schützt. Wenn Sie eine Anmeldung absenden, steht darin "
    "auch Ihre E-Mail-Adresse, Ihre Organisation und was nach Ihren Angaben zu erwarten ist, damit die "
    "nächste Seite es zeigen kann. Das Cookie gilt, bis Sie den Browser schließen. Es ist dafür nötig (§ 25 "
    "Absatz 2 Nummer 2 TDDDG). Wir laden nichts von anderen Anbietern und zählen keine Klicks."
)


@dataclass(frozen=True)
class Section:
    """A part of a legal page; `setting` names what the operator has to fill in while `text` is empty."""

    title: Any
    text: Any
    setting: str = ""


def privacy_sections(config: Mapping[str, Any]) -> list[Section]:
    """What Article 13 GDPR asks for, in its order."""
    return [
        Section(
            _l("Wer verantwortlich ist (Artikel 13 Absatz 1 a DSGVO)"),
            config["PRIVACY_CONTROLLER"],
            "PRIVACY_CONTROLLER",
        ),
        Section(
            _l("Datenschutzbeauftragte Person (Artikel 13 Absatz 1 b DSGVO)"),
            config["PRIVACY_OFFICER"],
            "PRIVACY_OFFICER",
        ),
        Section(_l("Wofür wir Ihre Daten brauchen (Artikel 13 Absatz 1 c DSGVO)"), PURPOSES),
        Section(
            _l("Rechtsgrundlage (Artikel 13 Absatz 1 c DSGVO)"),
            config["PRIVACY_LEGAL_BASIS"],
            "PRIVACY_LEGAL_BASIS",
        ),
        Section(
            _l("Wer Ihre Daten bekommt (Artikel 13 Absatz 1 e DSGVO)"),
            config["PRIVACY_RECIPIENTS"],
            "PRIVACY_RECIPIENTS",
        ),
        Section(
            _l("Wie lange wir sie behalten (Artikel 13 Absatz 2 a DSGVO)"),
            config["PRIVACY_RETENTION"],
            "PRIVACY_RETENTION",
        ),
        Section(_l("Ihre Rechte (Artikel 13 Absatz 2 b DSGVO)"), RIGHTS),
        Section(
            _l("Wo Sie sich beschweren können (Artikel 13 Absatz 2 d DSGVO)"),
            config["PRIVACY_AUTHORITY"],
            "PRIVACY_AUTHORITY",
        ),
        Section(_l("Cookies und andere Anbieter (§ 25 TDDDG)"), COOKIES),
    ]


def privacy_text() -> str:
    """The text that the reader can open from the form, in her language."""
    return "\n".join(f"{part.title}\n{part.text}" for part in privacy_sections(current_app.config))


def privacy_version(text: str) -> str:
    """The first 12 characters of the SHA-256 of the text; its date stands with the kept text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
