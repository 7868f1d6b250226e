"""Looking leaves no trace in the browser, and no other host hears of it (L-20, L-21)."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Site

WITHOUT_FORM = (
    "/",
    "/en/",
    "/workshops/open",
    "/workshops/gute-sache",
    "/workshops/full",
    "/workshops/closed",
    "/workshops/dropped",
    "/workshops/closed/register",
    "/my-registration/{declined}",
    "/workshops/open/registered",
    "/confirm/{already}",
    "/confirm/{expired}",
    "/new-link?sent=yes",
    "/imprint",
    "/privacy",
    "/accessibility",
    "/not-there",
    "/trouble/500",
)


def traces(page: Page) -> list[object]:
    """Cookies and web storage of the page's browser."""
    stored = page.evaluate("[...Object.entries(localStorage), ...Object.entries(sessionStorage)]")
    return [*(cookie.get("name") for cookie in page.context.cookies()), *stored]


@pytest.mark.parametrize("path", WITHOUT_FORM)
def test_looking_leaves_no_trace(page: Page, site: Site, asked_hosts: set[str], path: str) -> None:
    page.goto(site.address(path))

    assert traces(page) == []
    assert asked_hosts == {site.host}


def test_form_sets_one_cookie_that_ends_with_the_browser(page: Page, site: Site) -> None:
    page.goto(site.address("/workshops/open/register"))

    (cookie,) = page.context.cookies()

    assert (cookie["name"], cookie["expires"], cookie["httpOnly"]) == ("session", -1, True)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_trace_is_found(page: Page, site: Site) -> None:
    page.goto(site.url)

    page.evaluate("localStorage.setItem('visits', '1')")

    assert traces(page) == [["visits", "1"]]


def test_a_foreign_host_is_noticed(page: Page, site: Site, asked_hosts: set[str]) -> None:
    page.route("http://fonts.example.org/*", lambda route: route.fulfill(body=""))

    page.set_content("<link rel='stylesheet' href='http://fonts.example.org/fira.css'>")

    assert asked_hosts == {"fonts.example.org"}
