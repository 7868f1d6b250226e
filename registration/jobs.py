"""The clock: a table of what runs how often. What is due always stands in the database (T-09)."""

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from registration import clock
from registration.extensions import db
from registration.mail.transport import Transport
from registration.services import delivering, lapsing, moving_up, planning, recording_runs, recovering

log = logging.getLogger(__name__)
stopping = threading.Event()


@dataclass(frozen=True)
class Job:
    """A name, how often it runs, and what it does; two workers doing it at once are harmless."""

    name: str
    every: timedelta
    run: Callable[[Flask], int]


def deliver(app: Flask) -> int:
    """Send until nothing is due, over one connection that is kept from run to run."""
    transport = app.extensions.setdefault("registration.transport", Transport(app.config))
    total = 0
    while not stopping.is_set():
        done = delivering.deliver_due(transport, instant=clock.now, wants_to_stop=stopping.is_set)
        total += done
        if done == 0:
            break
    return total


JOBS = (
    Job("deliver", timedelta(seconds=1), deliver),
    Job("recover", timedelta(seconds=5), lambda _app: recovering.recover_leases(now=clock.now())),
    Job("plan", timedelta(seconds=5), lambda _app: planning.plan_due_mails(now=clock.now())),
    Job("lapse", timedelta(seconds=10), lambda _app: lapsing.lapse_unconfirmed(now=clock.now())),
    Job("move-up", timedelta(seconds=5), lambda _app: moving_up.move_up_everywhere(now=clock.now())),
    Job("forget-counts", timedelta(minutes=10), lambda _app: recording_runs.forget_counts(now=clock.now())),
)
BY_NAME = {job.name: job for job in JOBS}


def run_once(app: Flask, job: Job) -> int:
    """Run a job now and return what it did; the outcome is recorded, errors are logged and raised."""
    with app.app_context():
        started = clock.now()
        try:
            done = job.run(app)
        except Exception as error:
            db.session.rollback()
            log.exception("job %s failed", job.name)
            words = f"{type(error).__name__}: {error}"
            recording_runs.failed(job.name, words, started=started, now=clock.now())
            raise
        recording_runs.succeeded(job.name, started=started, now=clock.now())
        return done


def run_worker(app: Flask) -> None:
    """Run all jobs until SIGTERM or SIGINT; the mail in flight is finished first."""
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(JOBS))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in JOBS:
        scheduler.add_job(_tick, "interval", [app, job], seconds=job.every.total_seconds(), id=job.name)
        scheduler.modify_job(job.name, next_run_time=clock.now())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    scheduler.start()
    log.info("the worker runs")
    stopping.wait()
    scheduler.shutdown(wait=True)
    if transport := app.extensions.get("registration.transport"):
        transport.close()


def _tick(app: Flask, job: Job) -> None:
    try:
        run_once(app, job)
    except Exception:  # recorded above; the next tick must come, also without a database
        log.debug("job %s waits for its next turn", job.name)


def _stop(_number: int, _frame: FrameType | None) -> None:
    stopping.set()
