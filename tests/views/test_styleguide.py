"""The page that shows every macro: complete, and not for the public."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import ROOT
from registration import state_words
from tests.views.pages import words

on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

MACROS = ROOT / "templates" / "macros"
PAGE = ROOT / "templates" / "styleguide" / "show.html"
PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": "another-secret-key" * 3,
    "PUBLIC_URL": "https://anmeldung.example.org",
    "MAIL_SERVER": "127.0.0.1",
}
_MACRO = re.compile(r"{%-?\s*macro\s+(\w+)\(.*?\)\s*-?%}(.*?){%-?\s*endmacro", re.S)


def bodies(folder: Path) -> dict[str, str]:
    """Every macro of the folder with what stands in it."""
    return {name: body for path in folder.glob("*.html") for name, body in _MACRO.findall(path.read_text())}


def missing(macros: Mapping[str, str], page: str) -> set[str]:
    """The macros that neither the page nor a macro on it uses."""
    texts, unseen = [page], dict(macros)
    while texts:
        text = texts.pop()
        used = {name for name in unseen if re.search(rf"\b{name}\(", text)}
        texts += [unseen.pop(name) for name in used]
    return set(unseen)


def test_every_macro_is_shown() -> None:
    assert missing(bodies(MACROS), PAGE.read_text()) == set()


def test_a_forgotten_macro_is_found() -> None:
    macros = {"field": "{{ hint() }}", "hint": "", "forgotten": "{{ field() }}"}

    assert missing(macros, "{{ field(form.name) }}") == {"forgotten"}


@on_sqlite
def test_every_state_is_shown(client: FlaskClient) -> None:
    page = client.get("/styleguide")

    assert page.status_code == 200
    assert [word for word in state_words.REGISTRATION.values() if str(word) not in words(page)] == []


@on_sqlite
def test_every_field_is_shown_with_its_error(client: FlaskClient) -> None:
    page = client.get("/styleguide").text

    fields = set(re.findall(r'name="empty-(\w+)"', page))
    described = set(re.findall(r'id="wrong-(\w+)-error"', page))
    linked = set(re.findall(r'href="#wrong-(\w+?)(?:-0)?"', page))

    assert fields == described == linked
    assert len(fields) == 10


@on_sqlite
def test_search_engines_pass_by(client: FlaskClient) -> None:
    page = client.get("/styleguide")

    assert page.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page.text


@on_sqlite
def test_public_server_has_no_such_page(make_app: Callable[..., Flask]) -> None:
    client = make_app(**PRODUCTION).test_client()

    answer = client.get("/styleguide", base_url=PRODUCTION["PUBLIC_URL"])

    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht" in words(answer)
