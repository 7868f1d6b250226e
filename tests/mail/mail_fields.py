"""A received mail with its header fields, and what these say when they are decoded."""

from collections import defaultdict
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import getaddresses
from functools import cached_property, lru_cache

from tests.mail.mime_tree import Part

_CONTROLS = bytes({*range(32), 127} - set(b"\t\r\n"))


@dataclass(frozen=True)
class Mail:
    """A mail taken apart: its bytes, its header fields as they stand there, its parts."""

    raw: bytes
    fields: list[tuple[str, str]]
    part: Part

    @cached_property
    def _values(self) -> dict[str, list[str]]:
        found = defaultdict(list)
        for name, value in self.fields:
            found[name.lower()].append(value)
        return found

    def all(self, name: str) -> list[str]:
        return self._values.get(name.lower(), [])

    def one(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def part_of(self, kind: str) -> Part:
        return next((part for part in self.part.walk() if part.type == kind), Part())


def has_controls(words: bytes) -> bool:
    return len(words.translate(None, _CONTROLS)) < len(words)


@lru_cache(maxsize=512)
def addresses_in(value: str) -> list[str]:
    return [address for _words, address in getaddresses([value])]


@lru_cache(maxsize=512)
def decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value))) if "=?" in value else value
    except (LookupError, ValueError):
        return "\0"
