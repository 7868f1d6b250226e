"""How many seats are left, and what that means for somebody who wants to register."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, select

from registration.extensions import db
from registration.models import Registration, Workshop
from registration.rules.seating import Seats
from registration.rules.wall_times import to_local
from registration.steps.counting import seats_as_counted
from registration.steps.offers import COUNTS
from registration.views.words import long_date
from registration.vocabulary import Decision, WorkshopState


class Chance(StrEnum):
    """What a newcomer can expect."""

    FREE = "free"
    UNLIMITED = "unlimited"
    BY_CHOICE = "by_choice"
    WAITING_LIST = "waiting_list"
    FULL = "full"
    CLOSED = "closed"
    NOT_OPEN = "not_open"
    CANCELLED = "cancelled"


OPEN = {Chance.FREE, Chance.UNLIMITED, Chance.BY_CHOICE, Chance.WAITING_LIST}

WORDS: dict[Chance, tuple[Any, Any]] = {
    Chance.UNLIMITED: (_l("Plätze frei"), _l("Die Zahl der Plätze ist nicht begrenzt.")),
    Chance.WAITING_LIST: (
        _l("Warteliste"),
        _l("Alle Plätze sind vergeben. Sie können sich auf die Warteliste setzen lassen."),
    ),
    Chance.FULL: (_l("Ausgebucht"), _l("Alle Plätze sind vergeben. Es gibt keine Warteliste.")),
    Chance.CLOSED: (_l("Anmeldeschluss vorbei"), _l("Die Anmeldung ist geschlossen.")),
    Chance.CANCELLED: (_l("Abgesagt"), _l("Diese Veranstaltung wurde abgesagt.")),
}


@dataclass(frozen=True)
class Availability:
    """The chance with its words: `words` for a badge, `sentence` for the workshop's own page."""

    chance: Chance
    words: str
    sentence: str
    seats: Seats

    @property
    def is_open(self) -> bool:
        """Whether registering makes sense now."""
        return self.chance in OPEN

    @property
    def has_bar(self) -> bool:
        """Whether a bar of seats tells something."""
        return bool(self.seats.capacity) and self.chance in {Chance.FREE, Chance.WAITING_LIST, Chance.FULL}


def availabilities(workshops: Iterable[Workshop], *, now: datetime) -> dict[int, Availability]:
    """The availability of each workshop by its id, with one query for all of them."""
    by_id = {workshop.id: workshop for workshop in workshops}
    counts = {row.workshop_id: row for row in db.session.execute(_COUNTS, {"ids": list(by_id), "now": now})}
    return {id_: counted(workshop, counts.get(id_), now=now) for id_, workshop in by_id.items()}


def availability(workshop: Workshop, *, now: datetime) -> Availability:
    """The availability of one workshop."""
    return availabilities([workshop], now=now)[workshop.id]


def counted(workshop: Workshop, count: Any, *, now: datetime) -> Availability:
    """The availability by known numbers (steps/offers.py: COUNTS); None where nobody has registered."""
    seats = seats_as_counted(workshop, count, now=now)
    chance = _chance(workshop, seats, now)
    return Availability(chance, *_words(chance, workshop, seats), seats)


# Built once: putting the query together takes longer than the database needs for it.
_COUNTS = (
    select(Registration.workshop_id, *COUNTS)
    .where(Registration.workshop_id.in_(bindparam("ids", expanding=True)))
    .group_by(Registration.workshop_id)
)


def _chance(workshop: Workshop, seats: Seats, now: datetime) -> Chance:
    if (closed := _why_closed(workshop, now)) is not None:
        return closed
    if workshop.decision == Decision.APPLY_FIRST:
        return Chance.BY_CHOICE
    if seats.capacity is None:
        return Chance.UNLIMITED
    if seats.free and not seats.waiting:
        return Chance.FREE
    return Chance.WAITING_LIST if workshop.has_waiting_list else Chance.FULL


def _why_closed(workshop: Workshop, now: datetime) -> Chance | None:
    if workshop.state == WorkshopState.CANCELLED:
        return Chance.CANCELLED
    if not workshop.has_opened(now):
        return Chance.NOT_OPEN
    return Chance.CLOSED if workshop.is_closed(now) else None


def _words(chance: Chance, workshop: Workshop, seats: Seats) -> tuple[str, str]:
    """What stands on the badge, and the sentence beside it."""
    if chance == Chance.FREE:
        free = _("Noch %(free)d von %(all)d Plätzen frei", free=seats.free, all=seats.capacity)
        return free, f"{free}."
    if chance == Chance.BY_CHOICE:
        return _("Plätze nach Auswahl"), _by_choice(seats)
    if chance == Chance.NOT_OPEN:
        day = long_date(to_local(workshop.opens_at, workshop.zone)) if workshop.opens_at else ""
        return _("Noch nicht geöffnet"), _("Die Anmeldung beginnt am %(day)s.", day=day)
    word, sentence = WORDS[chance]
    return str(word), str(sentence)


def _by_choice(seats: Seats) -> str:
    sentence: str = _("Sie bewerben sich zuerst. Danach entscheidet das Organisationsteam.")
    if seats.capacity is not None:
        sentence = _(
            "Sie bewerben sich zuerst. Danach vergibt das Organisationsteam %(all)d Plätze.",
            all=seats.capacity,
        )
    return sentence
