"""A mail server that misbehaves exactly where a test tells it to, once, and is decent otherwise."""

import contextlib
import socket
import struct
import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

CUT = ""
"""In place of an answer: the line is cut."""
AND_CUT = " (and cut)"
"""At the end of an answer: it is the last one on this connection."""

_DECENT = {
    "CONNECT": "220 ready",
    "EHLO": "250-hello\r\n250 AUTH PLAIN",
    "AUTH": "235 welcome",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "DOT": "250 taken",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}
_AT_ONCE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Taken:
    """A mail that reached its final dot with a good answer, or with none."""

    recipient: str
    content: bytes


class RudeServer:
    """`rude["RCPT"] = ["550 unknown"]` answers the next RCPT so; CUT at BODY cuts after the headers.

    `taken` holds what was accepted, also where the answer to the final dot was CUT.
    """

    def __init__(self) -> None:
        self.rude: dict[str, list[str]] = defaultdict(list)
        self.taken: list[Taken] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def settings(self) -> dict[str, Any]:
        return {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": self._listener.getsockname()[1]}

    @property
    def recipients(self) -> list[str]:
        return [one.recipient for one in self.taken]

    def close(self) -> None:
        with contextlib.suppress(OSError):  # closed before
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept()
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                line, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=[line], daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        recipient = ""
        with line, line.makefile("rb") as reader:
            answered = self._answer(line, "CONNECT")
            while answered and (command := reader.readline().decode()):
                verb = command[:4].strip().upper()
                recipient = command[9:-3] if verb == "RCPT" else recipient
                answered = self._answer(line, verb)
                if verb == "DATA" and answered == "354 go on":
                    answered = self._read_mail(line, reader, recipient)

    def _read_mail(self, line: socket.socket, reader: Any, recipient: str) -> str:
        content = b""
        while (row := reader.readline()) != b".\r\n":
            if not row:
                return CUT
            if row == b"\r\n" and self.rude["BODY"]:
                return self._answer(line, "BODY")
            content += row
        taken = not self.rude["DOT"] or self.rude["DOT"][0] == CUT
        if taken:
            self.taken.append(Taken(recipient, content))
        return self._answer(line, "DOT")

    def _answer(self, line: socket.socket, step: str) -> str:
        """Say it; the answer, or CUT when the line is cut now."""
        answer = self.rude[step].pop(0) if self.rude[step] else _DECENT[step]
        if answer == CUT:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            return CUT
        line.sendall(answer.removesuffix(AND_CUT).encode() + b"\r\n")
        return CUT if answer.endswith(AND_CUT) else answer
