"""`flask mail plan`, `flask mail preview`: what a workshop sends, and how it reads."""

from difflib import get_close_matches

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from registration import clock
from registration.errors import RegistrationError
from registration.extensions import db
from registration.models import Registration, Workshop
from registration.rules.wall_times import to_local
from registration.services import previewing
from registration.services.timeline import Entry, timeline
from registration.vocabulary import DESK_MAILS, TIMED_MAILS, MailKind


@click.command("plan")
@click.argument("workshop")
@with_appcontext
def plan(workshop: str) -> None:
    """Print the time line of WORKSHOP, named by its slug: what has left, and what will."""
    now, one = clock.now(), _workshop(workshop)
    entries = timeline(one, now=now)
    click.echo(
        f"{one.title} ({one.slug}), times in {one.zone}, now {to_local(now, one.zone):%a %Y-%m-%d %H:%M}"
    )
    for line in _table([_row(entry, one.zone) for entry in entries]):
        click.echo(line)
    if not entries:
        click.echo("No mail has left, and none is planned.")


@click.command("preview")
@click.argument("workshop")
@click.argument("kind", type=click.Choice([str(kind) for kind in previewing.PREVIEWED]))
@click.option("--registration", "reference", help="Reference of the person; without, the longest name.")
@click.option("--html", is_flag=True, help="Print the HTML part instead of the text.")
@with_appcontext
def preview(workshop: str, kind: str, reference: str | None, html: bool) -> None:
    """Print a mail of WORKSHOP as a real person would read it. Nothing is sent or written."""
    one = _workshop(workshop)
    person = _person(one, reference) if reference else previewing.longest(one.id)
    try:
        seen = previewing.preview(one, MailKind(kind), person, now=clock.now())
    except RegistrationError as refusal:
        raise click.ClickException(str(refusal.message)) from refusal
    if html:
        click.echo(seen.html)
        return
    click.echo(f"To:       {seen.to_address}")
    click.echo(f"Subject:  {seen.subject}")
    click.echo(f"As of:    {to_local(seen.leaves_at, one.zone):%a %Y-%m-%d %H:%M}")
    if seen.attachments:
        click.echo(f"Attached: {', '.join(seen.attachments)}")
    click.echo(f"\n{seen.text}")


def _workshop(slug: str) -> Workshop:
    """Return the workshop; the error names those whose slugs are near."""
    found = db.session.scalar(select(Workshop).where(Workshop.slug == slug))
    if found is not None:
        return found
    slugs = list(db.session.scalars(select(Workshop.slug).order_by(Workshop.slug)))
    near = get_close_matches(slug, slugs, n=5, cutoff=0.4) or [one for one in slugs if slug in one][:5]
    hint = f" Did you mean: {', '.join(near)}?" if near else ""
    raise click.ClickException(f"There is no workshop “{slug}”.{hint}")


def _person(workshop: Workshop, reference: str) -> Registration:
    found = previewing.by_reference(workshop.id, reference)
    if found is None:
        raise click.ClickException(f"No registration “{reference}” in {workshop.slug}.")
    return found


def _row(entry: Entry, zone: str) -> tuple[str, str, str, str, str]:
    states = ", ".join(f"{count} {state}" for state, count in entry.states.items() if count)
    return (
        f"{to_local(entry.due, zone):%a %Y-%m-%d %H:%M}",
        entry.kind,
        str(entry.count),
        states or ("nothing sent" if entry.is_past else "planned"),
        _audience(entry.kind),
    )


def _audience(kind: MailKind) -> str:
    if kind in DESK_MAILS:
        return "organiser"
    if kind is MailKind.CERTIFICATE:
        return "who has attended"
    return "everybody with a seat" if kind in TIMED_MAILS else "each person concerned"


def _table(rows: list[tuple[str, str, str, str, str]]) -> list[str]:
    """Return the lines with columns below each other, numbers to the right."""
    if not rows:
        return []
    lines = [("WHEN", "MAIL", "TO", "STATE", "AUDIENCE"), *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    when, kind, count, state = widths
    return [f"{a:<{when}}  {b:<{kind}}  {c:>{count}}  {d:<{state}}  {e}".rstrip() for a, b, c, d, e in lines]
