"""A worker killed while sending: no mail is lost, and a second copy is the same copy and known to be one."""

import random
import time
from collections.abc import Callable, Iterator
from itertools import cycle

import pytest
from flask import Flask

from registration.vocabulary import OutboxState
from tests.faults.moments import MOMENTS
from tests.faults.mortal_workers import MortalWorkers
from tests.faults.numbers import KILLS, KILLS_HOLD, KILLS_PER_POINT, times
from tests.faults.outbox import bury, copies, count_uncertain, queue_enough, queue_mails, unnoticed
from tests.servers.ports import wait_until
from tests.servers.processes import LiveServer
from tests.servers.smtp import SmtpSink
from tests.today import mails_by_state

MAILS, MAILS_HOLD = times(300, 5_000), times(100, 1_500)  # at first; more when a fast machine needs more
LONGEST_LIFE = 0.3  # seconds of a worker that is killed at random
BornOn = Callable[..., MortalWorkers]


@pytest.fixture
def workers_with(
    app_context: Flask, live_server: Callable[..., LiveServer], smtp_sink: SmtpSink
) -> Iterator[BornOn]:
    born = []

    def start(**settings: str) -> MortalWorkers:
        born.append(MortalWorkers(live_server(workers=0, **smtp_sink.settings, **settings)))
        return born[-1]

    yield start
    for one in born:
        one.close()


@pytest.fixture
def workers(workers_with: BornOn) -> MortalWorkers:
    return workers_with()


def test_kills_lose_no_mail_and_repeat_none_unnoticed(workers: MortalWorkers, smtp_sink: SmtpSink) -> None:
    queue_mails(MAILS)

    uncertain = kill(workers, smtp_sink, KILLS, KILLS_PER_POINT)
    finish(workers, {OutboxState.SENT})

    mails = sum(mails_by_state().values())
    again = len(smtp_sink.received) - mails
    print(f"{KILLS} kills, {mails} mails, {uncertain} times uncertain, {again} second copies")
    assert mails_by_state() == {OutboxState.SENT: mails}
    assert len(copies(smtp_sink)) == mails >= MAILS
    assert unnoticed(smtp_sink) == []
    assert 0 < again <= uncertain


def test_held_mails_are_never_repeated_and_are_seen(workers_with: BornOn, smtp_sink: SmtpSink) -> None:
    workers = workers_with(MAIL_UNCERTAIN="hold")
    queue_mails(MAILS_HOLD)

    uncertain = kill(workers, smtp_sink, KILLS_HOLD, KILLS_HOLD // len(MOMENTS) // 2)
    finish(workers, {OutboxState.SENT, OutboxState.HELD})

    states = mails_by_state()
    mails = sum(states.values())
    print(f"{KILLS_HOLD} kills, {mails} mails, {uncertain} held, {len(smtp_sink.received)} received")
    assert states == {OutboxState.SENT: mails - uncertain, OutboxState.HELD: uncertain}
    assert mails >= MAILS_HOLD
    assert count_uncertain() == uncertain > 0
    assert len(copies(smtp_sink)) == len(smtp_sink.received) >= states[OutboxState.SENT]
    assert unnoticed(smtp_sink) == []


def test_naive_worker_repeats_unnoticed(workers: MortalWorkers, smtp_sink: SmtpSink) -> None:
    smtp_sink.is_strict = False  # its mails are not as ours have to be
    queue_mails(20)

    smtp_sink.seconds_per_mail = 0.005
    for number in range(5):
        worker = workers.bear("naive")
        before = len(smtp_sink.received)
        wait_until(lambda: len(smtp_sink.received) > before, pause=0.001)  # noqa: B023 - asked at once
        time.sleep(number * 0.002)
        workers.kill(worker)
    finish(workers, {OutboxState.SENT}, "naive")

    assert max(len(mails) for mails in copies(smtp_sink).values()) > 1
    assert unnoticed(smtp_sink)


def kill(workers: MortalWorkers, sink: SmtpSink, kills: int, per_moment: int) -> int:
    """Kill so many workers: so often at each moment, else at random; return how many are uncertain."""
    uncertain = 0
    for number, name in zip(range(per_moment * len(MOMENTS)), cycle(MOMENTS), strict=False):
        queue_enough()
        workers.die_at(name, 1 + number % 4 if MOMENTS[name].is_repeated else 1)
        behind_fence = bury()
        assert behind_fence == MOMENTS[name].is_behind_fence, name
        uncertain += behind_fence
    sink.seconds_per_mail = 0.004
    for _ in range(kills - per_moment * len(MOMENTS)):
        queue_enough()
        worker = workers.bear()
        time.sleep(random.uniform(0, LONGEST_LIFE))
        workers.kill(worker)
        behind_fence = bury()
        assert behind_fence <= 1  # it had one connection
        uncertain += behind_fence
    sink.seconds_per_mail = 0
    return uncertain


def finish(workers: MortalWorkers, states: set[OutboxState], which: str = "worker") -> None:
    worker = workers.bear(which)
    wait_until(lambda: set(mails_by_state()) <= states, seconds=120, pause=0.1)
    workers.kill(worker)
