"""PostgreSQL stops at once, again and again, under load: nothing is lost, and all goes on without help."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from registration.extensions import db
from registration.vocabulary import OutboxState
from tests.factories import mails
from tests.faults.numbers import DATABASE_RESTARTS
from tests.faults.outbox import copies, end_leases, queue_mails, unnoticed
from tests.faults.people import People, mails_per_registration, stored_keys
from tests.servers.databases import Databases, PostgresDatabases
from tests.servers.missing import skip_missing
from tests.servers.ports import wait_until
from tests.servers.postgres import PostgresServer, binaries
from tests.servers.processes import LiveServer
from tests.servers.scripted_smtp import Answer, ScriptedServer
from tests.servers.smtp import SmtpSink
from tests.today import mails_by_state, make_open_workshop

DOWN_SECONDS = 0.5


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A server of its own; what it has committed survives that its processes end at once."""
    programs = binaries()
    if programs is None:
        skip_missing("PostgreSQL's server programs are not installed")
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="postgres-")), programs, settings=["fsync=off"])
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture
def databases(postgres: PostgresServer, tmp_path: Path) -> Databases:
    return PostgresDatabases(postgres, tmp_path)


def test_people_and_mails_survive_that_the_database_restarts(
    app_context: Flask, live_server: Callable[..., LiveServer], smtp_sink: SmtpSink, postgres: PostgresServer
) -> None:
    server = live_server(workers=2, MAIL_LEASE_SECONDS=3, **smtp_sink.settings)
    worker = server.start_worker()
    make_open_workshop("rush", capacity=None)
    people = People(server.url)

    with people.registering():
        for _ in range(DATABASE_RESTARTS):
            let_some_pass(people, smtp_sink)
            postgres.stop("immediate")
            time.sleep(DOWN_SECONDS)
            postgres.start_again()
        let_some_pass(people, smtp_sink)

    assert set(people.pages) <= {200, 303, 503}
    assert "gerade nicht erreichbar" in people.pages[503].text
    assert people.longest_wait < DOWN_SECONDS + 10
    keys = stored_keys()
    assert people.taken <= set(keys) <= people.taken | people.given_up
    assert len(keys) == len(set(keys))
    assert mails_per_registration() == {1}

    wait_until(lambda: set(mails_by_state()) <= {OutboxState.SENT, OutboxState.SENDING}, seconds=60)
    end_leases()  # of mails that were behind the fence when the database stopped
    wait_until(lambda: set(mails_by_state()) == {OutboxState.SENT}, seconds=60)
    assert worker.poll() is None
    assert len(copies(smtp_sink)) == len(keys)
    assert unnoticed(smtp_sink) == []


def test_answer_that_could_not_be_recorded_is_recorded_when_the_database_is_back(
    app_context: Flask, live_server: Callable[..., LiveServer], postgres: PostgresServer
) -> None:
    with ScriptedServer() as mail_server:
        mail_server.next("DOT", Answer("250 2.0.0 taken", seconds=1))
        server = live_server(workers=0, **mail_server.settings)
        queue_mails(1)
        server.start_worker()

        mail_server.wait_for(1)
        db.session.remove()
        db.engine.dispose()  # of this test's own lines
        postgres.stop("immediate")
        time.sleep(2.5)  # the answer has come, and nowhere can it be written down
        postgres.start_again()

        wait_until(lambda: mails_by_state() == {OutboxState.SENT: 1})
        assert len(mail_server.taken) == 1
        assert not mails()[0].is_uncertain


def let_some_pass(people: People, sink: SmtpSink) -> None:
    """Until people are registered and mails leave again."""
    taken, received = len(people.taken), len(sink.received)
    wait_until(lambda: len(people.taken) > taken + 10 and len(sink.received) > received + 5, seconds=40)
