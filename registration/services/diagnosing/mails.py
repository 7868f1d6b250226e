"""Whether mails leave, as the database tells it: worker, queue, pause, failures."""

from datetime import timedelta

from sqlalchemy import select

from registration.extensions import db
from registration.mail import test_mode
from registration.models import JobRun
from registration.services.diagnosing.findings import (
    Check,
    Finding,
    Surroundings,
    Words,
    fine,
    warning,
    wrong,
)
from registration.steps import outbox_numbers
from registration.steps.relay import is_paused, relay_as_read
from registration.vocabulary import OutboxState, RelayPause

NEEDS_SOMEBODY = (RelayPause.CONFIGURATION, RelayPause.REJECTIONS)


def worker(around: Surroundings) -> Finding:
    """A job is late by more than its interval and JOB_AGE_ALERT_SECONDS."""
    runs = {run.name: run for run in db.session.scalars(select(JobRun))}
    now, limit = around.instant(), timedelta(seconds=around.config["JOB_AGE_ALERT_SECONDS"])
    good = {name: run.succeeded_at for name, run in runs.items()}
    late = [
        name
        for name, every in around.jobs.items()
        if (last := good.get(name)) is None or now - last > limit + every
    ]
    if not late:
        return fine(f"{len(around.jobs)} jobs run", f"{len(around.jobs)} Aufträge laufen")
    if len(late) == len(around.jobs):
        return wrong(
            Words(
                "The worker does not run: no mail leaves",
                "Der Dienst „worker“ läuft nicht: Keine E-Mail wird verschickt",
            ),
            Words("Start it: flask --app wsgi worker", "Starten Sie ihn: flask --app wsgi worker"),
        )
    named = ", ".join(late)
    errors = "; ".join(run.error for name, run in runs.items() if name in late and run.error)
    return wrong(
        Words(f"Late: {named}. {errors}".strip(), f"Verspätet: {named}. {errors}".strip()),
        Words("Look at the log of the worker.", "Sehen Sie in das Protokoll des Dienstes „worker“."),
    )


def queue(around: Surroundings) -> Finding:
    now = around.instant()
    oldest = outbox_numbers.oldest_due_at(now)
    minutes = (now - oldest).total_seconds() / 60 if oldest else 0.0
    waiting = sum(outbox_numbers.waiting().values())
    what = Words(
        f"{waiting} waiting, the oldest due one for {minutes:.0f} min",
        f"{waiting} warten, die älteste fällige seit {minutes:.0f} Minuten",
    )
    if minutes <= around.config["QUEUE_AGE_ALERT_MINUTES"]:
        return fine(what.en, what.de)
    return wrong(
        what,
        Words(
            "See below whether worker and mail server are well.",
            "Prüfen Sie Versanddienst und Mailserver, siehe dort.",
        ),
    )


def pause(around: Surroundings) -> Finding:
    relay = relay_as_read()
    if relay is None or relay.pause is None or not is_paused(relay, around.instant()):
        return fine("none", "keine")
    since = f"{relay.since:%Y-%m-%d %H:%M} UTC" if relay.since else ""
    what = Words(
        f"{relay.pause} since {since}: {relay.reason}", f"{relay.pause} seit {since}: {relay.reason}"
    )
    if relay.pause in NEEDS_SOMEBODY:
        return wrong(
            what,
            Words(
                "Mend the cause, then: flask --app wsgi mail resume",
                "Beheben Sie die Ursache, dann: Versand fortsetzen",
            ),
        )
    if relay.pause is RelayPause.BY_HAND:
        return warning(
            what, Words("To go on: flask --app wsgi mail resume", "Zum Weitermachen: Versand fortsetzen")
        )
    return warning(what, Words("It is tried again by itself.", "Es wird von selbst wieder versucht."))


def undelivered(_around: Surroundings) -> Finding:
    counts = dict.fromkeys((OutboxState.FAILED, OutboxState.HELD), 0)
    for one in outbox_numbers.stuck():
        counts[one.state] += one.mails
    failed, held = counts.values()
    what = Words(f"{failed} failed, {held} held", f"{failed} nicht zustellbar, {held} angehalten")
    if not failed + held:
        return fine(what.en, what.de)
    to_do = Words(
        "Look at them in the desk under E-Mails.", "Sehen Sie sie am Schreibtisch unter „E-Mails“ an."
    )
    return warning(what, to_do)


def mode(around: Surroundings) -> Finding:
    if test_mode.is_on(around.config):
        return warning(
            Words("On: every mail goes to MAIL_TEST_ADDRESS", "An: Alle E-Mails gehen an MAIL_TEST_ADDRESS"),
            Words(
                "Remove MAIL_TEST_ADDRESS before people register.",
                "Entfernen Sie MAIL_TEST_ADDRESS, bevor sich jemand anmeldet.",
            ),
        )
    return fine("off", "aus")


CHECKS = (
    Check("worker", Words("Worker", "Versanddienst"), worker),
    Check("queue", Words("Queue", "Warteschlange"), queue),
    Check("pause", Words("Pause", "Pause"), pause),
    Check("undelivered", Words("Undelivered mails", "Nicht zugestellt"), undelivered),
    Check("test_mode", Words("Test mode", "Testbetrieb"), mode),
)
