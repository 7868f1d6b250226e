"""Letter: all that a mail may say. Templates see nothing else: no notes, answers or other people (M-92)."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select

from registration.extensions import db
from registration.mail import private_links, words
from registration.mail.claims import Claim, claims, rank
from registration.mail.private_links import RenderingError
from registration.mail.remembering import Memory, facts, page_url
from registration.models import OutboxMessage, Registration, Workshop, WorkshopSession
from registration.rules.date_words import clock_time, long_date, relative_days, short_date, subject_date
from registration.rules.names import clean_multiline, full_name
from registration.rules.wall_times import to_local
from registration.vocabulary import LinkPurpose, MailKind, RegistrationState, WorkshopFormat

_FOR_A_SEAT = (MailKind.SEAT_CERTAIN, MailKind.MOVED_UP, MailKind.MEETING_LINK)
_WITH_ROOM = (*_FOR_A_SEAT, MailKind.REMINDER)
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
        """Refuse to promise a seat to anybody who has none (M-93)."""
        if self.kind in _FOR_A_SEAT and not self._registration.has_seat:
            raise RenderingError("die Anmeldung hat keinen Platz")
        if self.kind == MailKind.MEETING_LINK and not any(one.room for one in self.appointments):
            raise RenderingError("der Termin hat noch keinen Meeting-Raum")

    @cached_property
    def _registration(self) -> Registration:
        if self._message.registration is None:
            raise RenderingError("die Anmeldung besteht nicht mehr")
        return self._message.registration

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

    # The person

    @cached_property
    def name(self) -> str:
        return full_name(self._registration.given_name, self._registration.family_name)

    @cached_property
    def has_seat(self) -> bool:
        return self._registration.has_seat

    @cached_property
    def had_seat(self) -> bool:
        return bool((self._message.context or {}).get("had_seat", self.kind == MailKind.SUBSTITUTED))

    @cached_property
    def state(self) -> str:
        return words.state_sentence(self._registration, rank(self._registration))

    @cached_property
    def is_organisation_at_limit(self) -> bool:
        """Whether she waits only because of the limit per organisation (rule 5)."""
        return self._registration.reasons == ["limit_per_organisation"]

    @cached_property
    def is_full(self) -> bool:
        """Whether a full workshop without waiting list was the reason."""
        return "full" in self._registration.reasons

    @cached_property
    def needs_confirmation(self) -> bool:
        return self._registration.state == RegistrationState.UNCONFIRMED

    @cached_property
    def substituted_name(self) -> str:
        """Whose seat she takes over by confirming; nothing when it has been given back meanwhile."""
        before = self._registration.substitutes
        return full_name(before.given_name, before.family_name) if before and before.has_seat else ""

    @cached_property
    def text(self) -> list[str]:
        """The organiser's own words, one entry per paragraph."""
        written = clean_multiline(str((self._message.context or {}).get("text") or ""))
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
        """With the meeting room only in mails that are about it, and for a seat only (M-93, C-11)."""
        with_room = self.kind in _WITH_ROOM and self._registration.has_seat
        sessions = self._sessions
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
    def waiting(self) -> int:
        """How many people stand on the waiting list now."""
        queue = Registration.queue(self._workshop.id).order_by(None).subquery()
        return db.session.scalar(select(func.count()).select_from(queue)) or 0

    @cached_property
    def free(self) -> int | None:
        """How many seats were free when the mail was caused."""
        return (self._message.context or {}).get("free")

    # Where it leads

    @cached_property
    def way_in_url(self) -> str:
        """To confirm first, when that is still to be done."""
        return private_links.way_in_url(self._registration, self.language)

    @cached_property
    def room_url(self) -> str:
        """The link of the first meeting room that has one."""
        links = (fact.href for one in self.appointments for fact in one.room if fact.is_web)
        return next(links, "")

    @cached_property
    def join_url(self) -> str:
        """The way into the meeting, in the mails that are about it and for a seat only (M-93)."""
        is_online = self._workshop.format != WorkshopFormat.ON_SITE
        if self.kind not in _WITH_ROOM or not self.has_seat or not is_online:
            return ""
        return private_links.join_url(self._registration, self.language)

    @cached_property
    def confirm_url(self) -> str:
        return private_links.confirm_url(self._registration, self.language)

    @cached_property
    def manage_url(self) -> str:
        return private_links.manage_url(self._registration, self.language)

    @cached_property
    def calendar_url(self) -> str:
        return private_links.calendar_url(self._registration, self.language)

    @cached_property
    def confirm_until(self) -> str:
        """The last moment of the link to confirm, in words; nothing when it does not end."""
        link = self._registration.link(LinkPurpose.CONFIRM)
        if link is None or link.expires_at is None:
            return ""
        end = to_local(link.expires_at, self._workshop.zone)
        return f"{long_date(end, self.language)}, {clock_time(end, self.language)}"

    @cached_property
    def workshop_url(self) -> str:
        return page_url("workshops.show", self.language, slug=self._workshop.slug)

    @cached_property
    def workshops_url(self) -> str:
        return page_url("workshops.index", self.language)

    @cached_property
    def new_link_url(self) -> str:
        return page_url("new_links.new", self.language)

    @cached_property
    def desk_url(self) -> str:
        return f"{current_app.config['PUBLIC_URL']}/organiser"

    @cached_property
    def claims(self) -> list[Claim]:
        return claims(self._message, self.language)

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
