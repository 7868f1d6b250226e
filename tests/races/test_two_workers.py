"""Two workers on one outbox: every mail leaves once."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from flask import Flask

from registration import clock
from registration.mail.transport import Transport
from registration.services.delivering import deliver_due
from registration.services.planning import plan_due_mails
from registration.steps.claiming import BATCH
from registration.vocabulary import OutboxState
from tests.servers.ports import wait_until
from tests.servers.processes import LiveServer
from tests.servers.smtp import SmtpSink
from tests.today import confirm_many, mails_by_state, make_open_workshop, remind_now

PEOPLE = 200


def test_two_workers_plan_and_send_200_due_mails_once_each(
    app_context: Flask, live_server: Callable[..., LiveServer], smtp_sink: SmtpSink
) -> None:
    workshop = make_open_workshop("reminded", capacity=None)
    confirm_many(workshop, PEOPLE)
    smtp_sink.seconds_per_mail = 0.005
    server = live_server(
        workers=0, MAIL_CONNECTIONS="4", MAIL_CONNECTIONS_PER_WORKER="1", **smtp_sink.settings
    )

    workers = [server.start_worker(), server.start_worker()]
    wait_until(lambda: server.logs().count("worker.started") == 2, seconds=30)
    remind_now(workshop)
    wait_until(lambda: mails_by_state() == {OutboxState.SENT: PEOPLE}, seconds=60)
    for worker in workers:
        server.stop(worker)

    recipients = Counter(mail.to for mail in smtp_sink.received)
    assert len(recipients) == len(smtp_sink.received) == PEOPLE
    assert len({mail.message["Message-ID"] for mail in smtp_sink.received}) == PEOPLE
    assert _turns(smtp_sink) > 5  # both were at it, at the same time


def _turns(sink: SmtpSink) -> int:
    """How often a mail came over another connection than the one before it."""
    return sum(one.peer != other.peer for one, other in pairwise(sink.received))


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
