"""What every page of the desk says while mails do not leave: why, since when, and what to do (M-58)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, g

from registration import clock
from registration.rules.date_words import clock_time, short_date
from registration.rules.wall_times import to_local
from registration.services.watching import MailWatch, watch
from registration.views.organiser import blueprint
from registration.vocabulary import RelayPause

NOTHING_IS_LOST = "Alle E-Mails warten, keine geht verloren."
TELL_IT = "Bitte geben Sie Ihrer IT Bescheid."


@dataclass(frozen=True)
class Banner:
    """A title and what stands below it; `can_resume` offers the button to whoever may press it."""

    look: str
    title: str
    sentences: tuple[str, ...]
    can_resume: bool = False


@blueprint.context_processor
def _offer() -> dict[str, Any]:
    """Pages ask when they show it: an error page of the desk must not ask the database."""
    return {"mail_watch": mail_watch, "mail_banner": mail_banner}


def mail_watch() -> MailWatch:
    """Look once per page, however often the page asks."""
    if "mail_watch" not in g:
        g.mail_watch = watch(now=clock.now())
    seen: MailWatch = g.mail_watch
    return seen


def mail_banner() -> Banner | None:
    """Return what stands in the way of the mails; None while they leave."""
    seen = mail_watch()
    if seen.waits_for_a_person:
        return _standing(seen)
    if seen.is_worker_silent:
        return _silent(seen)
    if seen.pause is not None:
        return _waiting(seen)
    return _late(seen) if seen.is_late else None


def moment_words(instant: datetime | None) -> str:
    """15.01.2027, 09:55 Uhr; in the zone of the agency."""
    if instant is None:
        return ""
    local = to_local(instant, current_app.config["TIME_ZONE"])
    return f"{short_date(local, 'de')}, {clock_time(local, 'de')}"


def duration_words(duration: timedelta) -> str:
    """20 Minuten, 3 Stunden, 2 Tage."""
    minutes = int(duration.total_seconds() // 60)
    for size, one, many in ((1440, "Tag", "Tagen"), (60, "Stunde", "Stunden"), (1, "Minute", "Minuten")):
        if minutes >= size:
            number = minutes // size
            return f"{number} {one if number == 1 else many}"
    return "weniger als einer Minute"


_TITLES = {
    RelayPause.BY_HAND: "Der E-Mail-Versand ist angehalten",
    RelayPause.CONFIGURATION: "Der E-Mail-Versand steht still: Der Mailserver weist uns ab",
    RelayPause.REJECTIONS: "Der E-Mail-Versand ist angehalten: Mehrere E-Mails nacheinander wurden abgelehnt",
    RelayPause.TEMPORARY: "Der Mailserver ist gerade nicht erreichbar",
    RelayPause.THROTTLED: "Der Mailserver bittet um eine Pause",
}
_ADVICE = {
    RelayPause.BY_HAND: "Setzen Sie den Versand fort, wenn nichts mehr dagegen spricht.",
    RelayPause.CONFIGURATION: f"{TELL_IT} Anmeldung, Zertifikat oder Absender stimmt nicht. "
    "Setzen Sie den Versand fort, wenn das behoben ist.",
    RelayPause.REJECTIONS: "Sehen Sie sich die abgelehnten E-Mails an. "
    "Setzen Sie den Versand fort, wenn die Ursache behoben ist.",
}


def _standing(seen: MailWatch) -> Banner:
    assert seen.pause is not None
    who = f" von {seen.paused_by}" if seen.paused_by else ""
    what = f"Seit {moment_words(seen.since)}{who}. {_reason(seen)}"
    advice = f"{_ADVICE[seen.pause]} {NOTHING_IS_LOST}"
    return Banner("danger", _TITLES[seen.pause], (what, advice), can_resume=True)


def _silent(seen: MailWatch) -> Banner:
    last = f"zuletzt am {moment_words(seen.worker_seen_at)}" if seen.worker_seen_at else "bisher noch nie"
    sentences = (
        f"Der Dienst, der E-Mails verschickt, hat sich {last} gemeldet.",
        f"{TELL_IT} Der Dienst „worker“ muss laufen. {NOTHING_IS_LOST}",
    )
    return Banner("danger", "Der E-Mail-Versand steht still: Der Versanddienst läuft nicht", sentences)


def _waiting(seen: MailWatch) -> Banner:
    """A pause that ends by itself; red as soon as mails are late by it."""
    assert seen.pause is not None
    again = clock_time(to_local(seen.paused_until or seen.now, current_app.config["TIME_ZONE"]), "de")
    advice = TELL_IT if seen.is_late else "Sie müssen nichts tun."
    waits = f"Die älteste E-Mail wartet seit {duration_words(seen.oldest_due_age)}." if seen.is_late else ""
    what = f"Seit {moment_words(seen.since)}. {waits} {_reason(seen)}"
    then = f"Der Versand wird um {again} von selbst wieder versucht. {advice} {NOTHING_IS_LOST}"
    look = "danger" if seen.is_late else "warning"
    return Banner(look, _TITLES[seen.pause], (what, then), can_resume=seen.is_late)


def _late(seen: MailWatch) -> Banner:
    age = duration_words(seen.oldest_due_age)
    due = f"{seen.due} sind fällig" if seen.due > 1 else "Eine ist fällig"
    waits = f"{due}, die älteste seit {age}."
    if seen.is_moving:
        pace = current_app.config["MAIL_PER_MINUTE"]
        slow = f"Der Versand läuft, höchstens {pace} E-Mails je Minute. Sie müssen nichts tun."
        return Banner("warning", "Viele E-Mails sind unterwegs", (waits, slow))
    return Banner("danger", "E-Mails warten zu lange", (waits, f"{TELL_IT} {NOTHING_IS_LOST}"))


def _reason(seen: MailWatch) -> str:
    return f"Grund: „{seen.reason}“" if seen.reason else ""
