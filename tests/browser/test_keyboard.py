"""Everything can be done with the keyboard alone, and the focus is where one reads on (L-32, L-35)."""

from playwright.sync_api import Page

from tests.browser.conftest import Site
from tests.browser.steps import words

MOST_STOPS = 60


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus; at each stop the focus can be seen."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert focused.count() == 0 or focused.evaluate(_IS_MARKED), f"unseen: {focused.evaluate(_HTML)}"
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"{selector} cannot be reached with the keyboard")


_IS_MARKED = """(one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" || style.boxShadow !== "none";
}"""
_HTML = "(one) => one.outerHTML"


def test_first_stop_leads_past_the_header(page: Page, site: Site) -> None:
    page.goto(site.address("/workshops/open"))

    tab_to(page, ".skip-link")
    page.keyboard.press("Enter")

    assert page.locator("main:focus").count() == 1


def test_keyboard_alone_registers(page: Page, site: Site) -> None:
    page.goto(site.url)
    tab_to(page, "a[href$='/workshops/open']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/workshops/open")
    tab_to(page, "a[href$='/workshops/open/register']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/register")

    for name, text in (
        ("family_name", "Taste"),
        ("email", "taste@example.org"),
        ("organisation", "Musterstadt"),
    ):
        tab_to(page, f"#{name}")
        page.keyboard.type(text)
    page.keyboard.press("Escape")  # closes the suggestions
    tab_to(page, "input[type=radio]")
    page.keyboard.press("Space")
    tab_to(page, "input[name^=question]:not([type=radio])")
    page.keyboard.type("Eine Antwort")
    tab_to(page, "input[type=radio]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#send")
    page.keyboard.press("Enter")

    page.wait_for_url("**/registered")
    assert "taste@example.org" in words(page)


def test_keyboard_alone_confirms_and_withdraws(page: Page, site: Site) -> None:
    page.goto(site.address("/confirm/{keys}"))
    tab_to(page, "main form[method=post] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my-registration/*")
    assert "Ihr Platz ist sicher." in words(page)

    tab_to(page, "form[action$=withdrawal] input[type=checkbox]")
    page.keyboard.press("Space")
    tab_to(page, "form[action$=withdrawal] button")
    page.keyboard.press("Enter")

    page.get_by_role("heading", level=1, name="abgemeldet").wait_for()


def test_focus_goes_to_the_errors_and_from_there_to_each_field(page: Page, site: Site) -> None:
    page.goto(site.address("/workshops/open/register"))
    page.locator("#send").click()
    page.locator(".error-summary:focus").wait_for()
    assert page.title().startswith("Fehler: ")
    entries = page.locator(".error-summary a")
    assert entries.count() == 6  # name, address, organisation, three questions

    for number in range(entries.count()):
        target = entries.nth(number).get_attribute("href")
        entries.nth(number).press("Enter")
        assert page.locator(f"{target}:focus").count() == 1, target


def test_each_entry_of_the_summary_stands_at_its_field_too(page: Page, site: Site) -> None:
    page.goto(site.address("/workshops/open/register"))
    page.locator("#send").click()
    page.locator(".error-summary:focus").wait_for()

    above = page.locator(".error-summary a").all_inner_texts()

    assert above == page.locator("main form .kern-error").all_inner_texts()


def test_withdrawing_without_a_choice_leads_to_the_choice(page: Page, site: Site) -> None:
    page.goto(site.address("/my-registration/{confirmed}"))
    page.get_by_role("button", name="Abmelden").click()
    page.locator(".error-summary:focus").wait_for()

    page.locator(".error-summary a").press("Enter")

    assert page.locator("form[action$=withdrawal] input[type=checkbox]:focus").count() == 1
