"""A scripted mail server, and a worker that sends one batch to it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from registration.extensions import db
from registration.mail.transport import Transport
from registration.services.delivering import deliver_due
from registration.vocabulary import OutboxState
from tests.factories import mails
from tests.servers.scripted_smtp import ScriptedServer
from tests.services.delivering.batches import Deliver
from tests.times import NOW


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def settings() -> dict[str, Any]:
    return {}


@pytest.fixture
def app(make_app: Callable[..., Flask], server: ScriptedServer, settings: dict[str, Any]) -> Flask:
    return make_app(**server.settings, **settings)


@pytest.fixture
def deliver(app_context: Flask) -> Iterator[Deliver]:
    """Send one batch of what is due at an instant; the states of all mails afterwards."""
    transport = Transport(app_context.config)

    def run(now: Any = NOW) -> list[OutboxState]:
        deliver_due(transport, instant=lambda: now, wants_to_stop=lambda: False)
        db.session.rollback()
        return [mail.state for mail in mails()]

    yield run
    transport.close()
