"""`flask worker`, `flask jobs`, `flask job NAME`."""

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from registration import jobs
from registration.extensions import db
from registration.models import JobRun
from registration.steps import ballast


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Run the clock: send mails, plan reminders, lapse and move up, until SIGTERM."""
    app = current_app._get_current_object()  # type: ignore[attr-defined] # threads need it
    db.session.remove()
    ballast.lay(db.engine, bytes_left_over=app.config["DISK_FREE_ALERT_MB"] * 1024 * 1024)
    jobs.run_worker(app)


@click.command("jobs")
@with_appcontext
def list_jobs() -> None:
    """List the jobs with their last run."""
    runs = {run.name: run for run in db.session.scalars(select(JobRun))}
    for job in jobs.JOBS:
        run = runs.get(job.name)
        last = run.succeeded_at.isoformat(timespec="seconds") if run and run.succeeded_at else "never"
        error = f"  last error: {run.error}" if run and run.error else ""
        click.echo(f"{job.name:<14} every {job.every.total_seconds():>4.0f} s   last run {last}{error}")


@click.command("job")
@click.argument("name", type=click.Choice(list(jobs.BY_NAME)))
@with_appcontext
def run_job(name: str) -> None:
    """Run one job once, now."""
    app = current_app._get_current_object()  # type: ignore[attr-defined] # threads need it
    done = jobs.run_once(app, jobs.BY_NAME[name])
    click.echo(f"{name}: {done}")
