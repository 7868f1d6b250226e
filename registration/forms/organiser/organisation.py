"""The form of an organisation of the register."""

from datetime import date
from typing import Any

from flask_wtf import FlaskForm

from registration.forms.organiser import words
from registration.forms.organiser.fields import WordField, line, text
from registration.models import Organisation
from registration.rules.addresses import ascii_domain
from registration.rules.wall_times import parse_local_date


class OrganisationForm(FlaskForm):
    name = line("Name", required="Geben Sie den Namen ein.")
    kind = WordField("Art", words.ORGANISATION_KIND)
    state = WordField("Bundesland", words.FEDERAL_STATE, empty="nicht bekannt")
    official_key = line(
        "Amtlicher Schlüssel", longest=20, description="Mit führender Null, zum Beispiel 06411."
    )
    aliases = text(
        "Weitere Namen", longest=4000, description="Ein Name je Zeile, zum Beispiel Lkr. Musterkreis."
    )
    domains = text(
        "Domains der E-Mail-Adressen", longest=4000, description="Eine je Zeile: kreis.example.org"
    )
    agreements = text(
        "Zielvereinbarungen",
        longest=2000,
        description="Eine je Zeile: 01.01.2026 bis 31.12.2027. Ohne Ende: ab 01.01.2026.",
    )

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        try:
            self._agreements()
        except ValueError:
            sentence = "Schreiben Sie jede Zielvereinbarung so: 01.01.2026 bis 31.12.2027."
            self.agreements.errors = [*self.agreements.errors, sentence]
            return False
        return is_valid

    def facts(self) -> dict[str, Any]:
        return {
            "name": self.name.data,
            "kind": self.kind.word,
            "state": self.state.word,
            "official_key": self.official_key.data or None,
            "aliases": _lines(self.aliases.data),
            "domains": [ascii_domain(one.lstrip("@*.")) for one in _lines(self.domains.data)],
            "agreements": self._agreements(),
        }

    def _agreements(self) -> list[tuple[date, date | None]]:
        return [_agreement(one) for one in _lines(self.agreements.data)]


def stored(one: Organisation) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind.value,
        "state": one.state.value if one.state else "",
        "official_key": one.official_key or "",
        "aliases": "\n".join(alias.name for alias in one.aliases),
        "domains": "\n".join(row.domain for row in one.domains),
        "agreements": "\n".join(_spoken(row.valid_from, row.valid_until) for row in one.agreements),
    }


def _agreement(line_: str) -> tuple[date, date | None]:
    """Read one line; raises ValueError for anything but one or two days in order."""
    start, _, end = line_.replace("–", "bis").removeprefix("ab ").partition("bis")
    first, last = parse_local_date(start), parse_local_date(end) if end.strip() else None
    if last is not None and last < first:
        raise ValueError("ends before it begins")
    return first, last


def _spoken(start: date, end: date | None) -> str:
    return f"{start:%d.%m.%Y} bis {end:%d.%m.%Y}" if end else f"ab {start:%d.%m.%Y}"


def _lines(text_: str | None) -> list[str]:
    return list(dict.fromkeys(one.strip() for one in (text_ or "").splitlines() if one.strip()))
