"""MIME: the lines of a message, put together as bytes (RFC 2045, 2046, 5322).

The standard library's generator writes the same message ten times slower; its parser reads this one in the
tests. Only ASCII leaves here, with CRLF, in lines of at most 76 characters.
"""

import binascii
from base64 import encodebytes
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

CRLF = b"\r\n"
_UNREADABLE = bytes({*range(32), 127} - set(b"\t\r\n"))  # controls, which come along with what people paste
_ENCODED_PARTS_KEPT = 8  # one calendar file goes to many people, one after the other


@dataclass(frozen=True)
class Part:
    """A part of a message: header lines and encoded body, both ending with CRLF."""

    headers: bytes
    body: bytes

    def as_bytes(self) -> bytes:
        return self.headers + CRLF + self.body


def text_part(subtype: str, text: str) -> Part:
    """Return text as quoted-printable, as far as it can be read: every kind of line end becomes CRLF."""
    lines = text.encode(errors="replace").translate(None, _UNREADABLE).splitlines()
    body = binascii.b2a_qp(CRLF.join((*lines, b"")), istext=True)
    headers = (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n'
    )
    return Part(headers.encode("ascii"), body)


@lru_cache(maxsize=_ENCODED_PARTS_KEPT)
def file_part(content_type: str, filename: str, content: bytes) -> Part:
    """Return an attached file; `content_type` comes with its parameters, all plain ASCII."""
    headers = (
        f"Content-Type: {content_type}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{filename}"\r\n'
    )
    return Part(headers.encode("ascii"), encodebytes(content).replace(b"\n", CRLF))


def multipart(subtype: str, boundary: str, parts: Iterable[Part]) -> Part:
    """Return the parts one after the other between lines that occur in none of them."""
    line = b"--" + boundary.encode("ascii")
    body = b"".join(line + CRLF + part.as_bytes() + CRLF for part in parts)
    headers = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n'
    return Part(headers.encode("ascii"), body + line + b"--" + CRLF)
