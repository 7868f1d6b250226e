"""`flask demo`: example data, to see the product at work."""

from datetime import datetime

import click
from flask import current_app
from flask.cli import AppGroup

from registration import clock, logs

demo = AppGroup("demo", help="Example workshops, organisations and people.")


@demo.command("load")
@click.option("--if-empty", is_flag=True, help="Do nothing when the database already holds something.")
def load(if_empty: bool) -> None:
    """Fill an empty database with examples around today."""
    if current_app.config["APP_ENV"] == "production":
        raise click.ClickException("The demo has accounts with a known password: never in production.")
    _load(if_empty, clock.now())


def _load(if_empty: bool, now: datetime) -> None:
    try:
        from registration.demo import loading  # noqa: PLC0415 - its YAML reader is installed for local use only
    except ImportError as missing:
        raise click.ClickException(f"The demo needs the package “{missing.name}”.") from missing
    if not loading.is_empty():
        if if_empty:
            return
        raise click.ClickException("The database is not empty: load the demo into a new one.")
    with logs.quiet():
        loading.load(now=now)
    click.echo("The demo is loaded.")
