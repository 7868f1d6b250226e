"""Templates are indented for people; pages travel without it, which is a tenth of their bytes."""

import re

from flask import Flask
from jinja2.ext import Extension

_INDENTATION = re.compile(r"^[ \t]+", re.M)


class WithoutIndentation(Extension):
    """Takes it away once, when a template is compiled; the numbers of its lines stay. Mails keep theirs."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        is_page = name is not None and name.endswith(".html") and not name.startswith("mail/")
        return _INDENTATION.sub("", source) if is_page else source


def register(app: Flask) -> None:
    app.jinja_env.add_extension(WithoutIndentation)
