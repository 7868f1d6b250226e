"""`flask backup` and `flask restored`: a copy of the database, and the first step after using one."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import structlog
from flask import current_app
from flask.cli import with_appcontext

from registration import clock
from registration.errors import RegistrationError
from registration.extensions import db
from registration.services import (
    backing_up,
    lapsing,
    moving_up,
    offering,
    pausing,
    planning,
    restoring,
    watching,
)
from registration.vocabulary import MailKind

MEGABYTE = 1024 * 1024
WORKER_IS_QUIET_AFTER_SECONDS = 30
ALL = "all"
UNSENT = "unsent"
log = structlog.get_logger(__name__)


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Copy the database to FILE while everything runs, and check the copy."""
    try:
        size = backing_up.back_up(file)
    except RegistrationError as refusal:
        raise click.ClickException(str(refusal.message)) from refusal
    log.info("backup.written", bytes=size)
    click.echo(f"{file}: {size / MEGABYTE:,.1f} MB, checked. Keep SECRET_KEY elsewhere: both are needed.")


class Instant(click.ParamType[datetime]):
    """A moment as `2027-01-15T09:00+01:00`; without an offset it is of TIME_ZONE."""

    name = "instant"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            self.fail("Write it like 2027-01-15T09:00.", param, ctx)


@click.command("restored")
@click.option("--stopped-at", type=Instant(), help="When the former installation stopped; now when left out.")
@click.option("--drop", is_flag=True, help="Never send what may have been sent; otherwise it waits for you.")
@click.option(
    "--release",
    "kind",
    type=click.Choice([ALL, UNSENT, *map(str, MailKind)]),
    help="Queue what waits: of one kind, all, or what was hardly sent.",
)
@with_appcontext
def restored(stopped_at: datetime | None, drop: bool, kind: str | None) -> None:
    """After a restore, before the worker starts: let nothing leave again that was sent since the backup.

    Pauses the sending, plans what was due until the former installation stopped, and sets all of it aside.
    """
    now = clock.now()
    if kind is not None:
        count = restoring.release(
            None if kind in (ALL, UNSENT) else MailKind(kind), hardly_sent_only=kind == UNSENT, now=now
        )
        click.echo(f"{count} mails are queued. To let them leave: flask mail resume")
        return
    _refuse_running_worker(now)
    if stopped_at is not None and stopped_at.tzinfo is None:
        stopped_at = stopped_at.replace(tzinfo=ZoneInfo(str(current_app.config["TIME_ZONE"])))
    _set_aside(min(stopped_at or now, now), drop, now)


def _set_aside(stopped_at: datetime, drop: bool, now: datetime) -> None:
    pausing.pause_by_hand(restoring.RESTORED, by="Terminal", organiser_id=None, now=now)
    count = restoring.set_aside(stopped_at=stopped_at, drop=drop, now=now)
    last = restoring.last_mail()
    lapsing.lapse_unconfirmed(now=stopped_at)
    offering.end_due_offers(now=stopped_at)
    moving_up.move_up_everywhere(now=stopped_at)
    planning.plan_due_mails(now=stopped_at)
    count += restoring.set_aside(stopped_at=stopped_at, after=last, drop=drop, now=now)
    log.warning("backup.restored", mails=count, dropped=drop)
    click.echo(f"{count} mails are {'dropped' if drop else 'held'}, and sending is paused.")
    for mail_kind, reason, mails in restoring.waiting_kinds():
        click.echo(f"  {mails:>6}  {mail_kind:<20}  {reason}")
    click.echo(NEXT)


NEXT = """
Next:
  1. Start the web. In the desk, E-Mails shows what is held; send single ones there.
  2. Or here: flask restored --release unsent (or a kind, or all). What nobody releases never leaves.
  3. flask mail resume, and start the worker."""


def _refuse_running_worker(now: datetime) -> None:
    seen = watching.watch(now=now).worker_seen_at
    db.session.rollback()
    if seen is not None and abs((now - seen).total_seconds()) < WORKER_IS_QUIET_AFTER_SECONDS:
        raise click.ClickException("A worker runs: stop it first, and wait half a minute.")
