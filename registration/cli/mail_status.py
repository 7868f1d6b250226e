"""`flask mail status`: how the sending of mails is, and whether it needs a person."""

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

import click
from flask import current_app
from flask.cli import with_appcontext

from registration import clock
from registration.mail import test_mode
from registration.rules.wall_times import to_local
from registration.services.watching import MailNumbers, MailWatch, numbers, watch
from registration.vocabulary import OutboxState

WIDTH = 16


@click.command("status")
@with_appcontext
def status() -> None:
    """Show pause, queue, worker and settings; the exit code is 1 when something needs a person."""
    now = clock.now()
    seen, counted = watch(now=now), numbers(now=now)
    problems = list(_problems(seen, counted))
    for name, words in (*_lines(seen, counted), ("Needs a person", problems or ["no"])):
        for number, line in enumerate(words):
            click.echo(f"{'' if number else name:<{WIDTH}}{line}".rstrip())
    sys.exit(1 if problems else 0)


def moment(instant: datetime | None) -> str:
    """2027-01-15 10:00, in the zone of the agency."""
    return f"{to_local(instant, current_app.config['TIME_ZONE']):%Y-%m-%d %H:%M}" if instant else "–"


def _lines(seen: MailWatch, counted: MailNumbers) -> Iterator[tuple[str, list[str]]]:
    yield "Sending", list(_sending(seen))
    yield "Worker", [f"last seen {_ago(seen)}{' (silent)' if seen.is_worker_silent else ''}"]
    yield "Oldest due", [f"{_duration(seen.oldest_due_age)}, {seen.due} due now"]
    yield "Outbox", _outbox(counted)
    lately = ", ".join(f"{name} {count}" for name, count in counted.lately.items())
    yield "Last 24 hours", [lately]
    yield "Suppressed", [f"{counted.suppressed} address{'' if counted.suppressed == 1 else 'es'}"]
    yield "Server", [_server()]
    yield "Pace", [_pace()]
    yield "Test mode", [_test_mode()]


def _sending(seen: MailWatch) -> Iterator[str]:
    if seen.pause is None:
        yield "on"
        return
    who = f" by {seen.paused_by}" if seen.paused_by else ""
    until = f", tried again at {moment(seen.paused_until)}" if seen.paused_until else ""
    yield f"PAUSED ({seen.pause}) since {moment(seen.since)}{who}{until}"
    yield f"reason: {seen.reason or '–'}"


def _outbox(counted: MailNumbers) -> list[str]:
    found = [(state, counted.by_state[state]) for state in OutboxState if counted.by_state.get(state)]
    return [f"{state:<10}{count:>8}" for state, count in found] or ["empty"]


def _server() -> str:
    config = current_app.config
    security = "TLS" if config["MAIL_USE_SSL"] else "STARTTLS" if config["MAIL_USE_TLS"] else "no encryption"
    return f"{config['MAIL_SERVER']}:{config['MAIL_PORT']}, {security}"


def _pace() -> str:
    config = current_app.config
    per_minute = config["MAIL_PER_MINUTE"]
    pace = f"at most {per_minute} mails per minute" if per_minute else "no limit per minute"
    connections = (
        f"{config['MAIL_CONNECTIONS']} connection(s), {config['MAIL_CONNECTIONS_PER_WORKER']} per worker"
    )
    return f"{pace}; at most {connections}"


def _test_mode() -> str:
    config = current_app.config
    return f"ON: every mail goes to {config['MAIL_TEST_ADDRESS']}" if test_mode.is_on(config) else "off"


def _problems(seen: MailWatch, counted: MailNumbers) -> Iterator[str]:
    """A pause that ends by itself needs nobody until mails are late by it."""
    if seen.waits_for_a_person:
        yield "Mails are paused. Mend the reason, then: flask mail resume"
    if seen.is_late:
        yield f"The oldest due mail has waited for {_duration(seen.oldest_due_age)}."
    if seen.is_worker_silent:
        yield "The worker says nothing. Start it: flask worker"
    if counted.by_state.get(OutboxState.HELD):
        yield "Held mails wait for a decision. Look at them in the desk, then: flask mail retry ID"
    if counted.lately["failed"]:
        yield "Mails have failed in the last 24 hours. Mend the reason, then: flask mail retry --failed"
    if test_mode.is_on(current_app.config) and current_app.config["APP_ENV"] == "production":
        yield "Test mode is on: no mail reaches anybody. Remove MAIL_TEST_ADDRESS."


def _ago(seen: MailWatch) -> str:
    return f"{_duration(seen.now - seen.worker_seen_at)} ago" if seen.worker_seen_at else "never"


def _duration(duration: timedelta) -> str:
    """5 s, 20 min, 3 h 20 min, 2 d 3 h."""
    seconds = int(duration.total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{seconds} s"
