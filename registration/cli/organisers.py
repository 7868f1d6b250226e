"""`flask create-organiser`: accounts of the desk are opened at the terminal."""

import sys

import click
from flask.cli import with_appcontext

from registration import clock
from registration.errors import RegistrationError
from registration.services import signing_in
from registration.vocabulary import Role


@click.command("create-organiser")
@click.argument("email")
@click.option("--name", default="", help="Name as the desk shows it.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.ORGANISER.value)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_appcontext
def create_organiser(email: str, name: str, role: str, password_stdin: bool) -> None:
    """Open an account for EMAIL; asks for the password (12 characters or more)."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _ask()
    try:
        signing_in.create_organiser(email, name=name, role=Role(role), password=password, now=clock.now())
    except RegistrationError as refusal:
        raise click.ClickException(str(refusal.message)) from refusal
    click.echo(f"Created the account {email} with the role {role}.")


def _ask() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
