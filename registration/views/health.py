"""`/healthz`: whether the database answers, the mails leave, and the jobs run; 503 when not."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from registration import clock, jobs
from registration.extensions import db
from registration.models import JobRun, MailRelay, OutboxMessage
from registration.vocabulary import OutboxState

blueprint = Blueprint("health", __name__)

NOT_SENT = (OutboxState.QUEUED, OutboxState.CLAIMED, OutboxState.SENDING)


@blueprint.get("/healthz")
def show() -> tuple[Response, int]:
    """Say how things are; the body names what is wrong."""
    now = clock.now()
    try:
        report = _report(now)
    except SQLAlchemyError as error:
        db.session.rollback()
        return _answer({"problems": [f"database: {type(error).__name__}"]})
    return _answer(report)


def _answer(report: dict[str, Any]) -> tuple[Response, int]:
    healthy = not report["problems"]
    response = jsonify({"status": "ok" if healthy else "error"} | report)
    response.headers["Cache-Control"] = "no-store"
    return response, 200 if healthy else 503


def _report(now: datetime) -> dict[str, Any]:
    age = _age_of_oldest_due_mail(now)
    runs = {run.name: run for run in db.session.scalars(select(JobRun))}
    relay = db.session.scalars(select(MailRelay).where(MailRelay.failures > 0)).first()
    problems = [*_late_jobs(runs, now)]
    if age > timedelta(minutes=current_app.config["QUEUE_AGE_ALERT_MINUTES"]).total_seconds():
        problems.append(f"mail: the oldest due mail has waited for {age:.0f} s")
    return {
        "problems": problems,
        "database": "ok",
        "oldest_due_mail_seconds": round(age, 1),
        "mail_server": f"paused: {relay.reason}" if relay else "ok",
        "jobs": {job.name: _instant(runs.get(job.name)) for job in jobs.JOBS},
    }


def _age_of_oldest_due_mail(now: datetime) -> float:
    oldest = select(func.min(OutboxMessage.next_attempt_at)).where(OutboxMessage.state.in_(NOT_SENT))
    due = db.session.scalar(oldest)
    return max(0.0, (now - due).total_seconds()) if due else 0.0


def _late_jobs(runs: dict[str, JobRun], now: datetime) -> list[str]:
    limit = timedelta(seconds=current_app.config["JOB_AGE_ALERT_SECONDS"])
    problems = []
    for job in jobs.JOBS:
        run = runs.get(job.name)
        last = run.succeeded_at if run else None
        if last is None or now - last > limit + job.every:
            problems.append(f"job {job.name}: no good run since {_instant(run) or 'ever'}")
    return problems


def _instant(run: JobRun | None) -> str | None:
    return run.succeeded_at.isoformat(timespec="seconds") if run and run.succeeded_at else None
