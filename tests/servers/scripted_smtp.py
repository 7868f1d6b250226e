"""A mail server that does what a test tells it to, at any step and for any recipient, and remembers all.

    with ScriptedServer() as server:                        # decent, PIPELINING, no TLS, all may sign in
        server.next("RCPT", "450 4.2.0 greylisted")         # the next one; then decent again
        server.next("DOT", CUT, to="ada@example.org")       # taken, and no answer reaches the client
        server.always("RCPT", "550 5.1.1 unknown", to="ben@example.org")
        app = make_app(**server.settings)
        ...
        server.wait_for(3)
        assert [mail.recipient for mail in server.taken] == [...]

Steps: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, BODY (once the headers are in), DOT, RSET, QUIT.
An answer is its text (several lines: "250-a\\n250 b"), CUT (the line is reset), HANG (never an answer), or an
`Answer` with a delay, a cut behind it, drop by drop, taken or not. `server.rude["RCPT"] = […]` is the same as
`next()`, for who likes it shorter.
"""

import contextlib
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from tests.servers.ports import wait_until
from tests.servers.smtp_answers import AND_CUT, CUT, DECENT, HANG, TOO_MANY, Answer, Heard, Script, Taken
from tests.servers.smtp_conversation import Conversation, Over

__all__ = ["AND_CUT", "CUT", "HANG", "TOO_MANY", "Answer", "ScriptedServer", "Taken"]


class ScriptedServer:
    """Listens on a loopback port from the moment it is made.

    `tls`: "starttls" or "ssl", with a `context` of tests.servers.certificates; without one no handshake
    ends. `users` (name → password) and `tokens` say who may sign in: without them anybody. `demands_sign_in`:
    nobody else may send. `most_connections` at once; who comes then hears TOO_MANY. `is_careless`: says 354
    also without a recipient.
    """

    def __init__(
        self,
        *,
        pipelining: bool = True,
        tls: Literal["starttls", "ssl"] | None = None,
        context: ssl.SSLContext | None = None,
        mechanisms: str = "PLAIN LOGIN XOAUTH2",
        users: Mapping[str, str] | None = None,
        tokens: Iterable[str] | None = None,
        demands_sign_in: bool = False,
        most_connections: int | None = None,
        is_careless: bool = False,
    ) -> None:
        self.pipelining, self.tls, self.context = pipelining, tls, context
        self.mechanisms, self.users = mechanisms, users
        self.tokens = None if tokens is None else set(tokens)
        self.demands_sign_in, self.most_connections = demands_sign_in, most_connections
        self.is_careless = is_careless
        self.seconds: dict[str, float] = {}
        """Step → how long every answer to it takes."""
        self.rude: dict[str, list[Script]] = defaultdict(list)
        self.taken: list[Taken] = []
        self.heard: list[Heard] = []
        self.connections = 0
        """How many there were."""
        self.open = self.most_open = 0
        """How many there are now, and were at once."""
        self._once: dict[tuple[str, str], list[Script]] = defaultdict(list)
        self._always: dict[tuple[str, str], Script] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that make the application send here."""
        encrypted = {"MAIL_USE_TLS": self.tls == "starttls", "MAIL_USE_SSL": self.tls == "ssl"}
        return {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": self.port} | (encrypted if self.tls else {})

    @property
    def recipients(self) -> list[str]:
        return [one.recipient for one in self.taken]

    def next(self, step: str, *answers: Script, to: str = "") -> None:
        """Answer the next ones so; with `to`, only when it is about this recipient."""
        self._once[step, to].extend(answers)

    def always(self, step: str, answer: Script, to: str = "") -> None:
        """Answer so until told otherwise."""
        self._always[step, to] = answer

    def be_decent(self) -> None:
        """Forget every script."""
        self.rude.clear()
        self._once.clear()
        self._always.clear()

    def wait_for(self, count: int, seconds: float = 15.0) -> list[Taken]:
        """Wait until at least `count` mails were taken."""
        wait_until(lambda: len(self.taken) >= count, seconds, pause=0.01)
        return self.taken

    def close(self) -> None:
        self._closed.set()
        with contextlib.suppress(OSError):  # closed before
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept()
        self._listener.close()

    def __enter__(self) -> "ScriptedServer":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def answer_to(self, step: str, to: str = "") -> Answer:
        with self._lock:
            found = self._scripted(step, to)
        if isinstance(found, Answer):
            return found
        is_last = found.endswith(AND_CUT)
        return Answer(found.removesuffix(AND_CUT), self.seconds.get(step, 0.0), is_last)

    def _scripted(self, step: str, to: str) -> Script:
        for waiting in (self._once[step, to], self._once[step, ""], self.rude[step]):
            if waiting:
                return waiting.pop(0)
        decent = DECENT.get(step, "500 5.5.2 what?")
        return self._always.get((step, to), self._always.get((step, ""), decent))

    def is_scripted(self, step: str, to: str) -> bool:
        keys = ((step, to), (step, ""))
        return bool(self.rude[step]) or any(self._once[key] or key in self._always for key in keys)

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    def _listen(self) -> None:
        while True:
            try:
                line, _address = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self.open += 1
                self.most_open = max(self.most_open, self.open)
                talk = Conversation(self, line, self.connections, self.open)
            threading.Thread(target=self._run, args=[talk], daemon=True).start()

    def _run(self, talk: Conversation) -> None:
        with contextlib.suppress(OSError, Over):  # the client hung up, or the script says so
            talk.run()
        talk.hang_up()
        with self._lock:
            self.open -= 1
