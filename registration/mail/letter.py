"""Letter: what every mail may say: of the workshop, of the agency, and in the organiser's words.

Templates see nothing but a letter: that of a person (`person_letter.py`) or that of the desk
(`desk_letter.py`). Neither holds notes, answers or other people (M-92).
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from flask import current_app
from flask_babel import gettext as _

from registration.mail import words
from registration.mail.private_links import RenderingError
from registration.mail.remembering import Memory, facts, page_url
from registration.models import OutboxMessage, Workshop, WorkshopSession
from registration.rules.date_words import relative_days, short_date, subject_date
from registration.rules.names import clean_multiline
from registration.rules.wall_times import to_local
from registration.vocabulary import MailKind, WorkshopFormat

_APPOINTMENTS = Memory[list[words.Appointment]](64)
_CONTACTS = Memory[list[words.Fact]](64)
_HELP = Memory[list[words.Fact]](8)


class Letter:
    """The words of one mail, in one language, at one moment: each is put together once."""

    def __init__(self, message: OutboxMessage, language: str, now: datetime) -> None:
        self._message, self._now = message, now
        self.language = language
        self.kind = message.kind

    def check(self) -> None:
        """Refuse what would be untrue: a RenderingError."""

    @cached_property
    def shows_room(self) -> bool:
        """Whether the appointments name the meeting room."""
        return False

    @cached_property
    def _workshop(self) -> Workshop:
        workshop = self._message.workshop or getattr(self._message.registration, "workshop", None)
        if workshop is None:
            raise RenderingError("die Veranstaltung besteht nicht mehr")
        return workshop

    @cached_property
    def _sessions(self) -> Sequence[WorkshopSession]:
        """The session that a timed mail is about, otherwise all."""
        session = self._message.workshop_session
        return [session] if session is not None else self._workshop.sessions

    @cached_property
    def _first(self) -> WorkshopSession | None:
        return self._sessions[0] if self._sessions else None

    @cached_property
    def had_seat(self) -> bool:
        return bool((self._message.context or {}).get("had_seat", self.kind == MailKind.SUBSTITUTED))

    @cached_property
    def text(self) -> list[str]:
        """The organiser's own words, of the mail or of its line in the plan, one entry per paragraph."""
        rule = self._message.mail_rule
        said = (self._message.context or {}).get("text") or (rule.text if rule else "")
        written = clean_multiline(str(said or ""))
        return [paragraph.strip() for paragraph in written.split("\n\n") if paragraph.strip()]

    # The workshop

    @cached_property
    def title(self) -> str:
        return self._workshop.title

    @cached_property
    def on_day(self) -> str:
        """The end of a subject: " (24.02.2027)", or nothing while no session is planned."""
        return f" ({short_date(self._first.starts_local, self.language)})" if self._first else ""

    @cached_property
    def at_time(self) -> str:
        """The end of a subject: " am Mittwoch, 24.02., 10:00 Uhr"."""
        if self._first is None:
            return ""
        start = subject_date(self._first.starts_local, self.language)
        words_of_time = _("am %(day_and_time)s", day_and_time=start)
        return f" {words_of_time}"

    @cached_property
    def days_ahead(self) -> str:
        """Heute, morgen, in 7 Tagen; nothing for what lies behind."""
        if self._first is None:
            return ""
        today = to_local(self._now, self._first.zone).date()
        start = self._first.starts_local.date()
        return relative_days(today, start, self.language) if start >= today else ""

    @cached_property
    def is_dial_in_open(self) -> bool:
        return self._first is not None and self._now >= self._first.dial_in_or_start_at

    @cached_property
    def appointments(self) -> list[words.Appointment]:
        """With the meeting room only where it may be shown (M-93, C-11)."""
        with_room, sessions = self.shows_room, self._sessions
        key = (facts(self._workshop), tuple(one.id for one in sessions), self.language, with_room)
        return _APPOINTMENTS.recall(
            key, lambda: [words.appointment(one, self.language, with_room=with_room) for one in sessions]
        )

    @cached_property
    def awaits_room(self) -> bool:
        """Whether one will meet online and the room is not known yet."""
        is_online = self._workshop.format != WorkshopFormat.ON_SITE
        return is_online and not all(session.has_room for session in self._sessions)

    @cached_property
    def preparation(self) -> list[str]:
        """What participants bring, one entry per line."""
        lines = clean_multiline(self._workshop.expectations or "").splitlines()
        return [line.lstrip("-*• ").strip() for line in lines if line.strip()]

    @cached_property
    def contact(self) -> list[words.Fact]:
        workshop = self._workshop
        key = (workshop.contact_name, workshop.contact_phone, workshop.contact_email, self.language)
        return _CONTACTS.recall(key, lambda: words.contact(workshop))

    @cached_property
    def workshop_url(self) -> str:
        return page_url("workshops.show", self.language, slug=self._workshop.slug)

    @cached_property
    def workshops_url(self) -> str:
        return page_url("workshops.index", self.language)

    @cached_property
    def new_link_url(self) -> str:
        return page_url("new_links.new", self.language)

    # The agency

    @cached_property
    def agency(self) -> str:
        return str(current_app.config["AGENCY_NAME"])

    @cached_property
    def agency_address(self) -> str:
        return str(current_app.config["AGENCY_ADDRESS"])

    @cached_property
    def help(self) -> list[words.Fact]:
        """The same help on every page and mail (L-39)."""
        email, phone = current_app.config["HELP_EMAIL"], current_app.config["HELP_PHONE"]
        return _HELP.recall((email, phone, self.language), lambda: words.help_facts(email, phone))

    @cached_property
    def imprint_url(self) -> str:
        return page_url("pages.imprint", self.language)

    @cached_property
    def privacy_url(self) -> str:
        return page_url("pages.privacy", self.language)
