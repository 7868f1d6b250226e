"""A small DNS server on loopback: it answers from a dictionary, and NXDOMAIN to the rest, or stays silent."""

import socket
import threading
from collections.abc import Mapping

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Zone = Mapping[tuple[str, str], list[str]]
"""What is known: `("example.org", "TXT")` → texts. A text is cut into strings as DNS wants it."""


class DnsServer:
    """Answers over UDP until stopped; `is_silent` makes it unreachable, `asked` says what it was asked."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.is_silent = False
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def stop(self) -> None:
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            wire, peer = self._socket.recvfrom(4096)
            if not wire:
                return
            if not self.is_silent:
                self._socket.sendto(self._answer(dns.message.from_wire(wire)), peer)

    def _answer(self, query: dns.message.Message) -> bytes:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = question.rdtype.name
        self.asked.append((name, kind))
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if found := self.zone.get((name, kind)):
            values = [_quoted(text) if kind == "TXT" else text for text in found]
            answer.answer = [dns.rrset.from_text(question.name, 60, "IN", kind, *values)]
        elif not any(known == name for known, _kind in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()


def _quoted(text: str) -> str:
    """As strings of 200 characters, so that the reader has to join them."""
    parts = [text[start : start + 200] for start in range(0, len(text), 200)]
    return " ".join('"' + part.replace('"', r"\"") + '"' for part in parts)
