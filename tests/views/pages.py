"""Reading pages as a person does: what they say, and what their forms would send."""

import re
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'\b(name|value)="([^"]*)"')


def words(page: TestResponse) -> str:
    """The visible text in one line, with plain blanks."""
    text = re.sub(r"<(script|style|title)\b.*?</\1>", " ", page.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text)).replace("\u00a0", " ").split())


def title(page: TestResponse) -> str:
    found = re.search(r"<title>(.*?)</title>", page.text, re.S)
    assert found is not None
    return unescape(found[1])


def hidden_fields(page: TestResponse) -> dict[str, str]:
    fields = (dict(_ATTRIBUTE.findall(field)) for field in _HIDDEN.findall(page.text))
    return {one["name"]: unescape(one.get("value", "")) for one in fields}


def send(client: FlaskClient, path: str, fields: dict[str, str], *, to: str = "") -> TestResponse:
    """Open a form and send it with its hidden fields."""
    return client.post(to or path, data=hidden_fields(client.get(path)) | fields)
