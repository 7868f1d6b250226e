"""Reading pages as a person does: what they say, and what their forms would send."""

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

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


@dataclass
class Form:
    """What a browser would send when somebody presses the button without having touched anything."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    has_button: bool = False


def first_form(page: str) -> Form | None:
    """The form of the first button on the page."""
    reader = _Forms()
    reader.feed(page)
    return next((form for form in reader.forms if form.has_button), None)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._is_inside = False
        self._text_of: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self.forms.append(Form(values.get("method") or "get", values.get("action") or ""))
            self._is_inside = True
        elif not self._is_inside:
            return
        elif tag == "button":
            self.forms[-1].has_button = True
        elif tag == "textarea":
            self._text_of = values.get("name")
        elif tag == "input" and _is_sent(values) and (name := values.get("name")):
            self.forms[-1].fields[name] = values.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._text_of:
            self.forms[-1].fields[self._text_of] = data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "textarea":
            self._text_of = None


def _is_sent(values: dict[str, str | None]) -> bool:
    return values.get("type") not in ("radio", "checkbox") or "checked" in values
