"""A transport that lets a server be first where a test needs to know who was."""

from typing import Any

from registration.mail.transport import Accepted, Transport
from tests.servers.ports import wait_until
from tests.servers.scripted_smtp import ScriptedServer


def hear(transport: Transport) -> None:
    """Wait until the server has said something unasked, or hung up."""
    wait_until(transport._wire.has_spoken, pause=0.001)


class AttentiveTransport(Transport):
    """Sends no final dot before the server has done what it was told to do within the mail.

    Hardly any time lies between the two: whoever is busy hears of it only behind the dot, and does not know.
    """

    def __init__(self, config: dict[str, Any], server: ScriptedServer) -> None:
        super().__init__(config)
        self._server = server
        self._is_told = False

    def offer(self, sender: str, recipient: str, content: bytes) -> None:
        self._is_told = self._server.is_scripted("BODY", recipient)
        super().offer(sender, recipient, content)

    def complete(self, *what_follows: Any) -> Accepted:
        if self._is_told:
            hear(self)
        return super().complete(*what_follows)
