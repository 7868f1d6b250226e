"""HTML mails in a real browser: readable in the light and in the dark, also on a phone (M-13, L-30)."""

from collections.abc import Iterator
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from registration.vocabulary import MailKind
from tests.browser.looking import assert_none, too_wide
from tests.mail.cast import speaks
from tests.mail.screenshots import html_mails
from tests.servers.browser import axe_violations

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
CANVAS = "html { background: Canvas; color: CanvasText; }"  # axe takes a page without background for white


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    return request.param


@pytest.fixture
def page(browser: Browser, scheme: Literal["light", "dark"]) -> Iterator[Page]:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 375, "height": 800})
    yield page
    page.close()


def show(page: Page, html: str) -> None:
    page.set_content(html)
    page.add_style_tag(content=CANVAS)


def test_every_mail_can_be_read(app_context: Flask, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    found = []
    for name, html in html_mails():
        show(page, html)
        found += [f"{name}: {one}" for one in (*axe_violations(page), *too_wide(page))]

    assert_none(found)
    assert asked == []


def test_links_that_forget_the_dark_are_found(app_context: Flask, page: Page, scheme: str) -> None:
    html = dict(html_mails())["reminder.de"].replace("a { color: #a4b7e8 !important; }", "")

    show(page, html)

    assert any(one.startswith("color-contrast") for one in axe_violations(page)) == (scheme == "dark")


def test_there_is_a_picture_for_every_kind_and_language(app_context: Flask) -> None:
    assert len(dict(html_mails())) == sum(len(speaks(kind)) for kind in MailKind)
