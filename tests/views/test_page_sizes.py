"""Pages are small: the demo's list, workshops, forms and one's own registration."""

import gzip
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration.demo import loading
from registration.extensions import db
from registration.models import Registration, Workshop
from registration.vocabulary import LinkPurpose, RegistrationState, WorkshopState
from tests.times import NOW

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now"),
]
MOST_BYTES = 12_000
MOST_BYTES_ON_THE_WAY = 6_000
EMPTY_FRAME_BYTES = 4_000
_DATA = re.compile(r'<script type="application/ld\+json">.*?</script>', re.S)


@pytest.fixture
def demo(app_context: Flask) -> Flask:
    loading.load(now=NOW)
    return app_context


def size(client: FlaskClient, path: str) -> int:
    """The bytes of the page, without the data for search engines, which grow with the sessions."""
    page = client.get(path)
    assert page.status_code == 200
    return len(_DATA.sub("", page.text).encode())


def public_pages() -> list[str]:
    published = select(Workshop.slug).where(Workshop.state == WorkshopState.PUBLISHED)
    slugs = list(db.session.scalars(published))
    shown = [f"/workshops/{slug}{rest}" for slug in slugs for rest in ("", "/register")]
    return ["/workshops", "/en/workshops", *shown]


def test_pages_of_the_demo_are_small(demo: Flask, client: FlaskClient) -> None:
    sizes = {path: size(client, path) for path in public_pages()}

    assert len(sizes) >= 10
    assert {path: bytes_ for path, bytes_ in sizes.items() if bytes_ > MOST_BYTES} == {}


def test_ones_own_page_is_small(demo: Flask, client: FlaskClient) -> None:
    secured = select(Registration).where(Registration.state == RegistrationState.CONFIRMED)
    registration = db.session.scalars(secured).first()
    assert registration is not None
    link = registration.link(LinkPurpose.MANAGE)
    assert link is not None

    assert size(client, f"/my-registration/{link.token(demo.config['SECRET_KEY'])}") <= MOST_BYTES


def test_public_pages_of_the_demo_travel_small(demo: Flask, client: FlaskClient) -> None:
    for path in public_pages():
        page = client.get(path, headers={"Accept-Encoding": "gzip"})
        if page.content_encoding == "gzip":
            assert len(page.data) <= MOST_BYTES_ON_THE_WAY, path
            assert gzip.decompress(page.data).startswith(b"<!doctype html>")


def test_header_and_footer_leave_room_for_the_page(client: FlaskClient) -> None:
    assert size(client, "/new-link") <= EMPTY_FRAME_BYTES


def test_templates_are_not_indented_on_the_way(client: FlaskClient) -> None:
    assert [line for line in client.get("/imprint").text.splitlines() if line.startswith(" ")] == []
