"""Every page of every workshop of the demo opens at the desk, with all that its people have done."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration.demo import loading
from registration.extensions import db
from registration.models import Registration, Workshop
from registration.services.previewing import PREVIEWED
from tests.times import NOW

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
TABS = ("", "/registrations", "/sessions", "/mails", "/journal", "/settings")


@pytest.fixture
def demo(app: Flask) -> Flask:
    with app.app_context():
        loading.load(now=NOW)
    return app


def not_opening(desk: FlaskClient, paths: list[str]) -> list[str]:
    return [path for path in paths if desk.get(path).status_code != 200]


def ids(app: Flask, record: type[Registration] | type[Workshop]) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(select(record.id)))


def test_every_page_of_every_workshop_opens(demo: Flask, desk: FlaskClient) -> None:
    workshops = ids(demo, Workshop)

    assert len(workshops) > 3
    assert not_opening(desk, [f"/organiser/workshops/{one}{tab}" for one in workshops for tab in TABS]) == []


def test_the_preview_of_every_mail_that_the_desk_offers_opens(demo: Flask, desk: FlaskClient) -> None:
    workshop = max(ids(demo, Workshop))
    pages = [f"/organiser/workshops/{workshop}/previews/{kind}" for kind in PREVIEWED]

    assert not_opening(desk, pages) == []
    assert not_opening(desk, [f"{page}/html" for page in pages]) == []


def test_the_page_of_every_person_opens(demo: Flask, desk: FlaskClient) -> None:
    people = ids(demo, Registration)

    assert not_opening(desk, [f"/organiser/registrations/{one}" for one in people]) == []
