"""The scripted mail server as an old one: it answers command after command, and says 354 to anything."""

from tests.servers.scripted_smtp import AND_CUT, CUT, ScriptedServer

__all__ = ["AND_CUT", "CUT", "RudeServer"]


class RudeServer(ScriptedServer):
    """`rude["RCPT"] = ["550 unknown"]` answers the next RCPT so; CUT at BODY cuts after the headers."""

    def __init__(self) -> None:
        super().__init__(pipelining=False, is_careless=True)
