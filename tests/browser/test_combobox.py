"""Choosing an organisation: by keyboard, mouse and finger, with late answers, and without scripts."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.conftest import Site
from tests.browser.steps import new_page
from tests.servers.browser import axe_violations

FORM = "/workshops/people/register"
LABEL = "Kommune oder Organisation"


@pytest.fixture
def field(page: Page, site: Site) -> Locator:
    page.goto(site.address(FORM))
    return page.get_by_role("combobox", name=LABEL)


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Organisationen im Verzeichnis").get_by_role("option")


def active(field: Locator) -> str:
    """The option that a screen reader reads while the focus stays in the text field."""
    number = field.get_attribute("aria-activedescendant")
    return field.page.locator(f"[id='{number}']").inner_text() if number else ""


def test_typing_opens_a_list_that_tells_kind_and_state(page: Page, field: Locator) -> None:
    field.press_sequentially("must")

    expect(options(page).first).to_have_text("Stadt Musterhausen Stadt oder Gemeinde, Hessen")
    expect(options(page).last).to_have_text("Nicht in der Liste Wir prüfen Ihre Angabe.")
    expect(field).to_have_attribute("aria-expanded", "true")
    assert field.get_attribute("aria-controls") == page.get_by_role("listbox").get_attribute("id")


def test_the_number_of_hits_is_said(page: Page, field: Locator) -> None:
    field.press_sequentially("must")
    expect(options(page).first).to_be_visible()
    said = page.locator(".combobox + [role=status]")

    expect(said).to_have_text(f"{options(page).count() - 1} Vorschläge. Wählen Sie mit den Pfeiltasten.")
    field.fill("qqqqqqq")
    expect(said).to_have_text("Kein Vorschlag. Sie können den Namen ausschreiben.")


def test_the_keyboard_alone_chooses(page: Page, field: Locator) -> None:
    field.press_sequentially("must")
    expect(options(page).first).to_be_visible()

    field.press("ArrowDown")
    first = active(field)
    field.press("ArrowDown")
    field.press("ArrowUp")
    assert active(field) == first
    assert options(page).first.get_attribute("aria-selected") == "true"
    field.press("Enter")

    expect(field).to_have_value("Stadt Musterhausen")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-expanded", "false")
    assert page.url.endswith(FORM)


def test_arrows_go_round_by_the_text_field(page: Page, field: Locator) -> None:
    field.press_sequentially("must")
    expect(options(page).first).to_be_visible()

    field.press("ArrowUp")
    assert active(field).startswith("Nicht in der Liste")
    field.press("ArrowDown")
    assert active(field) == ""


def test_an_arrow_opens_the_closed_list(page: Page, field: Locator) -> None:
    field.fill("must")
    field.press("Escape")

    field.press("ArrowDown")

    expect(options(page).first).to_have_attribute("aria-selected", "true")


def test_escape_closes_the_list_and_keeps_the_text(page: Page, field: Locator) -> None:
    field.press_sequentially("must")
    expect(options(page).first).to_be_visible()
    field.press("ArrowDown")

    field.press("Escape")

    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("must")
    assert field.get_attribute("aria-activedescendant") is None


def test_tab_goes_on_and_chooses_nothing(page: Page, field: Locator) -> None:
    field.press_sequentially("must")
    expect(options(page).first).to_be_visible()
    field.press("ArrowDown")

    field.press("Tab")

    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("must")
    expect(field).not_to_be_focused()


def test_the_mouse_chooses(page: Page, field: Locator) -> None:
    field.press_sequentially("beispielt")

    options(page).filter(has_text="Landkreis Beispieltal").click()

    expect(field).to_have_value("Landkreis Beispieltal")
    expect(field).to_be_focused()


def test_a_finger_chooses(browser: Browser, site: Site) -> None:
    with new_page(browser, has_touch=True, viewport={"width": 320, "height": 640}) as page:
        page.goto(site.address(FORM))
        field = page.get_by_role("combobox", name=LABEL)
        field.tap()
        field.press_sequentially("must")

        options(page).first.tap()

        expect(field).to_have_value("Stadt Musterhausen")


def test_what_is_not_in_the_list_stays_as_it_was_typed(page: Page, field: Locator) -> None:
    field.press_sequentially("Stadt Unbekannt")
    expect(options(page).last).to_be_visible()

    options(page).last.click()

    expect(field).to_have_value("Stadt Unbekannt")
    expect(page.locator(".combobox + [role=status]")).to_have_text("Wir prüfen Ihre Angabe.")


def test_answers_that_come_late_are_ignored(page: Page, field: Locator) -> None:
    """The answer to "must" is held back until that to "beispiel" has been shown."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route) if route.request.url.endswith("q=must") else route.continue_()

    page.route("**/organisations?*", hold)
    with page.expect_request("**/organisations?q=must"):
        field.press_sequentially("must")
    field.fill("Landkreis Beispieltal")
    expect(options(page).first).to_contain_text("Landkreis Beispieltal")

    with page.expect_response("**/organisations?q=must"):
        held[0].continue_()
    page.wait_for_timeout(200)

    expect(options(page).first).to_contain_text("Landkreis Beispieltal")


