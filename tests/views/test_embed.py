"""The list inside other web sites: framed by those that are named, by nobody else."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_workshop
from tests.views.pages import words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now"),
]
HOSTS = ["https://www.example.org", "*.example.net"]


@pytest.fixture
def client(make_app: Callable[..., Flask]) -> FlaskClient:
    app = make_app(EMBED_HOSTS=HOSTS)
    with app.app_context():
        for number in range(7):
            make_workshop(slug=f"w{number}", series="Gerade" if number % 2 == 0 else "Ungerade")
    return app.test_client()


def ancestors(client: FlaskClient, path: str) -> str:
    policy = client.get(path).headers["Content-Security-Policy"]
    (found,) = re.findall(r"frame-ancestors ([^;]*)", policy)
    return str(found)


def links(client: FlaskClient, query: str = "") -> list[str]:
    page = client.get(f"/embed/workshops{query}").text
    return re.findall(r'class="card__link" href="([^"]*)"', page)


def test_only_the_named_hosts_may_frame_it(client: FlaskClient) -> None:
    assert ancestors(client, "/embed/workshops") == "https://www.example.org *.example.net"
    assert ancestors(client, "/en/embed/workshops") == "https://www.example.org *.example.net"


@pytest.mark.parametrize("path", ["/", "/workshops/w1", "/workshops/w1/register", "/privacy", "/embed/other"])
def test_nobody_may_frame_any_other_page(client: FlaskClient, path: str) -> None:
    assert ancestors(client, path) == "'none'"


def test_without_hosts_there_is_no_such_page(make_app: Callable[..., Flask]) -> None:
    client = make_app().test_client()

    assert client.get("/embed/workshops").status_code == 404
    assert ancestors(client, "/embed/workshops") == "'none'"


def test_links_leave_the_frame_by_the_public_address(client: FlaskClient) -> None:
    page = client.get("/embed/workshops").text

    targets = re.findall(r'<a [^>]*href="([^"]*)"([^>]*)>', page)
    assert len(targets) == 6
    assert all(address.startswith("http://localhost/workshops") for address, _ in targets)
    assert all('target="_top" rel="noopener"' in rest for _, rest in targets)


def test_query_says_which_and_how_many(client: FlaskClient) -> None:
    assert len(links(client)) == 5
    assert len(links(client, "?number=2")) == 2
    assert len(links(client, "?number=99")) == 7
    assert len(links(client, "?number=x&format=y")) == 5
    assert [one[-2:] for one in links(client, "?series=Ungerade")] == ["w1", "w3", "w5"]


def test_rest_is_one_link_away_with_the_same_filter(client: FlaskClient) -> None:
    page = client.get("/embed/workshops?number=1&series=Gerade")

    assert "Alle Veranstaltungen (4)" in words(page)
    assert 'href="http://localhost/workshops?series=Gerade"' in page.text


def test_frame_sets_no_cookie_and_runs_no_script(client: FlaskClient) -> None:
    answer = client.get("/embed/workshops")

    assert "Set-Cookie" not in answer.headers
    assert "<script" not in answer.text
