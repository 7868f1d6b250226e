"""The clock: a table of what runs how often. What is due always stands in the database (T-09)."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from time import monotonic
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from registration import clock, waking
from registration.advisory import Locks
from registration.extensions import db
from registration.sending import Sender, senders
from registration.services import (
    bouncing,
    deriving,
    forgetting,
    lapsing,
    moving_up,
    offering,
    planning,
    recording_runs,
    recovering,
)

log = structlog.get_logger(__name__)
stopping = threading.Event()
BELL_SECONDS = 1.0
JUMP_SECONDS = 2.0


@dataclass(frozen=True)
class Job:
    """A name, how often it runs, and what it does; two workers doing it at once are harmless."""

    name: str
    every: timedelta
    run: Callable[[Flask], int]


def deliver(app: Flask) -> int:
    """Send until nothing is due, over one connection."""
    with db.engine.connect():  # raises here when there is no database
        pass
    locks = Locks(db.engine)
    sender = Sender(app, locks, stopping.is_set)
    try:
        return sender.deliver()
    finally:
        sender.rest()
        locks.close()


def read_bounces(app: Flask) -> int:
    """Read the bounce mailbox, where there is one."""
    return bouncing.read_bounces(app.config, now=clock.now()) if app.config["BOUNCE_IMAP_SERVER"] else 0


def forget_support_needs(app: Flask) -> int:
    """Empty what people need to take part well, when the event is long over."""
    return forgetting.forget_support_needs(days=app.config["SUPPORT_NEEDS_KEPT_DAYS"], now=clock.now())


DELIVER = Job("deliver", timedelta(seconds=1), deliver)
JOBS = (
    DELIVER,
    Job("recover", timedelta(seconds=5), lambda _app: recovering.recover_leases(now=clock.now())),
    Job("plan", timedelta(seconds=15), lambda _app: planning.plan_due_mails(now=clock.now())),
    Job("lapse", timedelta(seconds=30), lambda _app: lapsing.lapse_unconfirmed(now=clock.now())),
    Job("move-up", timedelta(seconds=15), lambda _app: moving_up.move_up_everywhere(now=clock.now())),
    Job("end-offers", timedelta(seconds=30), lambda _app: offering.end_due_offers(now=clock.now())),
    Job("bounces", timedelta(seconds=60), read_bounces),
    Job("forget-support-needs", timedelta(hours=1), forget_support_needs),
    Job("derive-instants", timedelta(hours=1), lambda _app: deriving.derive_instants(now=clock.now())),
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
            log.exception("job.failed", job=job.name)
            words = f"{type(error).__name__}: {error}"
            recording_runs.failed(job.name, words, started=started, now=clock.now())
            raise
        recording_runs.succeeded(job.name, started=started, now=clock.now())
        return done


def run_worker(app: Flask) -> None:
    """Run all jobs until SIGTERM or SIGINT; the mails in flight are finished first."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    with app.app_context():
        engine = db.engine
    locks = Locks(engine)
    ours = senders(app, locks, stopping.is_set)
    threads = [threading.Thread(target=_send, args=[app, one, one is ours[0]]) for one in ours]
    scheduler = _scheduler(app, locks, ours)
    threads.append(threading.Thread(target=_listen, args=[waking.bell(engine), ours[0], scheduler]))
    scheduler.start()
    for thread in threads:
        thread.start()
    log.info("worker.started")
    stopping.wait()
    scheduler.shutdown(wait=True)
    for one in ours:
        one.wanted.set()
    for thread in threads:
        thread.join()
    locks.close()


def _scheduler(app: Flask, locks: Locks, ours: list[Sender]) -> BackgroundScheduler:
    """The clock of one worker. Its senders are woken each second, whether anybody rang or not."""
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(JOBS))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in JOBS:
        task, arguments = (_wake, [ours]) if job.name == DELIVER.name else (_tick, [app, locks, job])
        now, seconds = clock.now(), job.every.total_seconds()
        scheduler.add_job(task, "interval", arguments, seconds=seconds, id=job.name, next_run_time=now)
    return scheduler


def _wake(ours: list[Sender]) -> None:
    """The first looks for work; the others only for whether they have rested long enough."""
    for one in ours:
        one.share()
        if one is ours[0] or one.has_place:
            one.wanted.set()


def _tick(app: Flask, locks: Locks, job: Job) -> None:
    """Run a job, unless another worker is at it: harmless, but double work."""
    try:
        with locks.held(f"job-{job.name}") as is_ours:
            if is_ours:
                run_once(app, job)
    except Exception:  # recorded above; the next tick must come, also without a database
        log.debug("job.waits", job=job.name)


def _send(app: Flask, sender: Sender, is_first: bool) -> None:
    """Send whenever woken; only the first sender's runs are recorded."""
    job = Job(DELIVER.name, DELIVER.every, lambda _app: sender.deliver())
    while sender.wanted.wait() and not stopping.is_set():
        sender.wanted.clear()
        try:
            if is_first:
                run_once(app, job)
            else:
                with app.app_context():
                    sender.deliver()
        except Exception:
            if not is_first:  # the first has said so already
                log.warning("job.failed", job=job.name, exc_info=True)
    sender.rest()


def _listen(bell: waking.Bell, first: Sender, scheduler: BackgroundScheduler) -> None:
    """Hear who rings; and as this is the only thread that goes by no clock, notice when the clock jumps."""
    watch = ClockWatch()
    while not stopping.is_set():
        try:
            if bell.wait(BELL_SECONDS):
                first.wanted.set()
            if watch.has_jumped():
                log.warning("clock.jumped")
                _begin_anew(scheduler)
        except Exception:  # this thread must not end before the worker
            log.exception("bell.failed")
            stopping.wait(BELL_SECONDS)
    bell.close()


def _begin_anew(scheduler: BackgroundScheduler) -> None:
    """Run all jobs now: the scheduler waits for wall times, which may have become hours away (T-12)."""
    for job in JOBS:
        scheduler.modify_job(job.name, next_run_time=clock.now())


class ClockWatch:
    """Tells when the wall clock has been set."""

    def __init__(self) -> None:
        self._ahead = self._now()

    def has_jumped(self) -> bool:
        before, self._ahead = self._ahead, self._now()
        return abs(self._ahead - before) > JUMP_SECONDS

    @staticmethod
    def _now() -> float:
        return clock.now().timestamp() - monotonic()


def _stop(_number: int, _frame: FrameType | None) -> None:
    stopping.set()
