"""A worker killed while sending: no mail is lost, and a second copy is the same copy and known to be one."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from registration import clock
from registration.extensions import db, one_transaction
from registration.models import OutboxMessage
from registration.services.planning import plan_due_mails
from registration.vocabulary import OutboxState
from tests.faults.mortal_workers import DEADLY, MortalWorkers
from tests.servers.ports import wait_until
from tests.servers.processes import LiveServer
from tests.servers.smtp import Received, SmtpSink
from tests.today import TODAY, confirm_many, mails_by_state, make_open_workshop, remind_now

PEOPLE, KILLS = 200, 20


@pytest.fixture
def workers(
    app_context: Flask, live_server: Callable[..., LiveServer], smtp_sink: SmtpSink
) -> Iterator[MortalWorkers]:
    mortal = MortalWorkers(live_server(workers=0, **smtp_sink.settings))
    yield mortal
    mortal.close()


def test_twenty_kills_lose_no_mail_and_repeat_none_unnoticed(
    workers: MortalWorkers, smtp_sink: SmtpSink
) -> None:
    queue_mails(PEOPLE)

    kill_in_flight(workers, smtp_sink, "worker", KILLS)
    smtp_sink.seconds_per_mail = 0
    finish(workers, "worker")

    assert mails_by_state() == {OutboxState.SENT: PEOPLE}
    assert len(copies(smtp_sink)) == PEOPLE
    assert unnoticed(smtp_sink) == []
    assert (
        0 < len(smtp_sink.received) - PEOPLE <= KILLS
    )  # some kills hit between the final dot and its record


@pytest.mark.parametrize("point", DEADLY)
def test_death_behind_the_fence_alone_makes_a_mail_uncertain(
    workers: MortalWorkers, smtp_sink: SmtpSink, point: str
) -> None:
    queue_mails(5)
    workers.bear(f"worker after {point} 1")
    workers.wait_for_death()
    end_leases()

    finish(workers, "worker")

    behind_fence, accepted = point in ("fence", "complete"), point == "complete"
    assert count_uncertain() == int(behind_fence)
    assert len(smtp_sink.received) == 5 + int(accepted)
    assert unnoticed(smtp_sink) == []


def count_uncertain() -> int:
    query = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.is_uncertain)
    return int(db.session.scalar(query) or 0)


def test_naive_worker_repeats_unnoticed(workers: MortalWorkers, smtp_sink: SmtpSink) -> None:
    smtp_sink.is_strict = False  # its mails are not as ours have to be
    queue_mails(10)

    kill_in_flight(workers, smtp_sink, "naive", times=1)
    finish(workers, "naive")

    assert unnoticed(smtp_sink)


def queue_mails(count: int) -> None:
    workshop = make_open_workshop("reminded", capacity=None)
    confirm_many(workshop, count)
    remind_now(workshop)
    assert plan_due_mails(now=clock.now()) == count


def kill_in_flight(workers: MortalWorkers, sink: SmtpSink, which: str, times: int) -> None:
    """Kill worker after worker, each 2 ms later in its work than the one before."""
    sink.seconds_per_mail = 0.005
    for number in range(times):
        before = len(sink.received)
        worker = workers.bear(which)
        wait_until(lambda: len(sink.received) > before, pause=0.001)  # noqa: B023 - asked at once
        time.sleep(number * 0.002)
        workers.kill(worker)
        end_leases()
        assert OutboxState.QUEUED in mails_by_state() or OutboxState.CLAIMED in mails_by_state()


def finish(workers: MortalWorkers, which: str) -> None:
    worker = workers.bear(which)
    wait_until(lambda: set(mails_by_state()) == {OutboxState.SENT}, seconds=60, pause=0.1)
    workers.kill(worker)


def end_leases() -> None:
    """Do what waiting would do: the leases of the dead are over."""
    leased = OutboxMessage.lease_until.is_not(None)
    with one_transaction():
        db.session.execute(update(OutboxMessage).where(leased).values(lease_until=TODAY))


def copies(sink: SmtpSink) -> dict[str, list[Received]]:
    by_recipient = defaultdict(list)
    for mail in sink.received:
        by_recipient[mail.to].append(mail)
    return by_recipient


def unnoticed(sink: SmtpSink) -> list[str]:
    """Who got another mail for the same cause, or the same mail twice without the outbox saying so."""
    db.session.rollback()
    flagged = set(db.session.scalars(select(OutboxMessage.to_address).where(OutboxMessage.is_uncertain)))
    return [
        recipient
        for recipient, mails in copies(sink).items()
        if len(mails) > 1 and (recipient not in flagged or len({mail.raw for mail in mails}) > 1)
    ]
