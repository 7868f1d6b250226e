"""A mail leaves because somebody rang, not because the worker happened to look."""

import os
import signal
from collections.abc import Callable

from flask import Flask

from registration import clock
from registration.services.planning import plan_due_mails
from registration.vocabulary import OutboxState
from tests.factories import submit
from tests.servers.ports import wait_until
from tests.servers.processes import LiveServer
from tests.servers.smtp import SmtpSink
from tests.today import confirm_many, mails_by_state, make_open_workshop, remind_now

SLEEPY = ("python", "-m", "tests.servers.sleepy_worker")
ALL_FOUR = {"MAIL_CONNECTIONS": "4"}


def test_a_worker_that_never_looks_sends_what_it_is_woken_for(
    app_context: Flask, live_server: Callable[..., LiveServer], smtp_sink: SmtpSink
) -> None:
    workshop = make_open_workshop("woken")
    server = live_server(workers=0, **smtp_sink.settings)
    server.start(*SLEEPY)
    wait_until(lambda: "worker.started" in server.logs())

    for number, name in enumerate(("ada", "ben"), 1):
        submit(workshop, name, now=clock.now())
        wait_until(lambda: mails_by_state() == {OutboxState.SENT: number})  # noqa: B023 - at once


def test_one_worker_sends_a_heap_over_all_its_connections(
    app_context: Flask, live_server: Callable[..., LiveServer], smtp_sink: SmtpSink
) -> None:
    queue(200)
    smtp_sink.seconds_per_mail = 0.01
    server = live_server(workers=0, **smtp_sink.settings, **ALL_FOUR)

    server.start_worker()
    wait_until(lambda: mails_by_state() == {OutboxState.SENT: 200}, seconds=60)

    assert connections(smtp_sink) == 4
    assert len({mail.to for mail in smtp_sink.received}) == len(smtp_sink.received) == 200


def test_workers_together_open_no_more_connections_than_allowed(
    app_context: Flask, live_server: Callable[..., LiveServer], smtp_sink: SmtpSink
) -> None:
    queue(120)
    smtp_sink.seconds_per_mail = 0.01
    server = live_server(workers=0, **smtp_sink.settings, MAIL_CONNECTIONS="1")

    for _ in range(3):
        server.start_worker()
    wait_until(lambda: mails_by_state() == {OutboxState.SENT: 120}, seconds=60)

    assert connections(smtp_sink) == 1 + 120 // 101  # renewed once after a hundred mails


def test_the_place_of_a_killed_worker_is_free_at_once(
    app_context: Flask, live_server: Callable[..., LiveServer], smtp_sink: SmtpSink
) -> None:
    workshop = make_open_workshop("woken")
    server = live_server(workers=0, **smtp_sink.settings, MAIL_CONNECTIONS="1")
    first = server.start_worker()
    submit(workshop, "ada", now=clock.now())
    wait_until(lambda: mails_by_state() == {OutboxState.SENT: 1})

    os.killpg(first.pid, signal.SIGKILL)  # while it still holds the only connection
    server.start_worker()
    submit(workshop, "ben", now=clock.now())

    wait_until(lambda: mails_by_state() == {OutboxState.SENT: 2})


def test_a_worker_that_is_stopped_finishes_the_mail_in_hand_and_leaves_the_rest_to_the_next(
    app_context: Flask, live_server: Callable[..., LiveServer], smtp_sink: SmtpSink
) -> None:
    queue(40)
    smtp_sink.seconds_per_mail = 0.1
    server = live_server(workers=0, **smtp_sink.settings, MAIL_CONNECTIONS="1")
    first = server.start_worker()
    wait_until(lambda: len(smtp_sink.received) >= 5)

    first.terminate()
    assert first.wait(15) == 0
    left = mails_by_state()

    assert left == {
        OutboxState.SENT: len(smtp_sink.received),
        OutboxState.QUEUED: 40 - len(smtp_sink.received),
    }
    assert left[OutboxState.QUEUED]
    server.start_worker()
    wait_until(lambda: mails_by_state() == {OutboxState.SENT: 40}, seconds=60)
    assert len({mail.to for mail in smtp_sink.received}) == len(smtp_sink.received) == 40


def queue(count: int) -> None:
    workshop = make_open_workshop("reminded", capacity=None)
    confirm_many(workshop, count)
    remind_now(workshop)
    assert plan_due_mails(now=clock.now()) == count


def connections(sink: SmtpSink) -> int:
    return len({mail.peer for mail in sink.received})
