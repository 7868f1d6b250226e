"""What one's own registration says of itself: its state in a sentence, what happens next, where it stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from registration.models import Registration
from registration.rules.wall_times import to_local
from registration.steps.leaving import state_before_leaving
from registration.views.durations import time_left
from registration.views.words import clock_time, long_date
from registration.vocabulary import RegistrationState as State


@dataclass(frozen=True)
class Step:
    """One of the four steps; `here` is the one where the person is now."""

    name: Any
    is_done: bool
    is_here: bool


def sentence(registration: Registration, rank: int | None, now: datetime) -> str:
    """The state in one sentence (look: a page answers its first question in its first line)."""
    if registration.has_offer_ended(now):
        ended: str = _("Das Angebot ist abgelaufen.")
        return ended
    sentences: dict[State, str] = {
        State.UNCONFIRMED: _("Bitte bestätigen Sie Ihre E-Mail-Adresse."),
        State.IN_REVIEW: _("Wir prüfen Ihre Anmeldung."),
        State.WAITING: _("Sie stehen auf der Warteliste an %(rank)d. Stelle.", rank=rank or 0),
        State.OFFERED: _("Wir bieten Ihnen einen Platz an."),
        State.CONFIRMED: _("Ihr Platz ist sicher."),
        State.LAPSED: _("Ihre Anmeldung ist verfallen."),
        State.DECLINED: _("Wir können Ihnen leider keinen Platz geben."),
        State.WITHDRAWN: _withdrawn(registration),
        State.CANCELLED: _("Ihre Anmeldung wurde storniert."),
        State.SUBSTITUTED: _("Eine Person aus Ihrer Organisation nimmt an Ihrer Stelle teil."),
    }
    return sentences[registration.state]


def next_steps(registration: Registration, now: datetime) -> str:
    """What happens next, in one or two sentences."""
    if registration.has_seat:
        return _after_the_seat(registration, now)
    if registration.has_offer_ended(now):  # and the worker has not looked yet
        ended: str = _("Der Platz geht an die nächste Person. Sie bekommen dazu noch eine E-Mail.")
        return ended
    sentences: dict[State, str] = {
        State.UNCONFIRMED: _(
            "Öffnen Sie dazu den Link in unserer E-Mail. Vorher ist die Anmeldung nicht gültig."
        ),
        State.IN_REVIEW: _("Das Organisationsteam entscheidet und schreibt Ihnen eine E-Mail."),
        State.WAITING: _while_waiting(registration),
        State.OFFERED: _(
            "Bitte nehmen Sie den Platz bis %(until)s an. Danach bekommt ihn die nächste Person.",
            until=_offer_end_and_rest(registration, now),
        ),
        State.LAPSED: _why_lapsed(registration),
        State.DECLINED: _("Haben Sie Fragen dazu? Schreiben Sie Ihrer Ansprechperson."),
        State.WITHDRAWN: _after_withdrawing(registration),
        State.CANCELLED: _("Haben Sie Fragen dazu? Schreiben Sie Ihrer Ansprechperson."),
        State.SUBSTITUTED: _("Sie müssen nichts weiter tun."),
    }
    return sentences[registration.state]


def offer_end(registration: Registration) -> str:
    """The last moment of the offer: Freitag, 15. Januar 2027, 07:30 Uhr; nothing when there is no offer."""
    if registration.offered_until is None:
        return ""
    end = to_local(registration.offered_until, registration.workshop.zone)
    return f"{long_date(end)}, {clock_time(end)}"


def _offer_end_and_rest(registration: Registration, now: datetime) -> str:
    """The last moment, and how long that still is."""
    end = registration.offered_until
    if end is None or end <= now:
        return offer_end(registration)
    rest = _("noch %(time)s", time=time_left(now, end))  # not within the f-string: there nobody finds it
    return f"{offer_end(registration)} ({rest})"


def progress(registration: Registration, *, has_attended: bool) -> list[Step]:
    """Eingegangen, bestätigt, Zusage, teilgenommen."""
    is_confirmed = registration.address_confirmed_at is not None
    done = [True, is_confirmed, registration.has_seat, registration.has_seat and has_attended]
    names = [_("Eingegangen"), _("Bestätigt"), _("Zusage"), _("Teilgenommen")]
    reached = max(number for number, is_done in enumerate(done) if is_done)
    return [
        Step(name, number <= reached and is_done, number == reached)
        for number, (name, is_done) in enumerate(zip(names, done, strict=True))
    ]


def _withdrawn(registration: Registration) -> str:
    sentence: str = _("Sie haben sich abgemeldet.")
    if _given_back(registration) is State.OFFERED:
        sentence = _("Sie haben den Platz freigegeben.")
    return sentence


def _after_withdrawing(registration: Registration) -> str:
    """Only who had a seat has an entry in her calendar."""
    sentence: str = _("Sie müssen nichts weiter tun.")
    before = _given_back(registration)
    if before is State.CONFIRMED:
        sentence = _("Löschen Sie den Termin in Ihrem Kalender, falls er nicht von selbst verschwindet.")
    elif before in (State.OFFERED, State.WAITING):
        sentence = _("Sie stehen nicht mehr auf der Warteliste.")
    return sentence


def _given_back(registration: Registration) -> State | None:
    """What a withdrawal has ended; asked of the journal for who has withdrawn only."""
    return state_before_leaving(registration) if registration.state is State.WITHDRAWN else None


def _while_waiting(registration: Registration) -> str:
    sentence: str = _("Wird ein Platz frei, rücken Sie nach. Dann bekommen Sie eine E-Mail.")
    if registration.workshop.asks_before_moving_up:
        sentence = _("Wird ein Platz frei, bieten wir ihn Ihnen per E-Mail an.")
    return sentence


def _why_lapsed(registration: Registration) -> str:
    sentence: str = _("Die E-Mail-Adresse wurde nicht rechtzeitig bestätigt. Sie können sich neu anmelden.")
    if registration.address_confirmed_at is not None:
        sentence = _("Den angebotenen Platz haben Sie nicht rechtzeitig angenommen.")
    return sentence


def saved_sentence(what: str, registration: Registration) -> str:
    """What was just saved, and what follows from it; empty for unknown words in the address."""
    judged: dict[State, str] = {
        State.UNCONFIRMED: _("Bitte bestätigen Sie noch Ihre E-Mail-Adresse."),
        State.IN_REVIEW: _("Das Organisationsteam prüft die neuen Angaben."),
        State.WAITING: _("Ihr Platz auf der Warteliste bleibt."),
        State.CONFIRMED: _("Ihr Platz bleibt sicher."),
    }
    follows = judged.get(registration.state, "")
    if registration.has_seat and "changed_by_person" in registration.reasons:
        follows = _("Ihren Platz behalten Sie. Das Organisationsteam prüft die Änderung.")
    saved = _("Ihre Angaben sind gespeichert.")
    sentences: dict[str, str] = {
        "data": saved,
        "judged": f"{saved} {follows}".strip(),
        "nothing": _("Es hat sich nichts geändert."),
        "address": _("Wir haben einen Link an die neue Adresse geschickt. Bitte öffnen Sie ihn dort."),
        "consents": _("Ihre Einwilligungen sind gespeichert."),
    }
    return sentences.get(what, "")


def _after_the_seat(registration: Registration, now: datetime) -> str:
    workshop = registration.workshop
    sentence: str = _("Vor dem Termin erinnern wir Sie per E-Mail.")
    if workshop.is_over(now):
        sentence = _("Die Veranstaltung ist vorbei.")
    elif any(one.has_room for one in workshop.sessions):
        sentence = _("Den Zugang finden Sie unten. Vor dem Termin erinnern wir Sie per E-Mail.")
    return sentence
