"""The same with one mail after the other, whichever worker sends it: then it is not the mail (M-54)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from registration.mail.transport import Transport
from registration.services.delivering import deliver_due
from registration.services.pausing import pause_by_hand, resume_by_hand
from registration.steps.relay import relay_as_read
from registration.vocabulary import OutboxState, RelayPause
from tests.factories import mails
from tests.servers.scripted_smtp import CUT, ScriptedServer
from tests.services.delivering.batches import Deliver, queue
from tests.times import NOW

State = OutboxState


class OneAtATime:
    """A worker that stops after one mail."""

    def __init__(self, app: Flask) -> None:
        self._transport = Transport(app.config)

    def send(self, now: datetime = NOW) -> None:
        stops = iter([False])
        deliver_due(self._transport, instant=lambda: now, wants_to_stop=lambda: next(stops, True))
        self._transport.close()


def pause() -> RelayPause | None:
    relay = relay_as_read()
    return relay.pause if relay else None


def counted() -> dict[str, list[str]]:
    relay = relay_as_read()
    return (relay.in_a_row if relay else None) or {}


def test_three_workers_with_one_rejected_mail_each_stop_the_queue(
    app_context: Flask, server: ScriptedServer
) -> None:
    queue("ada", "ben", "cleo", "dora")
    server.always("DOT", "554 5.7.1 spam")

    for worker in (OneAtATime(app_context) for _ in range(4)):
        worker.send()

    assert [mail.state for mail in mails()] == [State.FAILED] * 3 + [State.QUEUED]
    assert pause() is RelayPause.REJECTIONS


def test_a_mail_that_another_worker_sends_ends_the_row(app_context: Flask, server: ScriptedServer) -> None:
    queue("ada", "ben", "cleo", "dora", "emil")
    for name in ("ada", "ben", "dora", "emil"):
        server.always("DOT", "554 5.7.1 spam", to=f"{name}@musterhausen.example.org")

    for worker in (OneAtATime(app_context) for _ in range(5)):
        worker.send()

    assert [mail.state for mail in mails()].count(State.SENT) == 1
    assert pause() is None


def test_it_is_counted_without_a_name_and_a_mail_that_leaves_ends_it(
    app_context: Flask, server: ScriptedServer
) -> None:
    queue("ada", "ben")
    server.always("DOT", CUT)
    for worker in (OneAtATime(app_context), OneAtATime(app_context)):
        worker.send()
    assert [len(marks) for marks in counted().values()] == [2]
    assert "@" not in str(counted())

    server.be_decent()
    OneAtATime(app_context).send(NOW + timedelta(hours=1))

    assert counted() == {}


def test_somebody_who_resumes_begins_anew(app_context: Flask, server: ScriptedServer) -> None:
    queue("ada", "ben")
    server.always("DOT", "554 5.7.1 spam")
    for worker in (OneAtATime(app_context), OneAtATime(app_context)):
        worker.send()
    pause_by_hand("Serverumzug", by="Anna Admin", organiser_id=None, now=NOW)

    resume_by_hand(by="Anna Admin", organiser_id=None, now=NOW)

    assert counted() == {}


class TestInTestMode:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"MAIL_TEST_ADDRESS": "probe@example.org"}

    def test_mails_for_three_people_are_three(self, deliver: Deliver, server: ScriptedServer) -> None:
        queue("ada", "ben", "cleo", "dora")
        server.always("DOT", "554 5.7.1 spam")

        assert deliver() == [State.FAILED] * 3 + [State.QUEUED]
        assert pause() is RelayPause.REJECTIONS
