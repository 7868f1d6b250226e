"""The wire to a mail server: commands go out, answers come in (RFC 5321 4.2)."""

import contextlib
import select
import socket
import ssl
from time import monotonic
from typing import NamedTuple

LONGEST_LINE = 64 * 1024
LONGEST_WORDS = 500
MOST_LINES = 100
_BLOCK = 256 * 1024


class Answer(NamedTuple):
    """A reply code and the words behind it, those of several lines in one."""

    code: int
    words: str


class Wire:
    """One socket. Everything that goes wrong on it is an OSError."""

    def __init__(self, sock: socket.socket, name: str, seconds: float) -> None:
        """`name`: host and port, for people; `seconds`: how long an answer, or a block said, may take."""
        self.name = name
        self._socket = sock
        self._unread = b""
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # body and final dot leave apart
        self.wait_at_most(seconds)

    @property
    def is_to_this_machine(self) -> bool:
        peer = str(self._socket.getpeername()[0])
        return peer.startswith("127.") or peer == "::1"

    @property
    def is_encrypted(self) -> bool:
        return isinstance(self._socket, ssl.SSLSocket)

    def wait_at_most(self, seconds: float) -> None:
        self._seconds = seconds
        self._socket.settimeout(seconds)

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Begin TLS with the server that calls itself `host`. What it said in clear text counts no more."""
        self._unread = b""  # it may have been put there by somebody in between (CVE-2011-0411)
        self._socket = context.wrap_socket(self._socket, server_hostname=host)

    def say(self, words: bytes) -> None:
        if len(words) <= _BLOCK:
            self._socket.sendall(words)
            return
        for start in range(0, len(words), _BLOCK):
            self._socket.sendall(words[start : start + _BLOCK])

    def ask(self, words: bytes) -> Answer:
        self.say(words)
        return self.answer()

    def answer(self) -> Answer:
        """Wait for the next answer."""
        until = monotonic() + self._seconds
        line = self._line(until)
        if line[3:4] != b"-":
            return Answer(_code(line), _words(line))
        lines = [line]
        while line[3:4] == b"-" and len(lines) < MOST_LINES:
            line = self._line(until)
            lines.append(line)
        return Answer(_code(line), "\n".join(map(_words, lines)))

    def has_spoken(self) -> bool:
        """Tell whether the server said something unasked, or hung up. Does not wait."""
        if self._unread:
            return True
        pending = self._socket.pending() if isinstance(self._socket, ssl.SSLSocket) else 0
        return bool(pending) or (bool(self._poll.poll(0)) and self._has_words())

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()

    def _line(self, until: float) -> bytes:
        while (end := self._unread.find(b"\n")) < 0:
            self._read_more(until)
        line, self._unread = self._unread[:end], self._unread[end + 1 :]
        return line

    def _read_more(self, until: float) -> None:
        if len(self._unread) > LONGEST_LINE:
            raise ConnectionError("the answer does not end")
        if monotonic() > until:  # drop by drop, each in time
            raise TimeoutError("timed out")
        data = self._socket.recv(8192)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._unread += data

    def _has_words(self) -> bool:
        """Read what has come: under TLS it may be a matter of the encryption and no word at all."""
        self._socket.settimeout(0)
        try:
            self._unread = self._socket.recv(8192)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        finally:
            self._socket.settimeout(self._seconds)
        return True


def _code(line: bytes) -> int:
    if not line[:3].isdigit():
        raise ConnectionError(f"no answer of a mail server: {_words(line)!r}")
    return int(line[:3])


def _words(line: bytes) -> str:
    """The words as text that a database can hold and a page can show."""
    words = line[4:].strip().decode("utf-8", "replace")[:LONGEST_WORDS]
    return "".join(character if character.isprintable() else " " for character in words)
