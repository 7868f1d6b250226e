"""Several workers on one outbox: every mail leaves once, and more leave in the same time."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from time import monotonic

import pytest
from flask import Flask

from registration import clock
from registration.mail.transport import Transport
from registration.services.delivering import deliver_due
from registration.services.planning import plan_due_mails
from registration.steps.claiming import BATCH
from registration.vocabulary import OutboxState
from tests.faults.numbers import IS_LONG, MACHINE_MAILS
from tests.servers.ports import wait_until
from tests.servers.processes import LiveServer
from tests.servers.smtp import SmtpSink
from tests.today import confirm_many, mails_by_state, make_open_workshop, remind_now

LEAST_GAIN = 1.6  # of four workers over one, when the server takes its time
Start = Callable[..., LiveServer]


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_two_machines_with_two_workers_each_send_every_mail_once(
    app_context: Flask, live_server: Start, smtp_sink: SmtpSink
) -> None:
    seconds = send_with([2, 2], live_server, smtp_sink, MACHINE_MAILS)

    print(f"{MACHINE_MAILS} mails, four workers: {MACHINE_MAILS / seconds:.0f} mails/s")


@pytest.mark.skipif(not IS_LONG, reason="measured in the long form only: a push has no quiet machine")
@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_four_workers_send_more_than_one(app_context: Flask, live_server: Start, smtp_sink: SmtpSink) -> None:
    one = send_with([1], live_server, smtp_sink, MACHINE_MAILS // 2)
    four = send_with([2, 2], live_server, smtp_sink, MACHINE_MAILS // 2)

    print(f"one worker: {MACHINE_MAILS / 2 / one:.0f} mails/s, four: {MACHINE_MAILS / 2 / four:.0f} mails/s")
    assert one / four >= LEAST_GAIN


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_two_workers_beside_one_file_send_every_mail_once(
    app_context: Flask, live_server: Start, smtp_sink: SmtpSink
) -> None:
    send_with([2], live_server, smtp_sink, MACHINE_MAILS)


def send_with(machines: list[int], live_server: Start, sink: SmtpSink, count: int) -> float:
    """Let so many workers on each machine plan and send what is due at once; how many seconds it took."""
    before, at_work = len(sink.received), sum(machines)
    workshop = make_open_workshop(f"reminded-{before}", capacity=None)
    confirm_many(workshop, count)
    sink.seconds_per_mail = 0.0025  # twice per mail
    settings = {"MAIL_CONNECTIONS": "4", "MAIL_CONNECTIONS_PER_WORKER": "1"} | sink.settings
    servers = [live_server(workers=0, **settings) for _ in machines]
    workers = [
        (server, server.start_worker())
        for server, number in zip(servers, machines, strict=True)
        for _ in range(number)
    ]
    wait_until(lambda: sum(one.logs().count("worker.started") for one in servers) == at_work, seconds=60)

    remind_now(workshop)
    wait_until(lambda: len(sink.received) > before, pause=0.01)
    started = monotonic()
    wait_until(lambda: mails_by_state() == {OutboxState.SENT: before + count}, seconds=300, pause=0.1)
    seconds = monotonic() - started
    for server, worker in workers:
        server.stop(worker)

    mails = sink.received[before:]
    recipients = Counter(mail.to for mail in mails)
    assert len(recipients) == len(mails) == count
    assert len({mail.message["Message-ID"] for mail in mails}) == count
    assert len({mail.peer for mail in mails}) >= at_work  # all were at it
    assert sum(one.peer != other.peer for one, other in pairwise(mails)) > 5 * (at_work - 1)
    return seconds


def test_worker_takes_no_more_than_a_batch(make_app: Callable[..., Flask], smtp_sink: SmtpSink) -> None:
    app = make_app(**smtp_sink.settings)
    transport = Transport(app.config)
    with app.app_context():
        workshop = make_open_workshop("reminded", capacity=None)
        confirm_many(workshop, BATCH + 10)
        remind_now(workshop)
        plan_due_mails(now=clock.now())

        done = deliver_due(transport, instant=clock.now, wants_to_stop=lambda: False)
        transport.close()

    assert done == len(smtp_sink.received) == BATCH
