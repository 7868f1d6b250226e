"""A mail server that does what a test says, once pipelining and once not, and the way to it."""

from collections.abc import Iterator

import pytest

from registration.mail.transport import Transport
from tests.mail.wires import settings
from tests.servers.scripted_smtp import ScriptedServer


@pytest.fixture(params=[True, False], ids=["pipelined", "one by one"])
def server(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    with ScriptedServer(pipelining=request.param) as scripted:
        yield scripted


@pytest.fixture
def transport(server: ScriptedServer) -> Iterator[Transport]:
    made = Transport(settings(**server.settings, MAIL_USERNAME="agency", MAIL_PASSWORD="secret"))
    yield made
    made.close()


@pytest.fixture
def impatient(server: ScriptedServer) -> Iterator[Transport]:
    seconds = {f"MAIL_{what}_TIMEOUT_SECONDS": 0.4 for what in ("CONNECT", "COMMAND", "FINAL")}
    made = Transport(settings(**server.settings, MAIL_USERNAME="agency", **seconds))
    yield made
    made.abandon()