def test_a_late_list_keeps_the_option_that_was_reached(page: Page, field: Locator) -> None:
    """She presses an arrow in the list for "mus" while that for "must" is on its way."""
    held: list[Route] = []
    field.press_sequentially("mus")
    expect(options(page).first).to_be_visible()
    page.route("**/organisations?q=must", lambda route: held.append(route))  # noqa: PLW0108 - it marks its handler
    with page.expect_request("**/organisations?q=must"):
        field.press("t")
    field.press("ArrowDown")
    reached = active(field)

    with page.expect_response("**/organisations?q=must"):
        held[0].continue_()
    page.wait_for_timeout(200)

    assert reached.startswith("Stadt Musterhausen")
    assert active(field) == reached


def test_an_answer_after_leaving_the_field_opens_nothing(page: Page, field: Locator) -> None:
    held: list[Route] = []
    page.route("**/organisations?*", lambda route: held.append(route))  # noqa: PLW0108 - it marks its handler
    with page.expect_request("**/organisations?*"):
        field.press_sequentially("must")
    field.press("Tab")

    with page.expect_response("**/organisations?*"):
        held[0].continue_()
    page.wait_for_timeout(200)

    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_server_that_fails_leaves_a_text_field(page: Page, field: Locator) -> None:
    page.route("**/organisations?*", lambda route: route.fulfill(status=500))
    with page.expect_response("**/organisations?*"):
        field.press_sequentially("must")

    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("must")


@pytest.fixture(params=["light", "dark", "forced colours"])
def looks(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    media: dict[str, Any] = {
        "light": {},
        "dark": {"color_scheme": "dark"},
        "forced colours": {"forced_colors": "active"},
    }[request.param]
    with new_page(browser, **media) as page:
        yield page


@pytest.mark.parametrize("width", [1280, 320])
def test_the_open_list_has_no_barrier(looks: Page, site: Site, width: int) -> None:
    looks.set_viewport_size({"width": width, "height": 700})
    looks.goto(site.address(FORM))
    field = looks.get_by_role("combobox", name=LABEL)
    field.press_sequentially("must")
    expect(options(looks).first).to_be_visible()
    field.press("ArrowDown")

    assert axe_violations(looks) == []
    room = looks.evaluate("[document.scrollingElement.scrollWidth, document.documentElement.clientWidth]")
    assert room[0] <= room[1]
    option, box = options(looks).first.bounding_box(), field.bounding_box()
    assert option is not None
    assert box is not None
    assert option["height"] >= 44
    assert option["x"] >= 0
    assert option["x"] + option["width"] <= width
    assert option["y"] >= box["y"] + box["height"]


def test_the_last_option_can_be_reached_on_a_small_screen(page: Page, site: Site) -> None:
    """320 by 256 pixels: what is left of 1280 by 1024 at 400 %."""
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(site.address(FORM))
    field = page.get_by_role("combobox", name=LABEL)
    field.press_sequentially("must")
    expect(options(page).first).to_be_visible()

    field.press("ArrowUp")

    expect(options(page).last).to_be_in_viewport()


def test_without_scripts_it_is_a_text_field(browser: Browser, site: Site) -> None:
    with new_page(browser, java_script_enabled=False) as page:
        page.goto(site.address(FORM))
        field = page.get_by_label(LABEL)

        assert field.get_attribute("role") is None
        field.fill("Lkr. Beispieltal")
        page.get_by_role("button", name="Vorab prüfen").click()

        expect(page.get_by_label(LABEL)).to_have_value("Lkr. Beispieltal")
        expect(page.locator("#outlook")).to_contain_text("Noch ist nichts gesendet.")


def test_the_outlook_appears_without_sending(page: Page, site: Site, field: Locator) -> None:
    field.press_sequentially("must")
    expect(options(page).first).to_be_visible()
    field.press("ArrowDown")
    with page.expect_request("**/outlook?part=yes") as asked:
        field.press("Enter")

    expect(page.locator("#outlook")).to_contain_text("Noch ist nichts gesendet.")
    assert page.get_by_role("button", name="Vorab prüfen").count() == 0
    assert axe_violations(page) == []
    assert "organisation=Stadt+Musterhausen" in (asked.value.post_data or "")


def test_the_outlook_is_asked_for_without_name_address_and_message(page: Page, site: Site) -> None:
    page.goto(site.address(FORM))
    page.get_by_label("Nachname").fill("Lovelace")
    page.get_by_label("E-Mail-Adresse").fill("ada@musterhausen.example.org")
    page.get_by_label("Nachricht").fill("Ein Geheimnis")
    with page.expect_request("**/outlook?part=yes") as asked:
        page.get_by_label(LABEL).fill("Stadt Musterhausen")
        page.get_by_label("Nachname").focus()

    sent = asked.value.post_data or ""
    assert "email_domain=musterhausen.example.org" in sent
    assert not any(word in sent for word in ("Lovelace", "ada", "Geheimnis"))


def test_whoever_changes_her_organisation_finds_it_as_well_and_her_link_stays_secret(
    page: Page, site: Site
) -> None:
    page.goto(site.address("/my-registration/{confirmed}/data"))
    field = page.get_by_role("combobox", name=LABEL)
    with page.expect_request("**/organisations?q=beispielt") as asked:
        field.fill("beispielt")

    expect(options(page).first).to_contain_text("Landkreis Beispieltal")
    assert "referer" not in asked.value.all_headers()
    assert axe_violations(page) == []
