"""Patterns: a template rendered once for all letters that say the same, with gaps for what is personal.

While a template is rendered, it is noted what it reads of the letter. Another letter in which it would read
the very same gets the same text, with its own name and links in the gaps. So nothing can be out of date:
every value that the text depends on is compared, as it is now, each time. What is done to a finished text,
such as tidying it or inlining its styles, is done to the pattern: it costs nothing per letter.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from jinja2 import Environment
from markupsafe import escape

from registration.mail.letter import Letter

GAPS = frozenset({"name", "manage_url", "calendar_url", "confirm_url", "join_url", "way_in_url"})
"""What differs from person to person; a template prints it, or asks whether it is there, and no more."""
SECRETS = frozenset({"claims"})
"""What is written for one person only; a text with it is not kept."""
PATTERNS_PER_TEMPLATE = 16
_THERE = object()
_MARK = secrets.token_hex(16)  # stands in no text that anybody could write
_GAP = re.compile(f"{_MARK}-([a-z_]+)-")


@dataclass(frozen=True)
class Pattern:
    """Texts and names of gaps in turns, and all that the template has read to make them."""

    pieces: list[str]
    read: dict[str, Any]
    more: dict[str, str]
    is_html: bool

    def fits(self, letter: Letter, more: dict[str, str]) -> bool:
        return more == self.more and all(_seen(letter, name) == was for name, was in self.read.items())

    def fill(self, letter: Letter) -> str:
        """In one pass: what is put into a gap is not searched for gaps (M-27)."""
        pieces = self.pieces.copy()
        for gap in range(1, len(pieces), 2):
            value = getattr(letter, pieces[gap])
            pieces[gap] = str(escape(value)) if self.is_html else value
        return "".join(pieces)


class Patterns:
    """The mail templates of an application, and what was made of them."""

    def __init__(self, templates: Environment, finish: Mapping[str, Callable[[str], str]]) -> None:
        """`finish` says by suffix what becomes of a rendered text; gaps look to it like one long word."""
        self._templates, self._finish = templates, finish
        self._made: dict[tuple[str, str], list[Pattern]] = {}

    def render(self, name: str, letter: Letter, **more: str) -> str:
        """Render `templates/mail/<name>`, in the language that is set; `more` it reads beside the letter."""
        made = self._made.setdefault((name, letter.language), [])
        for pattern in made:
            if pattern.fits(letter, more):
                return pattern.fill(letter)
        pattern = self._make(name, letter, more)
        if not (SECRETS & pattern.read.keys() or self._templates.auto_reload):
            made.insert(0, pattern)
            del made[PATTERNS_PER_TEMPLATE:]
        return pattern.fill(letter)

    def _make(self, name: str, letter: Letter, more: dict[str, str]) -> Pattern:
        reader = _Reader(letter)
        text = self._templates.get_template(f"mail/{name}").render(mail=reader, **more)
        suffix = PurePath(name).suffix
        return Pattern(_GAP.split(self._finish[suffix](text)), reader.noted, more, suffix == ".html")


class _Reader:
    """The letter as a template sees it: notes what is read, leaves the gaps open."""

    def __init__(self, letter: Letter) -> None:
        self._letter = letter
        self.noted: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        self.noted[name] = value = _seen(self._letter, name)
        return f"{_MARK}-{name}-" if value is _THERE else value


def _seen(letter: Letter, name: str) -> Any:
    """What a template sees: the value, but of what goes into a gap only that it is there."""
    value = getattr(letter, name)
    return _THERE if value and name in GAPS else value
