"""Errors have a friendly page with header and footer, and no word of the inside."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from tests.views.pages import words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@pytest.fixture
def client(make_app: Callable[..., Flask]) -> FlaskClient:
    """An application with pages on which everything goes wrong."""
    app = make_app(PROPAGATE_EXCEPTIONS=False)
    app.testing = False
    app.add_url_rule("/broken/<int:code>", view_func=abort, endpoint="broken")
    app.add_url_rule("/bug", view_func=_bug)
    app.add_url_rule("/no-database", view_func=_no_database)
    return app.test_client()


def _bug() -> str:
    raise ZeroDivisionError("inside")


def _no_database() -> str:
    raise OperationalError("SELECT secret", {}, Exception("inside"))


@pytest.mark.parametrize("code", [400, 403, 404, 405, 413, 429, 500, 503])
def test_error_page_keeps_frame_and_says_what_to_do(client: FlaskClient, code: int) -> None:
    page = client.get(f"/broken/{code}")

    assert page.status_code == code
    assert page.text.count("<h1") == 1
    assert "hilfe@example.org" in words(page)
    assert 'href="/imprint"' in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_bug_shows_nothing_of_the_inside(client: FlaskClient) -> None:
    page = client.get("/bug")

    assert page.status_code == 500
    assert "Bei uns ist ein Fehler passiert" in words(page)
    assert "inside" not in page.text
    assert "Traceback" not in page.text


def test_database_that_does_not_answer_is_a_pause(client: FlaskClient) -> None:
    page = client.get("/no-database")

    assert page.status_code == 503
    assert page.headers["Retry-After"] == "30"
    assert "secret" not in page.text


def test_too_large_request_is_told_so(client: FlaskClient) -> None:
    page = client.post("/new-link", data={"email": "x" * 1_100_000})

    assert page.status_code == 413


def test_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    page = client.get("/my-registration/x/withdrawal")

    assert page.status_code == 405
    assert "POST" in page.headers["Allow"]


def test_a_foreign_host_gets_a_plain_400_and_no_link(client):
    answer = client.get("/workshops", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert b"evil" not in answer.data


@pytest.mark.parametrize(
    "path", ["%5cevil.example", "%09/evil.example", "%0a%5cevil.example", "%2fevil.example"]
)
def test_switch_of_the_language_never_leads_to_another_site(client: FlaskClient, path: str) -> None:
    page = client.get(f"/en/{path}")

    found = re.search(r'href="([^"]*)" lang="de"', page.text)
    assert page.status_code == 404
    assert found is not None
    as_browsers_read_it = re.sub(r"[\t\r\n]", "", unescape(found[1])).replace("\\", "/")
    assert re.match(r"/(?!/)", as_browsers_read_it)


@pytest.mark.parametrize("path", ["/organiser/unheard-of", "/organiser/workshops/x"])
def test_a_page_that_the_desk_does_not_have_leads_back_to_the_desk(client: FlaskClient, path: str) -> None:
    page = client.get(path)

    assert page.status_code == 404
    assert "Gehen Sie zur Seite „Heute“" in words(page)
    assert 'href="/organiser"' in page.text
    assert "Link anfordern" not in page.text


def test_a_page_that_participants_do_not_have_offers_a_new_link(client: FlaskClient) -> None:
    page = client.get("/organisers")

    assert page.status_code == 404
    assert "Neuen Link anfordern" in words(page)
