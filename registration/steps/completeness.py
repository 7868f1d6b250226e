"""What a workshop still lacks before it can be published, and what an organiser should look at again."""

from collections.abc import Iterator
from datetime import datetime

from flask import current_app

from registration.models import Workshop
from registration.vocabulary import WorkshopFormat

PRIVACY_SETTINGS = (
    "PRIVACY_CONTROLLER",
    "PRIVACY_OFFICER",
    "PRIVACY_LEGAL_BASIS",
    "PRIVACY_RECIPIENTS",
    "PRIVACY_RETENTION",
    "PRIVACY_AUTHORITY",
)


def what_is_missing(workshop: Workshop, *, now: datetime) -> list[str]:
    """Return what stands in the way of publishing, one sentence each (L-01)."""
    return list(_missing(workshop, now))


def what_to_check(workshop: Workshop) -> list[str]:
    """Return what does not stand in the way, but is probably forgotten."""
    return list(_doubts(workshop))


def _missing(workshop: Workshop, now: datetime) -> Iterator[str]:
    starts = workshop.starts_at
    if not workshop.title:
        yield "Der Titel fehlt."
    if not workshop.summary:
        yield "Die Zusammenfassung fehlt."
    if starts is None:
        yield "Es gibt noch keinen Termin."
    elif starts <= now:
        yield "Der erste Termin liegt nicht in der Zukunft."
    if workshop.deadline_on is None:
        yield "Der Anmeldeschluss fehlt."
    elif starts and workshop.closes_at and workshop.deadline_on > workshop.sessions[0].starts_local.date():
        yield "Der Anmeldeschluss liegt nach dem ersten Termin."
    elif workshop.closes_at and workshop.closes_at <= now:
        yield "Der Anmeldeschluss ist schon vorbei."
    if not workshop.contact_name or not workshop.contact_email:
        yield "Die Ansprechperson mit E-Mail-Adresse fehlt."
    yield from _missing_purposes(workshop)
    if current_app.config["APP_ENV"] == "production":
        empty = [name for name in PRIVACY_SETTINGS if not current_app.config[name]]
        yield from (f"Die Einstellung {name} für die Datenschutzhinweise ist leer." for name in empty)


def _missing_purposes(workshop: Workshop) -> Iterator[str]:
    """Nothing is asked without saying why (L-06)."""
    for question in workshop.questions:
        if not question.purpose:
            yield f"Bei der Frage „{question.label}“ fehlt, wozu Sie sie stellen."


def _doubts(workshop: Workshop) -> Iterator[str]:
    online = workshop.format in (WorkshopFormat.ONLINE, WorkshopFormat.HYBRID)
    if online and any(not one.has_room for one in workshop.sessions):
        yield "Ein Termin hat noch keinen Zugang zum Meeting. Ohne ihn enthalten die E-Mails keinen Link."
    if workshop.format is not WorkshopFormat.ONLINE and any(not one.place for one in workshop.sessions):
        yield "Ein Termin hat noch keinen Ort."
    if workshop.capacity is None:
        yield "Die Zahl der Plätze ist nicht begrenzt."
    if not workshop.rules:
        yield "Es gibt keine Voraussetzungen: Alle können sich anmelden."
    if not workshop.mail_rules:
        yield "Der Mailplan ist leer: Es gehen keine Erinnerungen hinaus."
