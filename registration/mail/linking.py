"""Web addresses in somebody's own words become links: only whole ones, as they stand in the text part."""

import re

from markupsafe import Markup, escape

_QUOTES = "\"'„“”‚‘’«»‹›…"  # no address holds one of them, and German text puts addresses between them
_ADDRESS = re.compile(rf"https?://[^\s<>{_QUOTES}]+")
_ENDS = ".,;:!?"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def linked(line: str) -> Markup:
    """Return one line as HTML. What is no web address stays words, also what only looks like one."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(line):
        address = _without_what_follows(found[0])
        if address.endswith("/") and address.count("/") == 2:
            continue
        parts += [escape(line[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(address)]
        end = found.start() + len(address)
    return Markup("").join([*parts, escape(line[end:])])


def _without_what_follows(address: str) -> str:
    """Take off the end of the sentence, and a bracket that was opened before the address."""
    while address[-1] in _ENDS or _closes_more(address):
        address = address[:-1]
    return address


def _closes_more(address: str) -> bool:
    last = address[-1]
    return last in _PAIRS and address.count(last) > address.count(_PAIRS[last])
