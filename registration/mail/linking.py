"""Web addresses in somebody's own words become links: only whole ones, as they stand in the text part."""

import re

from markupsafe import Markup, escape

_ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?()]")


def linked(line: str) -> Markup:
    """Return one line as HTML. What is no web address stays words, also what only looks like one."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(line):
        address = found[0]
        parts += [escape(line[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(address)]
        end = found.end()
    return Markup("").join([*parts, escape(line[end:])])
