"""The form in a browser: questions of every kind, with and without scripts, wide and narrow, by keyboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.conftest import Site
from tests.browser.looking import assert_none, too_wide
from tests.browser.steps import fill_in, new_page, words
from tests.browser.test_keyboard import tab_to
from tests.servers.browser import axe_violations

FORM = "/workshops/asking/register"
ONLY_WHEN = "Nur wenn Sie bei ‚Wie nehmen Sie teil?‘ ‚vor Ort‘ gewählt haben."
WIDTHS = {"wide": 1280, "narrow": 320}


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    return WIDTHS[request.param]


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def form(browser: Browser, site: Site, width: int, scripts: bool) -> Iterator[Page]:
    """The opened form."""
    size = {"width": width, "height": 900}
    with new_page(browser, java_script_enabled=scripts, viewport=size) as page:
        page.goto(site.address(FORM))
        yield page


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    with new_page(browser) as page:
        page.goto(site.address(FORM))
        yield page


def arrival(page: Page) -> Locator:
    return page.get_by_label("Wann reisen Sie an?")


def fill(page: Page, family_name: str) -> None:
    fill_in(page, "Ada", family_name, f"{family_name.lower()}@example.org", "Stadt Musterhausen")


def test_person_registers(form: Page, width: int, scripts: bool) -> None:
    fill(form, f"Form{width}{scripts}")
    form.get_by_label("vor Ort").check()
    arrival(form).fill("23.02.2027")
    form.get_by_label("C", exact=True).check()
    form.get_by_label("Schriftdolmetschen").or_(form.get_by_label("Was brauchen Sie")).fill("Untertitel")
    form.locator("#send").click()

    form.wait_for_url("**/registered")
    assert f"form{width}{scripts}@example.org".lower() in words(form)


def test_each_error_stands_once_on_top_and_once_at_its_field(form: Page, scripts: bool) -> None:
    form.get_by_label("vor Ort").check()
    form.locator("main form").get_by_label("Frage 5?").fill("viele")
    arrival(form).fill("bald")
    form.locator("#send").click()
    form.locator(".error-summary").wait_for()

    above = form.locator(".error-summary a").all_inner_texts()

    assert form.title().startswith("Fehler: ")
    assert len(above) == len(set(above)) == 5
    assert above == form.locator("main form .kern-error").all_inner_texts()
    assert arrival(form).input_value() == "bald"
    for entry in form.locator(".error-summary a").all():
        assert form.locator(str(entry.get_attribute("href"))).count() == 1


def test_no_state_of_the_form_has_a_barrier(page: Page) -> None:
    states = [
        lambda: None,
        lambda: page.get_by_label("vor Ort").check(),
        lambda: page.locator("#send").click(),
        lambda: page.locator(".error-summary").wait_for(),
    ]
    found = []
    for reach in states:
        reach()
        for width in WIDTHS.values():
            page.set_viewport_size({"width": width, "height": 900})
            found += axe_violations(page) + too_wide(page)

    assert_none(found)


def test_question_appears_when_it_is_meant_and_keeps_what_was_typed(page: Page) -> None:
    assert not arrival(page).is_visible()

    page.get_by_label("vor Ort").check()
    arrival(page).fill("23.02.2027")
    page.get_by_label("online").check()
    assert not arrival(page).is_visible()
    page.get_by_label("vor Ort").check()

    assert arrival(page).input_value() == "23.02.2027"
    assert ONLY_WHEN not in words(page)


def test_question_that_is_not_meant_stops_nobody(page: Page) -> None:
    fill(page, "Online")
    page.get_by_label("vor Ort").check()
    arrival(page).fill("bald")
    page.get_by_label("online").check()
    page.locator("#send").click()

    page.wait_for_url("**/registered")


def test_without_scripts_the_question_says_when_it_is_meant(browser: Browser, site: Site) -> None:
    with new_page(browser, java_script_enabled=False) as page:
        page.goto(site.address(FORM))

        assert arrival(page).is_visible()
        assert ONLY_WHEN in words(page)


def test_used_up_option_says_so(page: Page) -> None:
    assert "online (ausgebucht – Warteliste)" in words(page)


def test_keyboard_alone_answers_every_kind_of_question(page: Page) -> None:
    for name, text in (
        ("family_name", "Tasten"),
        ("email", "tasten@example.org"),
        ("organisation", "Musterort"),
    ):
        tab_to(page, f"#{name}")
        page.keyboard.type(text)
    page.keyboard.press("Escape")  # closes the suggestions
    tab_to(page, "input[type=radio]")
    page.keyboard.press("Space")
    tab_to(page, "input[type=checkbox]")
    page.keyboard.press("Space")
    tab_to(page, "textarea[name=support_needs]")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("23.02.2027")
    assert arrival(page).input_value() == "23.02.2027"
    tab_to(page, "#send")
    page.keyboard.press("Enter")

    page.wait_for_url("**/registered")
    assert "tasten@example.org" in words(page)


def test_no_box_is_ticked_and_none_is_needed(page: Page) -> None:
    assert page.locator("input[type=checkbox]:checked").count() == 0
    assert page.locator("input[type=checkbox][required]").count() == 0


def test_every_control_can_be_hit_with_a_finger(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 900})
    controls = page.locator(
        "main form input:not([type=hidden]):not([tabindex='-1']):visible, main form textarea"
    )

    sizes = [box for one in controls.all() if (box := one.bounding_box())]

    assert len(sizes) > 15
    assert [box for box in sizes if min(box["width"], box["height"]) < 24] == []
