"""How long it takes to plan many due mails, what others wait meanwhile, and what an idle look costs."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter, sleep

from sqlalchemy import func, select

from benchmarks.bench import Bench
from benchmarks.filling import confirm
from benchmarks.installation import Installation
from benchmarks.rows import Row
from registration import clock
from registration.extensions import db, one_transaction
from registration.models import MailRule, OutboxMessage, Workshop, WorkshopSession
from registration.services.planning import plan_due_mails
from registration.services.recording_runs import failed
from registration.vocabulary import MailKind, OffsetUnit, WorkshopState

MOST_SECONDS, MOST_WAIT_MS, MOST_IDLE_MS = 10, 500, 50  # an idle look each 5 s: 50 ms are 1 % of a core
IDLE_LOOKS = 20
OTHER_PAUSE_SECONDS = 0.02


def planning(bench: Bench) -> Iterator[Row]:
    """Plan the mails of a large workshop while somebody else writes; then look again when all are there."""
    database, count = bench.database, bench.effort.planned
    with bench.installation.app.app_context():
        now = clock.now()
        plan_due_mails(now=now)  # those of the example workshops
        workshop_id = _crowded_workshop(count, now)
        waits, is_over = [0.0], threading.Event()
        other = threading.Thread(target=_write_now_and_then, args=(bench.installation, waits, is_over))
        other.start()
        began = perf_counter()
        plan_due_mails(now=now)
        took = perf_counter() - began
        is_over.set()
        other.join()
        of_workshop = select(func.count()).where(OutboxMessage.workshop_id == workshop_id)
        assert db.session.scalar(of_workshop) == count, "some mails were not planned"
        idle = _idle_look(now + timedelta(minutes=5))
        with one_transaction():
            db.session.get_one(Workshop, workshop_id).state = WorkshopState.ARCHIVED
    name, wait = f"planning {count:,} due mails", "another writer's longest wait"
    yield Row(database, name, "s", took, "most", MOST_SECONDS, 1.0, aims_low=True)
    yield Row(database, wait, "ms", 1000 * max(waits), "most", MOST_WAIT_MS, 1.0, aims_low=True)
    yield Row(database, "idle look at the plan", "ms", 1000 * idle, "most", MOST_IDLE_MS, 1.0, aims_low=True)


def _crowded_workshop(count: int, now: datetime) -> int:
    """A workshop tomorrow for which so many people have a seat since yesterday; a reminder is due now."""
    start = (now + timedelta(days=1)).replace(tzinfo=None, microsecond=0)
    end = start + timedelta(hours=1)
    session = WorkshopSession(
        zone="UTC",
        starts_local=start,
        ends_local=end,
        starts_at=start.replace(tzinfo=UTC),
        ends_at=end.replace(tzinfo=UTC),
        calendar_uid="s-planning",
    )
    rule = MailRule(kind=MailKind.REMINDER, unit=OffsetUnit.MINUTES, offset=-24 * 60)
    workshop = Workshop(
        slug="planning", title="Planning", state=WorkshopState.PUBLISHED, created_at=now, sessions=[session]
    )
    workshop.mail_rules = [rule]
    with one_transaction():
        db.session.add(workshop)
    workshop_id = workshop.id
    confirm(count, workshop_id, now=now)
    return workshop_id


def _write_now_and_then(installation: Installation, waits: list[float], is_over: threading.Event) -> None:
    with installation.app.app_context():
        while not is_over.is_set():
            began = perf_counter()
            failed("benchmark", "", started=clock.now(), now=clock.now())  # written each time
            waits.append(perf_counter() - began)
            sleep(OTHER_PAUSE_SECONDS)


def _idle_look(now: datetime) -> float:
    """Return the seconds of a look when everything that is due has been written."""
    plan_due_mails(now=now)
    began = perf_counter()
    for second in range(IDLE_LOOKS):
        plan_due_mails(now=now + timedelta(seconds=second))
    return (perf_counter() - began) / IDLE_LOOKS
