"""One conversation of a scripted mail server with a client."""

import contextlib
import json
import select
import socket
import ssl
import struct
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from time import sleep
from typing import TYPE_CHECKING, BinaryIO

from tests.servers.smtp_answers import CUT, HANG, TOO_MANY, Answer, Heard, Taken

if TYPE_CHECKING:
    from tests.servers.scripted_smtp import ScriptedServer

_AT_ONCE = struct.pack("ii", 1, 0)


class Over(Exception):
    """The conversation ends here."""


class Conversation:
    """One connection."""

    def __init__(self, server: "ScriptedServer", line: socket.socket, number: int, place: int) -> None:
        self.server, self.line, self.number, self.place = server, line, number, place
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader: BinaryIO = line.makefile("rb")
        self.is_signed_in = False
        self.sender: str | None = None
        self.recipient = ""

    def run(self) -> None:
        if self.server.tls == "ssl":
            self.encrypt()
        if self.server.most_connections and self.place > self.server.most_connections:
            self.say(Answer(TOO_MANY, is_last=True))
        self.do("CONNECT")
        while command := self.hear():
            verb = command[:4].upper().strip()
            step = "STARTTLS" if verb == "STAR" else verb
            getattr(self, f"on_{step.lower()}", self.on_other)(step, command)

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.reader.close()
        with contextlib.suppress(OSError):
            self.line.close()

    def hear(self) -> str:
        words = self.reader.readline().decode("utf-8", "replace")
        if words:
            is_encrypted = isinstance(self.line, ssl.SSLSocket)
            self.server.heard.append(Heard(self.number, words.rstrip("\r\n"), is_encrypted))
        return words

    def do(self, step: str, to: str = "") -> Answer:
        """Answer by the script."""
        answer = self.server.answer_to(step, to)
        self.say(answer)
        return answer

    def say(self, answer: Answer) -> None:
        sleep(answer.seconds)
        if answer.words == HANG:
            self.wait_until_left()
            raise Over
        if answer.is_cut:
            self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            raise Over
        words = "\r\n".join(answer.words.splitlines()).encode() + b"\r\n"
        if answer.seconds_per_byte:
            for byte in words:
                self.line.sendall(bytes([byte]))
                sleep(answer.seconds_per_byte)
        else:
            self.line.sendall(words)
        if answer.is_last:
            raise Over

    def wait_until_left(self) -> None:
        poll = select.poll()
        poll.register(self.line, getattr(select, "POLLRDHUP", 0))
        while not self.server.is_closed and not poll.poll(50):
            pass

    def encrypt(self) -> None:
        if self.server.context is None:
            self.wait_until_left()
            raise Over
        self.reader.close()
        self.line = self.server.context.wrap_socket(self.line, server_side=True)
        self.reader = self.line.makefile("rb")

    def on_other(self, step: str, _command: str) -> None:
        self.do(step)

    def on_ehlo(self, step: str, _command: str) -> None:
        if self.server.is_scripted(step, ""):
            self.do(step)
            return
        offers = ["mail.example.org", "SIZE 10485760", "8BITMIME", "ENHANCEDSTATUSCODES"]
        offers += ["PIPELINING"] if self.server.pipelining else []
        if self.server.tls == "starttls" and not isinstance(self.line, ssl.SSLSocket):
            offers.append("STARTTLS")
        else:
            offers += [f"AUTH {self.server.mechanisms}"] if self.server.mechanisms else []
        lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
        self.say(Answer("\n".join(lines)))

    def on_starttls(self, step: str, _command: str) -> None:
        if self.do(step).is_good:
            self.encrypt()

    def on_auth(self, step: str, command: str) -> None:
        _verb, mechanism, *initial = command.split()
        sign_in = {"PLAIN": self.is_plain_right, "LOGIN": self.is_login_right, "XOAUTH2": self.is_token_right}
        if mechanism not in self.server.mechanisms.split():
            self.say(Answer("504 5.5.4 not known"))
        elif not sign_in[mechanism](initial[0] if initial else "") and not self.server.is_scripted(step, ""):
            self.say(Answer("535 5.7.3 Authentication unsuccessful"))
        else:
            self.is_signed_in = self.do(step).is_good

    def is_plain_right(self, initial: str) -> bool:
        _zero, user, password = _decoded(initial or self.ask("")).split("\0")
        return self.is_user(user, password)

    def is_login_right(self, initial: str) -> bool:
        user = _decoded(initial or self.ask("Username:"))
        return self.is_user(user, _decoded(self.ask("Password:")))

    def is_token_right(self, initial: str) -> bool:
        token = _decoded(initial).split("\1")[1].removeprefix("auth=Bearer ")
        if self.server.tokens is None or token in self.server.tokens:
            return True
        self.ask(json.dumps({"status": "401", "schemes": "bearer"}))
        return False

    def is_user(self, user: str, password: str) -> bool:
        return self.server.users is None or self.server.users.get(user) == password

    def ask(self, challenge: str) -> str:
        self.line.sendall(b"334 " + b64encode(challenge.encode()) + b"\r\n")
        return self.hear().strip()

    def on_mail(self, step: str, command: str) -> None:
        if self.server.demands_sign_in and not self.is_signed_in:
            self.say(Answer("530 5.7.57 Client not authenticated to send mail"))
        elif self.sender is not None:
            self.say(Answer("503 5.5.1 nested MAIL"))
        elif self.do(step).is_good:
            self.sender, self.recipient = _address(command), ""

    def on_rcpt(self, step: str, command: str) -> None:
        if self.sender is None:
            self.say(Answer("503 5.5.1 MAIL first"))
        elif self.do(step, to=_address(command)).is_good:
            self.recipient = _address(command)

    def on_data(self, step: str, _command: str) -> None:
        if not self.recipient and not self.server.is_careless:
            self.say(Answer("554 5.5.1 no valid recipients"))
        elif self.do(step, to=self.recipient).words.startswith("354"):
            self.read_mail()

    def read_mail(self) -> None:
        rows: list[bytes] = []
        while (row := self.reader.readline()) != b".\r\n":
            if not row:
                raise Over
            if row == b"\r\n" and self.server.is_scripted("BODY", self.recipient):
                self.do("BODY", to=self.recipient)
            rows.append(row.removeprefix(b"."))
        answer = self.server.answer_to("DOT", self.recipient)
        is_silent = answer.words in (CUT, HANG)
        if answer.is_good or is_silent if answer.is_taken is None else answer.is_taken:
            content, now = b"".join(rows), datetime.now(UTC)
            taken = Taken(self.sender or "", self.recipient, content, now, self.number, not is_silent)
            self.server.taken.append(taken)
        self.sender, self.recipient = None, ""
        self.say(answer)

    def on_rset(self, step: str, _command: str) -> None:
        self.sender, self.recipient = None, ""
        self.do(step)

    def on_quit(self, step: str, _command: str) -> None:
        self.do(step)
        raise Over


def _address(command: str) -> str:
    return command.partition("<")[2].partition(">")[0]


def _decoded(words: str) -> str:
    return b64decode(words).decode()
