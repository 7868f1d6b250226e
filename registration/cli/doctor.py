"""`flask doctor`: is this installation well, and if not, what is to be done?"""

import json
import sys
from collections.abc import Sequence
from textwrap import wrap

import click
from flask import current_app
from flask.cli import with_appcontext

from registration import clock, jobs
from registration.extensions import db
from registration.services.diagnosing import Health, Result, Surroundings, diagnose, worst

WIDTH = 100
COLOURS = {Health.OK: "green", Health.WARNING: "yellow", Health.ERROR: "red", Health.UNKNOWN: "cyan"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One object, for programs.")
@click.option("--offline", is_flag=True, help="Leave out mail server, bounce mailbox and DNS.")
@with_appcontext
def doctor(as_json: bool, offline: bool) -> None:
    """Look at database, settings, mail and domain; sends nothing, changes nothing.

    Ends with 1 when something is an error, with 0 otherwise, also with warnings.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined] # threads need it
    db.session.remove()
    results = diagnose(app, surroundings(), with_network=not offline)
    click.echo(_json(results) if as_json else _table(results))
    sys.exit(worst(results) is Health.ERROR)


def surroundings() -> Surroundings:
    """Return what the checks need from this floor: settings, clock, and the table of jobs."""
    every = {job.name: job.every for job in jobs.JOBS}
    return Surroundings(current_app.config, clock.now, every)


def _json(results: Sequence[Result]) -> str:
    checks = [
        {
            "check": one.name,
            "health": one.finding.health,
            "what": one.finding.what.en,
            "to_do": one.finding.to_do.en if one.finding.to_do else "",
            "text": one.finding.text,
        }
        for one in results
    ]
    return json.dumps({"health": worst(results), "checks": checks}, indent=2, ensure_ascii=False)


def _table(results: Sequence[Result]) -> str:
    lines = [line for one in results for line in _lines(one)]
    counts = {health: sum(one.finding.health is health for one in results) for health in Health}
    lines += ["", ", ".join(f"{count} {health}" for health, count in counts.items() if count)]
    return "\n".join(lines)


def _lines(one: Result) -> list[str]:
    health = click.style(f"{one.finding.health:<8}", fg=COLOURS[one.finding.health])
    indent = 8 + 18
    what, *more = wrap(one.finding.what.en, WIDTH - indent) or [""]
    lines = [f"{health}{one.title.en:<18}{what}", *(" " * indent + line for line in more)]
    if one.finding.to_do:
        words = wrap(one.finding.to_do.en, WIDTH - indent - 2)
        lines += [
            " " * indent + mark + line
            for mark, line in zip(("→ ", *["  "] * len(words)), words, strict=False)
        ]
    return lines + ([" " * indent + "  " + one.finding.text] if one.finding.text else [])
