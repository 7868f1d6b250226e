"""A full disk under SQLite: what was acknowledged is there, nothing half, and all goes on by itself."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError

from registration import clock
from registration.extensions import db
from registration.mail.transport import Transport
from registration.models import OutboxMessage, Registration
from registration.services.delivering import deliver_due
from registration.steps.ballast import ballast_of, lay
from registration.vocabulary import OutboxState
from tests.clients import Page
from tests.factories import mails
from tests.faults.numbers import FULL_DISKS
from tests.faults.outbox import copies, end_leases, queue_mails, unnoticed
from tests.faults.people import FORM, People, mails_per_registration, stored_keys
from tests.races.crowd import typed
from tests.servers.databases import Databases, SqliteDatabases
from tests.servers.ports import wait_until
from tests.servers.processes import LiveServer
from tests.servers.small_disk import SmallDisk, small_disk
from tests.servers.smtp import SmtpSink
from tests.today import mails_by_state, make_open_workshop

FULL_SECONDS = 0.3


@pytest.fixture(scope="module")
def maybe_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk | None]:
    with small_disk(tmp_path_factory.mktemp("disk") / "small") as disk:
        yield disk


@pytest.fixture
def disk(maybe_disk: SmallDisk | None) -> Iterator[SmallDisk]:
    if maybe_disk is None:
        pytest.skip("only root can have a disk that is small")
    yield maybe_disk
    maybe_disk.make_room()


@pytest.fixture(scope="module")
def on_disk(maybe_disk: SmallDisk | None, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return SqliteDatabases(maybe_disk.folder if maybe_disk else tmp_path_factory.mktemp("sqlite"))


@pytest.fixture
def databases(on_disk: Databases) -> Iterator[Databases]:
    yield on_disk
    on_disk.discard()


def test_people_and_mails_survive_a_full_disk(
    app_context: Flask, live_server: Callable[..., LiveServer], smtp_sink: SmtpSink, disk: SmallDisk
) -> None:
    server = live_server(workers=2, MAIL_LEASE_SECONDS=3, **smtp_sink.settings)
    worker = server.start_worker()
    make_open_workshop("rush", capacity=None)
    people = People(server.url, at_once=3)

    with people.registering():
        for _ in range(FULL_DISKS):
            let_some_pass(people, smtp_sink)
            ballast_of_ours().unlink(missing_ok=True)  # it had been given up before
            disk.fill(database())
            time.sleep(FULL_SECONDS)
            disk.make_room()
        let_some_pass(people, smtp_sink)

    assert is_whole()
    assert set(people.pages) <= {200, 303, 503}
    assert "gerade nicht erreichbar" in people.pages[503].text
    assert "noch einmal" in people.pages[503].text
    keys = stored_keys()
    assert people.taken <= set(keys) <= people.taken | people.given_up
    assert len(keys) == len(set(keys))
    assert mails_per_registration() == {1}
    wait_until(lambda: set(mails_by_state()) <= {OutboxState.SENT, OutboxState.SENDING}, seconds=60)
    end_leases()
    wait_until(lambda: set(mails_by_state()) == {OutboxState.SENT}, seconds=60)
    assert worker.poll() is None
    assert len(copies(smtp_sink)) == len(keys)
    assert unnoticed(smtp_sink) == []


def test_mail_that_was_taken_while_the_disk_was_full_is_recorded_when_there_is_room(
    app_context: Flask, smtp_sink: SmtpSink, disk: SmallDisk
) -> None:
    app_context.config.update(smtp_sink.settings)
    queue_mails(FULL_DISKS)
    db.session.rollback()
    ours = database()

    def fill_for_a_while(_text: str) -> None:
        disk.fill(ours)
        Timer(FULL_SECONDS, disk.make_room).start()

    smtp_sink.replies["DATA"] = fill_for_a_while
    assert deliver(app_context) == FULL_DISKS

    assert mails_by_state() == {OutboxState.SENT: FULL_DISKS}
    assert len(smtp_sink.received) == len(copies(smtp_sink)) == FULL_DISKS
    assert not any(one.is_uncertain for one in mails())
    assert is_whole()


def test_mails_wait_while_the_disk_is_full(app_context: Flask, smtp_sink: SmtpSink, disk: SmallDisk) -> None:
    app_context.config.update(smtp_sink.settings)
    queue_mails(3)
    db.session.rollback()  # who reads keeps the log from being emptied
    disk.fill(database())

    with pytest.raises(OperationalError, match=r"full|disk I/O"):
        deliver(app_context)
    assert smtp_sink.received == []

    disk.make_room()
    assert deliver(app_context) == len(smtp_sink.received) == 3


def test_form_sent_to_a_full_database_says_what_to_do_and_keeps_nothing(
    app_context: Flask, client: FlaskClient
) -> None:
    make_open_workshop("rush", capacity=None)
    number = 0
    for _ in range(FULL_DISKS):
        status = 303
        with no_page_more():
            while status == 303:
                assert count(Registration) == count(OutboxMessage) == number
                number += 1
                fields = Page(200, "", client.get(FORM).text).hidden_fields | typed(number)
                refused = client.post(FORM, data=fields)
                status = refused.status_code

        assert status == 503
        assert "noch einmal" in refused.text
        assert count(Registration) == count(OutboxMessage) == number - 1
        assert client.post(FORM, data=fields).status_code == 303
        assert count(Registration) == count(OutboxMessage) == number
    assert is_whole()


@pytest.mark.parametrize("is_fresh", [False, True], ids=["at_work", "just_started"])
def test_ballast_is_given_up_and_the_next_one_gets_through(
    app_context: Flask, client: FlaskClient, disk: SmallDisk, is_fresh: bool
) -> None:
    make_open_workshop("rush", capacity=None)
    fields = Page(200, "", client.get(FORM).text).hidden_fields | typed(1)
    assert lay(db.engine, bytes_left_over=0)
    db.session.rollback()
    disk.fill(database())
    if is_fresh:  # no connection stands: not even what SQLite keeps beside the log can be made
        db.session.remove()
        db.engine.dispose()
        disk.fill()

    assert client.post(FORM, data=fields).status_code == 503
    assert not ballast_of_ours().exists()
    assert client.post(FORM, data=fields).status_code == 303
    assert count(Registration) == count(OutboxMessage) == 1
    assert is_whole()


def let_some_pass(people: People, sink: SmtpSink) -> None:
    taken, received = len(people.taken), len(sink.received)
    wait_until(lambda: len(people.taken) > taken + 3 and len(sink.received) > received + 3, seconds=40)


def deliver(app: Flask) -> int:
    transport, done = Transport(app.config), 0
    try:
        while now_done := deliver_due(transport, instant=clock.now, wants_to_stop=lambda: False):
            done += now_done
    finally:
        transport.close()
    return done


@contextmanager
def no_page_more() -> Iterator[None]:
    """Let the database take no page more than it has: SQLite says then what it says of a full disk."""

    @event.listens_for(db.engine, "begin")
    def limit(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    yield
    event.remove(db.engine, "begin", limit)
    db.session.remove()
    db.engine.dispose()


def count(model: type) -> int:
    db.session.rollback()
    return db.session.query(model).count()


def is_whole() -> bool:
    db.session.rollback()
    return bool(db.session.scalar(text("PRAGMA integrity_check")) == "ok")


def database() -> Path:
    return Path(str(db.engine.url.database))


def ballast_of_ours() -> Path:
    path = ballast_of(db.engine)
    assert path is not None
    return path
