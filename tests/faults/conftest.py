"""A mail server that can be rude, and sending to it."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from flask import Flask

from registration import clock
from registration.mail.transport import Transport
from registration.services.delivering import deliver_due
from tests.faults.trouble import Day
from tests.mail.rfc_check import check
from tests.servers.rude_smtp import RudeServer
from tests.servers.scripted_smtp import ScriptedServer
from tests.times import NOW

Deliver = Callable[..., None]


@pytest.fixture
def server() -> Iterator[RudeServer]:
    """What it takes has to be as every mail has to be."""
    rude = RudeServer()
    yield rude
    rude.close()
    assert [wrong for mail in rude.taken for wrong in check(mail.content, sender_domain="example.org")] == []


@pytest.fixture
def day(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    """A day with a server that pipelines, wants nothing of nobody, and loses patience at once."""
    with ScriptedServer() as server:
        impatient = {f"MAIL_{what}_TIMEOUT_SECONDS": 1.0 for what in ("CONNECT", "COMMAND", "FINAL")}
        who = {"MAIL_USERNAME": "agency", "MAIL_PASSWORD": "secret"}
        found = Day(make_app(**server.settings, **who, **impatient), server)
        monkeypatch.setattr(clock, "now", lambda: found.now)
        yield found
        wrong = [wrong for mail in server.taken for wrong in check(mail.content, sender_domain="example.org")]
        assert wrong == []


@pytest.fixture
def deliver(app_context: Flask) -> Iterator[Deliver]:
    """Send one batch of what is due at an instant, over one connection."""
    transport = Transport(app_context.config)

    def run(now: datetime = NOW) -> None:
        deliver_due(transport, instant=lambda: now, wants_to_stop=lambda: False)

    yield run
    transport.close()
