"""Everything works in a browser that runs no scripts (U-13)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from registration.demo.loading import ADMIN, PASSWORD
from tests.browser.conftest import Site
from tests.browser.steps import fill_in, new_page, sign_in, words


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with new_page(browser, java_script_enabled=False) as page:
        yield page


def test_form_shows_its_errors_and_keeps_what_was_typed(page: Page, site: Site) -> None:
    page.goto(site.address("/workshops/people/register"))
    fill_in(page, "Sina", "Skriptlos", "keine-adresse", "Stadt Musterhausen")
    page.locator("#send").click()

    assert page.locator(".error-summary a").count() == 1
    assert page.get_by_label("Nachname").input_value() == "Skriptlos"

    page.get_by_label("E-Mail-Adresse").fill("sina@example.org")
    page.locator("#send").click()
    assert page.url.endswith("/registered")
    assert "sina@example.org" in words(page)


def test_address_is_confirmed_and_registration_withdrawn(page: Page, site: Site) -> None:
    page.goto(site.address("/confirm/{scripts}"))
    page.get_by_role("button", name="Ja, E-Mail-Adresse bestätigen").click()
    assert "Ihr Platz ist sicher." in words(page)

    page.get_by_label("Ja, ich sage meine Teilnahme ab").check()
    page.get_by_role("button", name="Abmelden").click()

    assert "Sie haben sich abgemeldet." in words(page)


def test_new_link_is_requested(page: Page, site: Site) -> None:
    page.goto(site.address("/new-link"))
    page.get_by_label("E-Mail").fill("nobody@example.org")
    page.get_by_role("button", name="Link anfordern").click()

    assert "Schauen Sie in Ihr Postfach" in words(page)


def test_organiser_signs_in_and_approves(page: Page, site: Site) -> None:
    sign_in(page, site.url, ADMIN, PASSWORD)

    page.goto(site.address("/organiser/registrations/{person}"))
    page.get_by_role("button", name="Zusagen").click()

    assert "Platz sicher" in words(page)
