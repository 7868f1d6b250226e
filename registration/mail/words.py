"""What mails and calendar files say about a workshop, so that templates only print it (T-15, M-91)."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask_babel import gettext as _

from registration import state_words
from registration.models import Registration, Workshop, WorkshopSession
from registration.rules.addresses import AddressRefused, parse_address
from registration.rules.date_words import clock_time, long_span
from registration.rules.names import clean, has_forbidden_characters
from registration.vocabulary import RegistrationState, WorkshopFormat

_DIALLED = re.compile(r"\+?[0-9][0-9 ()/.,#*-]{3,}")


@dataclass(frozen=True)
class Fact:
    """One line of a box: label, value, and where the value leads; a web address stands on its own line."""

    label: str
    value: str
    href: str = ""

    def __str__(self) -> str:
        return f"{self.label}: {self.value}"

    @property
    def is_web(self) -> bool:
        return self.href.startswith(("http://", "https://"))


@dataclass(frozen=True)
class Appointment:
    """One session: what, when, where, and the room for whom it concerns."""

    title: str
    facts: tuple[Fact, ...]
    room: tuple[Fact, ...]


def appointment(session: WorkshopSession, language: str, *, with_room: bool) -> Appointment:
    """Give the room only `with_room`; the caller says who may see it (M-93)."""
    facts = (
        Fact(_("Wann"), when(session, language)),
        Fact(_("Wo"), where(session)),
    )
    return Appointment(session_title(session), facts, tuple(room(session)) if with_room else ())


def session_title(session: WorkshopSession) -> str:
    """The workshop's title, with the session's own one when there are several."""
    workshop = session.workshop
    title = f"{workshop.title}: {session.title}" if _has_own_title(session) else workshop.title
    return clean(title)


def when(session: WorkshopSession, language: str) -> str:
    """Mittwoch, 24. Februar 2027, 10:00 bis 12:30 Uhr, Einwahl ab 09:45 Uhr."""
    opening = session.dial_in_local if meets_online(session) else None
    return when_in_words(session.starts_local, session.ends_local, opening, language)


def when_in_words(starts: datetime, ends: datetime, opening: datetime | None, language: str) -> str:
    """The same for wall times of which the records know nothing any more."""
    span = long_span(starts, ends, language)
    return f"{span}, {_dial_in(opening, language)}" if opening else span


def dial_in(session: WorkshopSession, language: str) -> str:
    """Einwahl ab 09:45 Uhr; nothing when nobody dials in."""
    opening = session.dial_in_local if meets_online(session) else None
    return _dial_in(opening, language) if opening else ""


def _dial_in(opening: datetime, language: str) -> str:
    return str(_("Einwahl ab %(dial_in)s", dial_in=clock_time(opening, language)))


def where(session: WorkshopSession) -> str:
    """The place, or how one meets online; never the link."""
    return where_in_words(session.workshop.format, session.place, session.room_platform)


def where_in_words(meets: WorkshopFormat, place: str, platform: str) -> str:
    """The same for a place of which the records know nothing any more."""
    words = str(state_words.FORMAT[meets])
    online = f"{words} ({platform})" if platform else words
    if meets == WorkshopFormat.ONLINE:
        return online
    if meets == WorkshopFormat.HYBRID:
        return ", ".join(part for part in (place, online) if part)
    return place or words


def room(session: WorkshopSession) -> list[Fact]:
    """Link, meeting number, password and telephone numbers, as far as they are known and used."""
    if not meets_online(session):
        return []
    href = session.room_link if is_web_address(session.room_link) else ""
    facts = [
        Fact(_("Link zum Meeting-Raum"), session.room_link, href),
        Fact(_("Meeting-Kennnummer"), session.room_meeting_number),
        Fact(_("Passwort"), session.room_password),
        *(Fact(_("Telefon"), phone, phone_uri(phone)) for phone in phones(session)),
    ]
    return [fact for fact in facts if fact.value]


def meets_online(session: WorkshopSession) -> bool:
    """Whether anybody dials in; what is left over from an earlier format counts for nothing."""
    return session.workshop.format != WorkshopFormat.ON_SITE


def phones(session: WorkshopSession) -> list[str]:
    return [line.strip() for line in session.room_phones.splitlines() if line.strip()]


def phone_uri(phone: str) -> str:
    """Return the tel: address of the number that begins a line, "" when it begins with none."""
    found = _DIALLED.match(phone)
    digits = re.sub(r"[^0-9+,#*]", "", found.group()) if found else ""
    return f"tel:{digits.rstrip(',')}" if digits else ""


def mail_uri(address: str) -> str:
    """Return the mailto: address, "" when no mail could go there."""
    try:
        return f"mailto:{parse_address(address).address}"
    except AddressRefused:
        return ""


def contact(workshop: Workshop) -> list[Fact]:
    """Whom to ask."""
    email = workshop.contact_email
    facts = [
        Fact(_("Kontakt"), workshop.contact_name),
        Fact(_("Telefon"), workshop.contact_phone, phone_uri(workshop.contact_phone)),
        Fact(_("E-Mail"), email, mail_uri(email)),
    ]
    return [fact for fact in facts if fact.value]


def help_facts(email: str, phone: str) -> list[Fact]:
    """Where help is found, as far as the agency offers it (L-39)."""
    facts = [Fact(_("E-Mail"), email, mail_uri(email)), Fact(_("Telefon"), phone, phone_uri(phone))]
    return [fact for fact in facts if fact.value]


def is_web_address(address: str) -> bool:
    """Whether it may become a link in a mail: nothing but http and https."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    is_plain = not any(one.isspace() or has_forbidden_characters(one) for one in address)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain


def state_sentence(registration: Registration, rank: int) -> str:
    """Where a registration stands now, in one sentence."""
    sentences = {
        RegistrationState.UNCONFIRMED: _("Bitte bestätigen Sie Ihre E-Mail-Adresse."),
        RegistrationState.IN_REVIEW: _("Wir prüfen Ihre Anmeldung."),
        RegistrationState.WAITING: _("Sie stehen auf der Warteliste an %(rank)d. Stelle.", rank=rank),
        RegistrationState.OFFERED: _("Wir bieten Ihnen einen Platz an."),
        RegistrationState.CONFIRMED: _("Ihr Platz ist sicher."),
        RegistrationState.LAPSED: _("Ihre Anmeldung ist verfallen."),
        RegistrationState.DECLINED: _("Wir können Ihnen leider keinen Platz geben."),
        RegistrationState.WITHDRAWN: _("Sie haben sich abgemeldet."),
        RegistrationState.CANCELLED: _("Ihre Anmeldung wurde storniert."),
        RegistrationState.SUBSTITUTED: _("Eine Person aus Ihrer Organisation nimmt an Ihrer Stelle teil."),
    }
    return str(sentences[registration.state])


def _has_own_title(session: WorkshopSession) -> bool:
    return bool(session.title) and len(session.workshop.sessions) > 1
