"""The letter to the desk: numbers of a workshop, never a person (M-92); and the probe of the mail server."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from registration import state_words
from registration.extensions import db
from registration.links import public_url
from registration.mail import words
from registration.mail.head_counts import HeadCounts, head_counts
from registration.mail.letter import Letter
from registration.models import Registration, WorkshopSession
from registration.rules.answer_times import month_after
from registration.rules.date_words import clock_time, long_date
from registration.rules.wall_times import to_local
from registration.vocabulary import RegistrationState

_COUNTED = (
    RegistrationState.CONFIRMED,
    RegistrationState.OFFERED,
    RegistrationState.IN_REVIEW,
    RegistrationState.WAITING,
    RegistrationState.UNCONFIRMED,
)


class DeskLetter(Letter):
    """What a mail says to the desk. It knows no registration, so that it cannot name anybody."""

    @cached_property
    def _said(self) -> dict[str, Any]:
        return self._message.context or {}

    @cached_property
    def title(self) -> str:
        return self._message.workshop.title if self._message.workshop else ""

    @cached_property
    def _sessions(self) -> Sequence[WorkshopSession]:
        """All of them: a note is about the workshop."""
        return self._workshop.sessions

    # Numbers, as they are when the mail leaves

    @cached_property
    def _counts(self) -> HeadCounts:
        return head_counts(self._workshop, now=self._now)

    @cached_property
    def counts(self) -> list[words.Fact]:
        """How many people are in which state; those with a seat always."""
        by_state = self._counts.by_state
        shown = (one for one in _COUNTED if by_state.get(one) or one is RegistrationState.CONFIRMED)
        return [words.Fact(str(state_words.REGISTRATION[one]), str(by_state.get(one, 0))) for one in shown]

    @cached_property
    def to_review(self) -> int:
        return self._counts.by_state.get(RegistrationState.IN_REVIEW, 0)

    @cached_property
    def taken(self) -> int:
        """Seats that nobody else can have (domain.md, rule 2)."""
        return self._counts.seats.taken

    @cached_property
    def free_seats(self) -> str:
        free = self._counts.seats.free
        return "unbegrenzt" if free is None else str(free)

    @cached_property
    def minimum(self) -> int:
        return self._workshop.minimum or 0

    @cached_property
    def waiting(self) -> int:
        """How many people stand on the waiting list now."""
        queue = Registration.queue(self._workshop.id).order_by(None).subquery()
        return db.session.scalar(select(func.count()).select_from(queue)) or 0

    # Numbers that were counted when the mail was caused

    @cached_property
    def free(self) -> int | None:
        """How many seats were free."""
        return self._said.get("free")

    @cached_property
    def new(self) -> int:
        """How many registrations came in, with a confirmed address."""
        return int(self._said.get("new", 0))

    @cached_property
    def withdrawn(self) -> int:
        """How many people have withdrawn."""
        return int(self._said.get("withdrawn", 0))

    @cached_property
    def since(self) -> str:
        """The beginning of what was counted: Freitag, 15. Januar 2027, 07:30 Uhr."""
        return self._moment(datetime.fromisoformat(self._said["since"]), self._workshop.zone)

    @cached_property
    def reference(self) -> str:
        """The number under which the person finds her registration: no name."""
        return str(self._said.get("reference", ""))

    @cached_property
    def answer_until(self) -> str:
        """The last day for an answer to the request that caused this mail."""
        asked = to_local(self._message.created_at, current_app.config["TIME_ZONE"])
        return long_date(month_after(asked.date()), self.language)

    # Where it leads

    @cached_property
    def people_url(self) -> str:
        """The list of the workshop's registrations, behind the sign-in."""
        return public_url("organiser.registrations", workshop_id=self._workshop.id)

    @cached_property
    def person_url(self) -> str:
        """The page of the person that the mail is about, without her name, behind the sign-in."""
        return public_url("organiser.person", registration_id=int(self._said["registration_id"]))

    @cached_property
    def mails_url(self) -> str:
        return public_url("organiser.mails")

    # The probe

    @cached_property
    def probe(self) -> list[words.Fact]:
        """Who sends it, when it was asked for, and by which server; no secrets."""
        config = current_app.config
        asked = self._moment(self._message.created_at, config["TIME_ZONE"])
        address = f"{config['PUBLIC_URL']}/"
        return [
            words.Fact("Dienst", config["SERVICE_NAME"]),
            words.Fact("Adresse", address, address),
            words.Fact("Veranlasst", asked),
            words.Fact("Absender", config["MAIL_FROM_ADDRESS"]),
            words.Fact("Mailserver", f"{config['MAIL_SERVER']}, Port {config['MAIL_PORT']}"),
            words.Fact("Verschlüsselung", _encryption(config)),
            words.Fact("Anmeldung am Mailserver", _sign_in(config)),
        ]

    def _moment(self, instant: datetime, zone: str) -> str:
        local = to_local(instant, zone)
        return f"{long_date(local, self.language)}, {clock_time(local, self.language)}"


def _encryption(config: dict[str, Any]) -> str:
    if config["MAIL_USE_SSL"]:
        return "TLS von Anfang an"
    return "STARTTLS" if config["MAIL_USE_TLS"] else "keine"


def _sign_in(config: dict[str, Any]) -> str:
    if config["MAIL_OAUTH_TOKEN_URL"]:
        return "mit OAuth 2.0"
    return "mit Passwort" if config["MAIL_USERNAME"] else "keine"
