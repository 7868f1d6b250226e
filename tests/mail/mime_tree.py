"""A strict reader of header fields and MIME parts: what it does not understand, it says (RFC 2045, 2046)."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

_TYPE = re.compile(r"([a-z]+/[a-z0-9.+-]+)((?:;\s*[a-z]+=(?:\"[^\"]*\"|[^\s;\"]+))*)", re.IGNORECASE)
_PARAMETER = re.compile(r";\s*([a-z]+)=(?:\"([^\"]*)\"|([^\s;\"]+))", re.IGNORECASE)
_LONGEST_ENCODED_LINE = 76  # characters (RFC 2045, 6.7 and 6.8)


@dataclass
class Part:
    """One part: its type with parameters, where it is named, its decoded body or the parts that it holds."""

    type: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    file_name: str = ""
    content: bytes = b""
    parts: list["Part"] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @cached_property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    def walk(self) -> Iterator["Part"]:
        yield self
        for part in self.parts:
            yield from part.walk()


def read_fields(head: bytes) -> list[tuple[str, str]]:
    """Unfold the header fields; the name of what is none is all of the line."""
    lines = head.decode("ascii", "replace").split("\r\n")
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and unfolded:
            unfolded[-1] += line
        else:
            unfolded.append(line)
    return [(name, value.strip(" \t")) for name, _, value in (line.partition(":") for line in unfolded)]


def read_part(fields: list[tuple[str, str]], body: bytes) -> Part:
    named = {name.lower(): value for name, value in fields}
    part = Part()
    part.type, part.parameters = _with_parameters(named.get("content-type", ""))
    written = named.get("content-disposition", "")
    part.disposition = written.partition(";")[0].strip()
    part.file_name = _with_parameters(f"x/{written}")[1].get("filename", "") if written else ""
    if part.type.startswith("multipart/"):
        _take_apart(part, body)
    else:
        _decode(part, named.get("content-transfer-encoding", "").lower(), body)
    return part


def _with_parameters(value: str) -> tuple[str, dict[str, str]]:
    match = _TYPE.fullmatch(value)
    if match is None:
        return "", {}
    found = _PARAMETER.findall(match.group(2))
    return match.group(1).lower(), {name.lower(): quoted or plain for name, quoted, plain in found}


def _take_apart(part: Part, body: bytes) -> None:
    """Split at the boundary; what stands before the first or behind the last part is a fault."""
    line = b"--" + part.parameters.get("boundary", "").encode()
    before, *pieces = (b"\r\n" + body).split(b"\r\n" + line)
    if before or not pieces or pieces[-1].strip(b"\r\n") != b"--" or line == b"--":
        part.faults.append("boundaries do not hold the parts together")
        return
    for piece in pieces[:-1]:
        if not piece.startswith(b"\r\n"):
            part.faults.append("boundary occurs within a part")
            continue
        head, _, content = piece[2:].partition(b"\r\n\r\n")
        part.parts.append(read_part(read_fields(head), content))


def _decode(part: Part, encoding: str, body: bytes) -> None:
    if max(map(len, body.split(b"\r\n"))) > _LONGEST_ENCODED_LINE:
        part.faults.append(f"encoded line over {_LONGEST_ENCODED_LINE} characters")
    if encoding == "quoted-printable":
        part.content = binascii.a2b_qp(body)
        if re.search(rb"=(?![0-9A-F]{2}|\r\n)|[ \t]\r\n", body):
            part.faults.append("broken quoted-printable")
    elif encoding == "base64":
        try:
            part.content = base64.b64decode(body.replace(b"\r\n", b""), validate=True)
        except binascii.Error:
            part.faults.append("broken base64")
    else:
        part.faults.append(f"encoding {encoding!r}")
    if part.type.startswith("text/"):
        try:
            part.content.decode()
        except UnicodeDecodeError:
            part.faults.append("words are no UTF-8")
