"""How long it takes to plan many due mails, what others wait meanwhile, and what an idle look costs."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter, sleep
from typing import Any

from sqlalchemy import func, insert, select

from benchmarks.bench import Bench
from benchmarks.installation import Installation
from benchmarks.rows import Row
from registration import clock
from registration.extensions import db, one_transaction
from registration.models import MailRule, OutboxMessage, Registration, Workshop, WorkshopSession
from registration.services.planning import plan_due_mails
from registration.services.recording_runs import succeeded
from registration.vocabulary import MailKind, OffsetUnit, RegistrationState, WorkshopState

MOST_MS, MOST_WAIT_MS, MOST_IDLE_MS = 10_000, 500, 50  # an idle look each 5 s: 50 ms are 1 % of a core
AT_ONCE = 1_000
IDLE_LOOKS = 20
OTHER_PAUSE_SECONDS = 0.02


def planning(bench: Bench) -> Iterator[Row]:
    """Plan the mails of a large workshop while somebody else writes; then look again when all are there."""
    database, installation, count = bench.database, bench.installation, bench.effort.planned
    with installation.app.app_context():
        now = clock.now()
        workshop_id = _crowded_workshop(count, now)
        waits, is_over = [0.0], threading.Event()
        other = threading.Thread(target=_write_now_and_then, args=(installation, waits, is_over))
        other.start()
        began = perf_counter()
        plan_due_mails(now=now)
        took = (perf_counter() - began) * 1000
        is_over.set()
        other.join()
        of_workshop = select(func.count()).where(OutboxMessage.workshop_id == workshop_id)
        assert db.session.scalar(of_workshop) == count, "some mails were not planned"
        idle = _idle_look(now + timedelta(minutes=5))
        with one_transaction():
            db.session.get_one(Workshop, workshop_id).state = WorkshopState.ARCHIVED
    yield Row(database, "planning of due mails", "ms", took, "most", MOST_MS, 1.0, aims_low=True)
    yield Row(database, "another writer's wait", "ms", max(waits), "most", MOST_WAIT_MS, 1.0, aims_low=True)
    yield Row(database, "idle look at the plan", "ms", idle, "most", MOST_IDLE_MS, 1.0, aims_low=True)


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
    for first in range(0, count, AT_ONCE):
        people = [_person(workshop_id, one, now) for one in range(first, min(count, first + AT_ONCE))]
        with one_transaction():
            db.session.execute(insert(Registration), people)
    return workshop_id


def _person(workshop_id: int, number: int, now: datetime) -> dict[str, Any]:
    yesterday, email = now - timedelta(days=1), f"person.{number}@example.org"
    return {
        "reference": f"PLAN-{number}",
        "workshop_id": workshop_id,
        "family_name": f"Person {number}",
        "name_key": f"person {number}",
        "email": email,
        "email_key": email,
        "state": RegistrationState.CONFIRMED,
        "state_changed_at": yesterday,
        "address_confirmed_at": yesterday,
        "created_at": yesterday,
    }


def _write_now_and_then(installation: Installation, waits: list[float], is_over: threading.Event) -> None:
    with installation.app.app_context():
        while not is_over.is_set():
            began = perf_counter()
            succeeded("benchmark", started=clock.now(), now=clock.now())
            waits.append((perf_counter() - began) * 1000)
            sleep(OTHER_PAUSE_SECONDS)


def _idle_look(now: datetime) -> float:
    """Milliseconds of a look when everything that is due has been written."""
    plan_due_mails(now=now)
    began = perf_counter()
    for second in range(IDLE_LOOKS):
        plan_due_mails(now=now + timedelta(seconds=second))
    return (perf_counter() - began) * 1000 / IDLE_LOOKS
