"""The letter to somebody who registers: her name, her state, her own links."""

from datetime import datetime
from functools import cached_property
from urllib.parse import unquote

from registration.mail import private_links, words
from registration.mail.changes import Aspect, Change, aspect_of, changes_in
from registration.mail.claims import Claim, claims, rank
from registration.mail.letter import Letter
from registration.mail.private_links import RenderingError
from registration.models import Registration
from registration.rules.date_words import clock_time, long_date
from registration.rules.names import full_name
from registration.rules.pools import OPTION
from registration.rules.wall_times import to_local
from registration.vocabulary import LinkPurpose, MailKind, RegistrationState, WorkshopFormat

_FOR_A_SEAT = (
    *(MailKind.SEAT_CERTAIN, MailKind.MOVED_UP, MailKind.MEETING_LINK),
    *(MailKind.THANKS, MailKind.CERTIFICATE),
)
_WITH_ROOM = (
    *(MailKind.SEAT_CERTAIN, MailKind.MOVED_UP, MailKind.MEETING_LINK, MailKind.REMINDER),
    MailKind.WORKSHOP_CHANGED,
)


class PersonLetter(Letter):
    """What a mail says to the person of its registration, and to nobody else."""

    def check(self) -> None:
        """Refuse to promise a seat to anybody who has none (M-93)."""
        if self.kind in _FOR_A_SEAT and not self._registration.has_seat:
            raise RenderingError("die Anmeldung hat keinen Platz")
        if self.kind == MailKind.MEETING_LINK and not any(one.room for one in self.appointments):
            raise RenderingError("der Termin hat noch keinen Meeting-Raum")
        if self.kind == MailKind.WORKSHOP_CHANGED and not self.changes:
            raise RenderingError("es ist nichts anders als zuvor")

    @cached_property
    def _registration(self) -> Registration:
        if self._message.registration is None:
            raise RenderingError("die Anmeldung besteht nicht mehr")
        return self._message.registration

    @cached_property
    def shows_room(self) -> bool:
        """Only in mails that are about it, and for a seat (M-93, C-11)."""
        return self._is_about_the_room and self._registration.has_seat

    @cached_property
    def _is_about_the_room(self) -> bool:
        """A change of address ends the links in earlier mails: the new mailbox gets them anew."""
        return self.kind in _WITH_ROOM or (self.kind == MailKind.ADDRESS_CHANGED and self.is_new_address)

    @cached_property
    def name(self) -> str:
        return full_name(self._registration.given_name, self._registration.family_name)

    @cached_property
    def has_seat(self) -> bool:
        return self._registration.has_seat

    @cached_property
    def is_offered(self) -> bool:
        """Whether a seat waits for her answer: who does nothing loses it."""
        return self._registration.state == RegistrationState.OFFERED

    @cached_property
    def state(self) -> str:
        return words.state_sentence(self._registration, rank(self._registration))

    @cached_property
    def is_organisation_at_limit(self) -> bool:
        """Whether she waits only because of the limit per organisation (rule 5)."""
        return self._registration.reasons == ["limit_per_organisation"]

    @cached_property
    def full_options(self) -> str:
        """What she has chosen and waits for, although seats are free: „vor Ort“."""
        codes = [one.partition(":") for one in self._registration.reasons]
        options = [unquote(option) for reason, _, option in codes if reason == OPTION]
        return ", ".join(options) if len(options) == len(codes) else ""

    @cached_property
    def asks_before_moving_up(self) -> bool:
        """Whether a free seat is offered to her, and not simply given."""
        return self._workshop.asks_before_moving_up

    @cached_property
    def takes_registrations(self) -> bool:
        return self._workshop.takes_registrations(self._now)

    @cached_property
    def is_full(self) -> bool:
        """Whether the reason is that all seats of the workshop are taken."""
        return "full" in self._registration.reasons

    @cached_property
    def is_new_address(self) -> bool:
        """Whether the mail goes to the new address; the old one gets no link that opens anything (M-34)."""
        return bool((self._message.context or {}).get("is_new_address"))

    @cached_property
    def needs_confirmation(self) -> bool:
        return self._registration.state == RegistrationState.UNCONFIRMED

    @cached_property
    def substituted_name(self) -> str:
        """Whose seat she takes over by confirming; nothing when it has been given back meanwhile."""
        before = self._registration.substitutes
        return full_name(before.given_name, before.family_name) if before and before.has_seat else ""

    @cached_property
    def next_time(self) -> str:
        """When the workshop goes on after this mail; nothing when this was the last session."""
        ahead = (one for one in self._workshop.sessions if one.starts_at > self._now)
        following = next(ahead, None)
        return words.when(following, self.language) if following else ""

    @cached_property
    def had_offer(self) -> bool:
        """Whether she let an offered seat go."""
        return self._was == RegistrationState.OFFERED

    @cached_property
    def has_waited(self) -> bool:
        """Whether she comes from the waiting list."""
        return self._was == RegistrationState.WAITING

    @cached_property
    def has_left_the_line(self) -> bool:
        """Whether her withdrawal ended a place on the waiting list, which cannot be given back."""
        return self._was in (RegistrationState.OFFERED, RegistrationState.WAITING)

    @cached_property
    def _was(self) -> str:
        return str((self._message.context or {}).get("was", ""))

    # What is different

    @cached_property
    def changes(self) -> list[Change]:
        """Each changed session as it was and as it is."""
        context = self._message.context or {}
        return changes_in(context, self._workshop, self.language, with_room=self.shows_room)

    @cached_property
    def aspect(self) -> str:
        """What the change is mainly about: a word of `mail/changes.py`."""
        return str(aspect_of(self.changes))

    @cached_property
    def has_removed(self) -> bool:
        return any(Aspect.REMOVED in one.aspects for one in self.changes)

    @cached_property
    def changed_day(self) -> str:
        """The end of a subject: the day of the only session that has changed."""
        return f" ({self.changes[0].on_day})" if len(self.changes) == 1 else ""

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
        if not self.shows_room or not is_online:
            return ""
        return private_links.join_url(self._registration, self.language)

    @cached_property
    def confirm_url(self) -> str:
        return private_links.confirm_url(self._registration, self.language)

    @cached_property
    def new_address_url(self) -> str:
        return private_links.new_address_url(self._registration, self.language)

    @cached_property
    def manage_url(self) -> str:
        return private_links.manage_url(self._registration, self.language)

    @cached_property
    def certificate_url(self) -> str:
        return private_links.certificate_url(self._registration, self.language)

    @cached_property
    def calendar_url(self) -> str:
        return private_links.calendar_url(self._registration, self.language)

    @cached_property
    def confirm_until(self) -> str:
        """The last moment of the link to confirm, in words; nothing when it does not end."""
        changes = self.kind == MailKind.CONFIRM_NEW_ADDRESS
        link = self._registration.link(LinkPurpose.NEW_ADDRESS if changes else LinkPurpose.CONFIRM)
        return self._end(link.expires_at if link else None)

    @cached_property
    def offered_until(self) -> str:
        """The last moment of the offer, in words."""
        return self._end(self._registration.offered_until)

    def _end(self, instant: datetime | None) -> str:
        if instant is None:
            return ""
        end = to_local(instant, self._workshop.zone)
        return f"{long_date(end, self.language)}, {clock_time(end, self.language)}"

    @cached_property
    def claims(self) -> list[Claim]:
        return claims(self._message, self.language)
