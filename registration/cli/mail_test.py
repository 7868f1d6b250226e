"""`flask mail test`: a mail of its own, on the way that all mails take."""

import time

import click
from flask.cli import with_appcontext

from registration import clock
from registration.errors import RegistrationError
from registration.extensions import db
from registration.models import OutboxMessage
from registration.services.testing_mail import send_test_mail
from registration.services.watching import watch
from registration.vocabulary import OutboxState

LOOK_EVERY_SECONDS = 0.2
S = OutboxState


@click.command("test")
@click.argument("address")
@click.option("--wait", is_flag=True, help="Wait until the worker has sent it, or say why not.")
@click.option("--seconds", default=60, show_default=True, help="With --wait: how long at most.")
@with_appcontext
def test(address: str, wait: bool, seconds: int) -> None:
    """Send a test mail to ADDRESS through outbox and worker, as every other mail."""
    try:
        message_id = send_test_mail(address, organiser_id=None, now=clock.now())
    except RegistrationError as refusal:
        raise click.ClickException(f"“{address}” is no e-mail address.") from refusal
    click.echo(f"Mail {message_id} is queued.")
    if wait:
        _wait(message_id, seconds)


def _wait(message_id: int, seconds: int) -> None:
    end = time.monotonic() + seconds
    while (message := _read(message_id)).state in (S.QUEUED, S.CLAIMED, S.SENDING):
        if time.monotonic() >= end or message.attempts:
            raise click.ClickException(_why(message))
        time.sleep(LOOK_EVERY_SECONDS)
    if message.state is not S.SENT:
        raise click.ClickException(f"The mail is {message.state}: {message.state_reason}")
    click.echo(f"Sent. The mail server says: {message.server_reply}")


def _read(message_id: int) -> OutboxMessage:
    db.session.rollback()
    return db.session.get_one(OutboxMessage, message_id, populate_existing=True)


def _why(message: OutboxMessage) -> str:
    """What keeps it back: its own refusal, the pause, the worker, or others before it."""
    seen = watch(now=clock.now())
    if message.attempts:
        return f"Not accepted so far: {message.server_reply or message.state_reason}"
    if seen.pause:
        return f"Not sent: mails are paused ({seen.pause}). Reason: {seen.reason or '–'}"
    if seen.is_worker_silent:
        return "Not sent: the worker says nothing. Start it: flask worker"
    return f"Not sent yet: {seen.due} mails are due. The worker will send it in its turn."
