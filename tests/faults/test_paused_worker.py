"""A worker that sleeps past its lease, and workers whose clocks differ: the fence keeps them apart."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from flask import Flask

from registration import clock
from registration.vocabulary import OutboxState
from tests.factories import submit
from tests.faults.mortal_workers import MortalWorkers
from tests.faults.numbers import SLEEPERS
from tests.faults.outbox import copies, count_uncertain, end_leases, queue_mails, unnoticed
from tests.servers.ports import wait_until
from tests.servers.processes import LiveServer
from tests.servers.smtp import SmtpSink
from tests.today import mails_by_state, make_open_workshop

BEDTIMES = ("claimed", "connected", "announced", "before fence")
MAILS = 4
TWO_CONNECTIONS = {"MAIL_CONNECTIONS": "2", "MAIL_CONNECTIONS_PER_WORKER": "1"}
TwoWorkers = tuple[MortalWorkers, MortalWorkers]


@pytest.fixture
def two_workers(
    app_context: Flask, live_server: Callable[..., LiveServer], smtp_sink: SmtpSink
) -> Iterator[TwoWorkers]:
    """Who sleeps, and who sends meanwhile."""
    server = live_server(workers=0, **smtp_sink.settings, **TWO_CONNECTIONS)
    both = MortalWorkers(server), MortalWorkers(server)
    yield both
    for one in both:
        one.close()


def test_sleeper_past_its_lease_is_stopped_by_the_fence(two_workers: TwoWorkers, smtp_sink: SmtpSink) -> None:
    sleepers, others = two_workers
    workshop = make_open_workshop("sleepy", capacity=None)
    for night in range(SLEEPERS):
        for number in range(MAILS):
            submit(workshop, f"p{night}x{number}", now=clock.now())
        sleep(sleepers, others, BEDTIMES[night % len(BEDTIMES)])

    assert mails_by_state() == {OutboxState.SENT: MAILS * SLEEPERS}
    assert len(copies(smtp_sink)) == len(smtp_sink.received) == MAILS * SLEEPERS
    assert unnoticed(smtp_sink) == []
    assert count_uncertain() == 0


def sleep(sleepers: MortalWorkers, others: MortalWorkers, bedtime: str) -> None:
    """Somebody falls asleep with all mails in hand; another sends them; the sleeper wakes and goes on."""
    left = count_left(sleepers)
    sleeper = sleepers.sleep_at(bedtime)
    end_leases()
    other = others.bear()
    wait_until(lambda: set(mails_by_state()) == {OutboxState.SENT}, pause=0.02)

    os.kill(sleeper, signal.SIGCONT)
    wait_until(lambda: count_left(sleepers) == left + 1, pause=0.02)
    sleepers.kill(sleeper)
    others.kill(other)


def count_left(workers: MortalWorkers) -> int:
    """How many batches were left because they belonged to somebody else by then."""
    return workers.log.read_text().count("mail.batch_left")


def test_sleeper_behind_the_fence_sends_a_copy_that_is_known(
    two_workers: TwoWorkers, smtp_sink: SmtpSink
) -> None:
    sleepers, others = two_workers
    queue_mails(MAILS)
    sleeper = sleepers.sleep_at("fenced")
    end_leases()
    other = others.bear()
    wait_until(lambda: mails_by_state() == {OutboxState.SENT: MAILS}, pause=0.02)

    os.kill(sleeper, signal.SIGCONT)
    wait_until(lambda: len(smtp_sink.received) > MAILS, pause=0.02)
    wait_until(lambda: count_left(sleepers) == 1, pause=0.02)
    sleepers.kill(sleeper)
    others.kill(other)

    assert (len(smtp_sink.received), count_uncertain()) == (MAILS + 1, 1)
    assert unnoticed(smtp_sink) == []


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_workers_whose_clocks_differ_by_an_hour_send_each_mail_once(
    app_context: Flask, live_server: Callable[..., LiveServer], smtp_sink: SmtpSink
) -> None:
    smtp_sink.seconds_per_mail = 0.01
    server = live_server(workers=0, **smtp_sink.settings, **TWO_CONNECTIONS)
    server.start_worker()
    server.start_worker(at=clock.now() + timedelta(hours=1))
    wait_until(lambda: server.logs().count("worker.started") == 2)

    queue_mails(150)
    wait_until(lambda: mails_by_state() == {OutboxState.SENT: 150}, seconds=60)

    assert len(copies(smtp_sink)) == len(smtp_sink.received) == 150
    assert count_uncertain() == 0
    assert sum(one.peer != other.peer for one, other in pairwise(smtp_sink.received)) > 5  # both were at it
