"""`/healthz`: whether the database answers, the mails leave, and the jobs run; 503 when not (M-58)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from registration import clock, jobs
from registration.extensions import db
from registration.mail import test_mode
from registration.models import JobRun
from registration.services.watching import MailWatch, watch

blueprint = Blueprint("health", __name__)


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
    mail = watch(now=now)
    runs = {run.name: run for run in db.session.scalars(select(JobRun))}
    return {
        "problems": [*_late_jobs(runs, now), *_mail_problems(mail)],
        "database": "ok",
        "oldest_due_mail_seconds": round(mail.oldest_due_age.total_seconds(), 1),
        "mail_server": f"paused: {mail.reason}" if mail.pause else "ok",
        "pause": _pause(mail),
        "test_mode": test_mode.is_on(current_app.config),
        "jobs": {job.name: _instant(_last(runs, job.name)) for job in jobs.JOBS},
    }


def _mail_problems(mail: MailWatch) -> Iterator[str]:
    """A pause that ends by itself is a problem only when mails are late by it."""
    if mail.pause and mail.waits_for_a_person:
        yield f"mail: paused ({mail.pause}) since {_instant(mail.since)}: {mail.reason}"
    if mail.is_late:
        yield f"mail: the oldest due mail has waited for {mail.oldest_due_age.total_seconds():.0f} s"


def _pause(mail: MailWatch) -> dict[str, str | None] | None:
    if mail.pause is None:
        return None
    return {
        "kind": mail.pause,
        "reason": mail.reason,
        "since": _instant(mail.since),
        "by": mail.paused_by or "worker",
        "until": _instant(mail.paused_until),
    }


def _late_jobs(runs: dict[str, JobRun], now: datetime) -> Iterator[str]:
    limit = timedelta(seconds=current_app.config["JOB_AGE_ALERT_SECONDS"])
    for job in jobs.JOBS:
        last = _last(runs, job.name)
        if last is None or now - last > limit + job.every:
            yield f"job {job.name}: no good run since {_instant(last) or 'ever'}"


def _last(runs: dict[str, JobRun], name: str) -> datetime | None:
    return runs[name].succeeded_at if name in runs else None


def _instant(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
