"""The form of a workshop's own facts."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import available_timezones

from flask import current_app
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField

from registration import state_words
from registration.consent_words import NAMES, WORDING
from registration.forms.organiser.fields import (
    CheckboxesField,
    LocalDateField,
    LocalTimeField,
    WordField,
    filled,
    line,
    number,
    required,
    text,
)
from registration.models import Workshop
from registration.rules.addresses import AddressRefused, parse_address
from registration.rules.slugs import is_slug
from registration.rules.wall_times import AmbiguousTime, NonExistentTime, to_instant, to_local
from registration.vocabulary import Decision, WorkshopFormat

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Inhalt": (
        *("title", "slug", "subtitle", "series", "summary", "description", "audience", "expectations"),
        *("format", "language"),
    ),
    "Ansprechperson": ("contact_name", "contact_email", "contact_phone"),
    "Plätze und Entscheidung": (
        *("capacity", "minimum", "limit_per_organisation", "has_waiting_list", "decision"),
        *("review_holds_seat", "move_up_until_hours", "asks_before_moving_up", "offer_hours"),
    ),
    "Anmeldezeit": (
        *("opens_on", "opens_time", "deadline_on", "deadline_time", "allows_late_requests", "zone"),
    ),
    "Einwilligungen": ("consents",),
    "E-Mails an die Ansprechperson": ("has_daily_digest",),
}
_TAKEN_OVER = (
    *(
        "title",
        "slug",
        "subtitle",
        "series",
        "summary",
        "description",
        "audience",
        "expectations",
        "language",
    ),
    *("contact_name", "contact_email", "contact_phone", "capacity", "minimum", "limit_per_organisation"),
    *("has_waiting_list", "review_holds_seat", "allows_late_requests", "zone", "has_daily_digest"),
    *("consents", "asks_before_moving_up"),
)


OFFER_HOURS = 24


def _consents() -> list[tuple[str, str]]:
    """Each with its wording, in the language of the desk."""
    return [(kind.value, f"{name}: „{WORDING[kind]}“") for kind, name in NAMES.items()]


class WorkshopForm(FlaskForm):
    version = HiddenField()
    title = line("Titel", required="Geben Sie einen Titel ein.")
    slug = line(
        "Adresse der Seite",
        longest=80,
        description="Kleine Buchstaben, Ziffern und Bindestriche. Leer: Sie entsteht aus dem Titel.",
    )
    subtitle = line("Untertitel")
    series = line("Reihe", description="Zum Beispiel der Name eines Programms.")
    summary = text("Zusammenfassung", longest=500, description="Ein Satz für die Liste der Workshops.")
    description = text("Beschreibung", description="Absätze, Listen und Links in Markdown.")
    audience = text("Für wen", longest=2000, description="Eine Zeile je Gruppe.")
    expectations = text("Was Teilnehmende mitbringen", longest=2000)
    format = WordField("Format", state_words.FORMAT)
    language = SelectField(
        "Sprache der Veranstaltung",
        [required("Wählen Sie die Sprache.")],
        choices=[("de", "Deutsch"), ("en", "Englisch")],
    )
    contact_name = line("Name")
    contact_email = line("E-Mail-Adresse", longest=254)
    contact_phone = line("Telefon", longest=50)
    capacity = number("Plätze", least=0, description="Leer: Die Zahl der Plätze ist nicht begrenzt.")
    minimum = number(
        "Mindestzahl",
        least=1,
        description="Sind weniger Plätze vergeben, erhalten Sie eine E-Mail, wenn sie im Mailplan steht.",
    )
    limit_per_organisation = number(
        "Höchstzahl je Organisation", least=1, description="Wer darüber liegt, kommt auf die Warteliste."
    )
    has_waiting_list = BooleanField("Es gibt eine Warteliste")
    decision = WordField("Wer entscheidet über die Plätze?", state_words.DECISION)
    review_holds_seat = BooleanField("Wer in Prüfung ist, hält einen Platz")
    move_up_until_hours = number(
        "Stunden vor Beginn, in denen niemand von selbst nachrückt", least=0, most=10_000
    )
    asks_before_moving_up = BooleanField(
        "Vor dem Nachrücken fragen",
        description="Ein freier Platz wird der ersten wartenden Person angeboten.",
    )
    offer_hours = number(
        "Stunden, die ein Angebot gilt",
        least=1,
        most=1_000,
        description="Leer: 24 Stunden. Danach geht es an die nächste Person, nie nach dem Beginn.",
    )
    opens_on = LocalDateField("Anmeldung ab (Tag)", description="TT.MM.JJJJ. Leer: ab der Veröffentlichung.")
    opens_time = LocalTimeField("Anmeldung ab (Uhrzeit)", description="hh:mm")
    deadline_on = LocalDateField(
        "Anmeldeschluss (Tag)", description="TT.MM.JJJJ. Die Anmeldung ist bis zum Ende dieses Tages offen."
    )
    deadline_time = LocalTimeField(
        "Anmeldeschluss (Uhrzeit)", description="hh:mm. Nur, wenn der Tag nicht bis zu seinem Ende gilt."
    )
    allows_late_requests = BooleanField("Anfragen nach Anmeldeschluss sind möglich")
    consents = CheckboxesField(
        "Darum bittet das Formular",
        choices=_consents,
        description="Niemand muss zustimmen, und wer nicht zustimmt, hat keinen Nachteil.",
    )
    has_daily_digest = BooleanField(
        "Übersicht neuer Anmeldungen, an Werktagen um 07:30 Uhr",
        description="Nur, wenn neue Anmeldungen eingegangen sind.",
    )
    zone = line("Zeitzone", required="Geben Sie eine Zeitzone ein, zum Beispiel Europe/Berlin.")

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        return all([is_valid, *(_refuse(self[name], sentence) for name, sentence in self._problems())])

    def _problems(self) -> list[tuple[str, str]]:
        problems = []
        if self.slug.data and not is_slug(self.slug.data):
            problems.append(("slug", "Erlaubt sind kleine Buchstaben, Ziffern und Bindestriche."))
        if self.contact_email.data and not _is_address(self.contact_email.data):
            problems.append(("contact_email", "Geben Sie eine vollständige E-Mail-Adresse ein."))
        if self.minimum.data and self.capacity.data is not None and self.minimum.data > self.capacity.data:
            problems.append(("minimum", "Die Mindestzahl ist größer als die Zahl der Plätze."))
        if self.deadline_time.wall_time and not self.deadline_on.data:
            problems.append(("deadline_on", "Geben Sie zur Uhrzeit auch den Tag ein."))
        if self.opens_time.wall_time and not self.opens_on.data:
            problems.append(("opens_on", "Geben Sie zur Uhrzeit auch den Tag ein."))
        if self.zone.data not in available_timezones():
            problems.append(("zone", "Diese Zeitzone gibt es nicht. Üblich ist Europe/Berlin."))
            return problems
        return problems + [
            (at.name, sentence)
            for day, at in ((self.opens_on, self.opens_time), (self.deadline_on, self.deadline_time))
            if (sentence := _unclear(day.day, at.wall_time, self.zone.data))
        ]

    def facts(self) -> dict[str, Any]:
        """Return what the service asks for, by its names."""
        opens = self.opens_on.day
        hours = self.move_up_until_hours.data
        return filled(self, _TAKEN_OVER) | {
            "format": WorkshopFormat(self.format.data),
            "decision": Decision(self.decision.data),
            "move_up_until_hours": _usual_hours() if hours is None else hours,
            "offer_hours": self.offer_hours.data or OFFER_HOURS,
            "opens_local": datetime.combine(opens, self.opens_time.wall_time or time.min) if opens else None,
            "deadline_on": self.deadline_on.day,
            "deadline_time": self.deadline_time.wall_time,
        }


def _unclear(day: date | None, at: time | None, zone: str) -> str:
    """Why a typed time cannot be taken: on two nights of the year the clock jumps (T-06)."""
    if day is None or at is None:
        return ""
    try:
        to_instant(datetime.combine(day, at), zone)
    except NonExistentTime as gap:
        told = f"In dieser Nacht wird die Uhr vorgestellt, {at:%H:%M} Uhr gibt es nicht."
        return f"{told} Gemeint ist vielleicht {gap.suggestion:%H:%M} Uhr."
    except AmbiguousTime:
        return f"{at:%H:%M} Uhr gibt es in dieser Nacht zweimal. Wählen Sie eine Zeit davor oder danach."
    return ""


def stored(workshop: Workshop) -> dict[str, Any]:
    """Return what the form shows of a workshop."""
    opens = to_local(workshop.opens_at, workshop.zone) if workshop.opens_at else None
    plain = {
        name: getattr(workshop, name)
        for name in (*_TAKEN_OVER, "move_up_until_hours", "offer_hours", "version")
    }
    return plain | {
        "format": workshop.format.value,
        "decision": workshop.decision.value,
        "opens_on": f"{opens:%d.%m.%Y}" if opens else "",
        "opens_time": f"{opens:%H:%M}" if opens and opens.time() != time.min else "",
        "deadline_on": f"{workshop.deadline_on:%d.%m.%Y}" if workshop.deadline_on else "",
        "deadline_time": f"{workshop.deadline_time:%H:%M}" if workshop.deadline_time else "",
    }


def new(zone: str) -> dict[str, Any]:
    """Return what the form of a new workshop begins with."""
    return {
        "zone": zone,
        "has_waiting_list": True,
        "review_holds_seat": True,
        "move_up_until_hours": _usual_hours(),
        "offer_hours": OFFER_HOURS,
        "format": WorkshopFormat.ONLINE.value,
        "decision": Decision.AT_ONCE.value,
    }


def _refuse(field: Any, sentence: str) -> bool:
    field.errors = [*field.errors, sentence]
    return False


def _is_address(text_: str) -> bool:
    try:
        parse_address(text_)
    except AddressRefused:
        return False
    return True


def _usual_hours() -> int:
    """The agency's setting, for workshops that say nothing else (domain.md, rule 4)."""
    return int(current_app.config["MOVE_UP_UNTIL_HOURS"])
