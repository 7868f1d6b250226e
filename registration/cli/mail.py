"""`flask mail …`: looking after the sending of mails from the terminal."""

import getpass

import click
from flask.cli import AppGroup

from registration import clock
from registration.cli import mail_plan, mail_status, mail_test
from registration.errors import RegistrationError
from registration.services import pausing, recovering
from registration.vocabulary import MailKind

mail = AppGroup("mail", help="Mails: how they are, what is planned, trying again, pausing.")
for command in (mail_status.status, mail_plan.plan, mail_plan.preview, mail_test.test):
    mail.add_command(command)

LONGEST_REASON = 500


@mail.command("retry")
@click.argument("ids", nargs=-1, type=int, metavar="[ID]…")
@click.option("--failed", is_flag=True, help="All failed mails.")
@click.option(
    "--kind", type=click.Choice([str(kind) for kind in MailKind]), help="With --failed: of this kind only."
)
def retry(ids: tuple[int, ...], failed: bool, kind: str | None) -> None:
    """Queue failed and held mails once more: those with these IDs, or all that failed."""
    if bool(ids) == failed:
        raise click.UsageError("Name the IDs of mails, or --failed for all of them.")
    if kind and not failed:
        raise click.UsageError("--kind goes with --failed.")
    now = clock.now()
    try:
        count = (
            recovering.retry_all(MailKind(kind) if kind else None, organiser_id=None, now=now)
            if failed
            else recovering.retry(ids, organiser_id=None, now=now)
        )
    except RegistrationError as refusal:
        raise click.ClickException(str(refusal.message)) from refusal
    click.echo(f"{_mails(count)} will be tried again.")
    if ids and count < len(set(ids)):
        click.echo("The others are neither failed nor held, or there are no such mails.")


@mail.command("pause")
@click.option("--reason", default="", help="Why; the desk shows it.")
def pause(reason: str) -> None:
    """Let no mail leave until somebody resumes; mails wait, none is lost."""
    pausing.pause_by_hand(reason[:LONGEST_REASON], by=_who(), organiser_id=None, now=clock.now())
    click.echo("No mail leaves any more. To go on: flask mail resume")


@mail.command("resume")
def resume() -> None:
    """Let mails leave again, whatever kept them back."""
    was_paused = pausing.resume_by_hand(by=_who(), organiser_id=None, now=clock.now())
    click.echo("Mails leave again." if was_paused else "Nothing was paused.")


def _who() -> str:
    """Return who sits at the terminal, as the desk shows it."""
    try:
        return f"{getpass.getuser()} (Terminal)"
    except (KeyError, OSError):  # an account without a name, as in containers
        return "Terminal"


def _mails(count: int) -> str:
    return "1 mail" if count == 1 else f"{count} mails"
