"""A second reader of calendar files, by the letter of RFC 5545, that shares nothing with the library."""

import re
from dataclasses import dataclass, field

_LINE = re.compile(
    r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)', re.S
)
_UNESCAPED = {"\\n": "\n", "\\N": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}
LONGEST_LINE_BYTES = 75


@dataclass
class Component:
    """BEGIN:NAME … END:NAME with its lines and what it holds."""

    name: str
    lines: list[tuple[str, str, str]] = field(default_factory=list)  # name, parameters, value
    parts: list["Component"] = field(default_factory=list)

    def value(self, name: str) -> str:
        """The only value of this name, unescaped."""
        (found,) = [value for line, _, value in self.lines if line == name]
        return re.sub(r"\\[nN,;\\]", lambda match: _UNESCAPED[match[0]], found)

    def all(self, name: str) -> list["Component"]:
        return [one for one in self.parts if one.name == name]


def read_calendar(content: bytes) -> Component:
    """The one calendar of a file; raises AssertionError where it breaks a rule."""
    assert content.endswith(b"\r\n")
    lines = content[:-2].split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= LONGEST_LINE_BYTES
    text = content.decode().replace("\r\n ", "").replace("\r\n\t", "")
    top = Component("")
    stack = [top]
    for line in text[:-2].split("\r\n"):
        match = _LINE.fullmatch(line)
        assert match is not None, line
        name, parameters, value = match.groups()
        if name == "BEGIN":
            stack.append(Component(value))
            stack[-2].parts.append(stack[-1])
        elif name == "END":
            assert stack.pop().name == value
        else:
            stack[-1].lines.append((name, parameters, value))
    assert stack == [top]
    (calendar,) = top.parts
    assert calendar.name == "VCALENDAR"
    return calendar
