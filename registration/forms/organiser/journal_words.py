"""What the journal calls the columns that a change names; the desk speaks German."""

from collections.abc import Iterable

CHANGED = {
    # a workshop
    "title": "Titel",
    "slug": "Adresse der Seite",
    "subtitle": "Untertitel",
    "series": "Reihe",
    "summary": "Zusammenfassung",
    "description": "Beschreibung",
    "audience": "Für wen",
    "expectations": "Was Teilnehmende mitbringen",
    "language": "Sprache",
    "format": "Format",
    "contact_name": "Name der Ansprechperson",
    "contact_email": "E-Mail-Adresse der Ansprechperson",
    "contact_phone": "Telefon der Ansprechperson",
    "capacity": "Plätze",
    "minimum": "Mindestzahl",
    "limit_per_organisation": "Höchstzahl je Organisation",
    "has_waiting_list": "Warteliste",
    "decision": "wer entscheidet",
    "review_holds_seat": "Platz während der Prüfung",
    "allows_late_requests": "Anfragen nach Anmeldeschluss",
    "move_up_until_hours": "Stunden ohne Nachrücken",
    "asks_before_moving_up": "Fragen vor dem Nachrücken",
    "offer_hours": "Stunden eines Angebots",
    "has_daily_digest": "tägliche Übersicht",
    "consents": "Einwilligungen",
    "zone": "Zeitzone",
    "opens_local": "Beginn der Anmeldung",
    "opens_at": "Beginn der Anmeldung",
    "closes_at": "Anmeldeschluss",
    "deadline_on": "Anmeldeschluss",
    "deadline_time": "Anmeldeschluss",
    # a session
    "starts_local": "Beginn",
    "starts_at": "Beginn",
    "ends_local": "Ende",
    "ends_at": "Ende",
    "dial_in_local": "Einwahl",
    "dial_in_at": "Einwahl",
    "place": "Ort",
    "room_platform": "Plattform",
    "room_link": "Link zum Meeting",
    "room_meeting_number": "Meeting-Nummer",
    "room_password": "Passwort des Meetings",
    "room_phones": "Telefonnummern zur Einwahl",
    "agenda": "Programm",
    # a registration
    "given_name": "Vorname",
    "family_name": "Nachname",
    "organisation_name": "Organisation",
    "role": "Funktion",
    "note": "Nachricht",
    "support_needs": "Bedarf zur Teilnahme",
    "answers": "Antworten",
}


def changed_words(names: Iterable[str]) -> str:
    """Return what was changed, each word once: an instant and its wall time are one thing to the reader."""
    return ", ".join(dict.fromkeys(CHANGED.get(name, name) for name in names))
