"""The waiting list in words: what is offered to whom, why a free seat stays free, and why each one waits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from registration.extensions import db
from registration.models import Registration, Workshop
from registration.reason_words import placement_sentences
from registration.rules.date_words import table_date_time
from registration.rules.names import full_name
from registration.rules.seating import Seats
from registration.rules.wall_times import to_local
from registration.steps.waiting import why_waiting
from registration.vocabulary import RegistrationState

WORDS = {
    "by_hand": "Wartet, bis Sie von Hand entscheiden.",
    "chosen_by_hand": "Die Plätze vergeben Sie nach Auswahl.",
    "full": "Alle Plätze sind vergeben.",
    "last_hours": "In den letzten {hours} Stunden vor Beginn rückt niemand von selbst nach.",
    "next": "Ein Platz ist frei und wird in wenigen Sekunden vergeben.",
    "not_published": "Der Workshop ist nicht veröffentlicht.",
    "offered": "Der freie Platz ist einer anderen Person angeboten.",
    "over": "Der Workshop ist vorbei.",
    "queue": "Andere stehen weiter vorn.",
}


@dataclass(frozen=True)
class WaitingList:
    """Sentences for the list as a whole, and for each who waits by the id of the registration."""

    notes: list[str] = field(default_factory=list)
    reasons: Mapping[int, list[str]] = field(default_factory=dict)


def waiting_list_in_words(workshop: Workshop, *, now: datetime) -> WaitingList:
    """Say how the waiting list stands; counted without the lock, and of this moment."""
    seats, codes = why_waiting(workshop, now=now)
    reasons = {number: _sentences(workshop, found) for number, found in codes.items()}
    notes = [*_open_offers(workshop), *_free_seats(seats, list(reasons.values()))]
    return WaitingList(notes, reasons)


def moved_up_in_words(moved_up: Mapping[RegistrationState, int], until: str) -> Iterator[str]:
    """Say what saving has done to the waiting list; `until` in words, where seats are offered."""
    number = moved_up.get(RegistrationState.OFFERED, 0)
    if number:
        what = "Ein Platz ist angeboten" if number == 1 else f"{number} Plätze sind angeboten"
        yield f"{what}, bis {until}."
    number = moved_up.get(RegistrationState.CONFIRMED, 0)
    if number:
        yield "Eine Person ist nachgerückt." if number == 1 else f"{number} Personen sind nachgerückt."
    number = moved_up.get(RegistrationState.IN_REVIEW, 0)
    if number:
        whom = "Eine Person wartet" if number == 1 else f"{number} Personen warten"
        yield f"{whom} jetzt auf Ihre Prüfung."


def end_of_offer(registration: Registration) -> str:
    """Mi 24.02.2027 10:00."""
    if registration.offered_until is None:
        return ""
    return table_date_time(to_local(registration.offered_until, registration.workshop.zone), "de")


def _sentences(workshop: Workshop, codes: tuple[str, ...]) -> list[str]:
    own = [WORDS[code].format(hours=workshop.move_up_until_hours) for code in codes if code in WORDS]
    return [*own, *placement_sentences(code for code in codes if code not in WORDS)]


def _open_offers(workshop: Workshop) -> list[str]:
    query = select(Registration).where(
        Registration.workshop_id == workshop.id, Registration.state == RegistrationState.OFFERED
    )
    offered = db.session.scalars(query.order_by(Registration.offered_until, Registration.id))
    return [
        f"Das Angebot an {full_name(one.given_name, one.family_name)} läuft bis {end_of_offer(one)}."
        for one in offered
    ]


def _free_seats(seats: Seats, reasons: list[list[str]]) -> list[str]:
    """Why seats are free although people wait: mostly nothing."""
    if not seats.free or not reasons:
        return []
    free = "1 Platz ist frei" if seats.free == 1 else f"{seats.free} Plätze sind frei"
    waiting = "1 Person wartet" if len(reasons) == 1 else f"{len(reasons)} Personen warten"
    why = dict.fromkeys(sentence for sentences in reasons for sentence in sentences)
    return [f"{free}, und {waiting}. {' '.join(why)}"]
