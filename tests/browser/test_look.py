"""Pages stand still while they load, on paper they show what counts, and help stands at the same place."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.browser.conftest import Site
from tests.browser.looking import assert_none, cut_off, invisible_icons
from tests.browser.steps import new_page
from tests.browser.test_accessibility import DESK, STATES
from tests.servers.browser import axe_violations

STEADY = ("list", "workshop", "workshop, programme", "form", "mine, confirmed", "error 404", "all macros")
_SHIFTS = """() => new Promise((done) => {
    const found = [];
    const watch = new PerformanceObserver((list) => found.push(...list.getEntries()));
    watch.observe({ type: "layout-shift", buffered: true });
    const words = (node) => node ? (node.outerHTML || node.textContent).slice(0, 120) : "";
    const told = (one) => [one.value, ...one.sources.map((source) => words(source.node))].join(" ");
    setTimeout(() => done(found.map(told)), 300);
})"""


def shifts(page: Page) -> list[str]:
    """What has moved since the page was opened, with the element."""
    page.wait_for_load_state("networkidle")
    return list(page.evaluate(_SHIFTS))


@pytest.mark.parametrize("state", STEADY)
def test_nothing_moves_while_the_page_loads(page: Page, site: Site, state: str) -> None:
    page.goto(site.address(STATES[state]))

    assert_none(shifts(page))


def test_nothing_moves_when_fonts_come_late(page: Page, site: Site) -> None:
    def slowly(route: Route) -> None:
        page.wait_for_timeout(600)
        route.continue_()

    page.route("**/*.woff2", slowly)
    page.goto(site.address(STATES["workshop"]))

    assert_none(shifts(page))


def test_a_shift_is_found(page: Page, site: Site) -> None:
    page.goto(site.address(STATES["workshop"]))
    page.wait_for_load_state("networkidle")

    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('afterbegin', '<p>Das kommt zu spät.</p>')"
    )
    page.wait_for_timeout(150)

    assert shifts(page)


def test_cut_off_words_are_found(page: Page) -> None:
    page.set_content("<p style='overflow: hidden; width: 5rem; white-space: nowrap'>Viel zu lang dafür</p>")

    assert cut_off(page)


def test_invisible_icons_are_found(page: Page) -> None:
    page.set_content(
        "<body style='background: rgb(1, 2, 3)'><i class='kern-icon' style='display: block; width: 9px;"
        " background: rgb(1, 2, 3)'></i></body>"
    )

    assert len(invisible_icons(page)) == 1


def test_reduced_motion_stands_still(browser: Browser, site: Site) -> None:
    with new_page(browser, reduced_motion="reduce") as page:
        page.goto(site.address(STATES["form"]))

        moving = page.evaluate(
            """() => [...document.querySelectorAll("*")].map((one) => getComputedStyle(one))
                .filter((one) => one.transitionDuration !== "0s" || one.animationName !== "none").length"""
        )

    assert moving == 0


def test_paper_shows_what_counts(page: Page, site: Site) -> None:
    page.goto(site.address(STATES["mine, confirmed"]))

    page.emulate_media(media="print")

    assert page.get_by_role("heading", level=1).is_visible()
    assert page.get_by_text("Vorgangsnummer").is_visible()
    assert not page.locator(".site-header__nav").is_visible()
    assert not page.get_by_role("button").first.is_visible()


@pytest.mark.parametrize("state", ["list", "form", "mine, confirmed", "error 404", "error 500", "sign-in"])
def test_help_and_law_stand_at_the_same_place(page: Page, site: Site, state: str) -> None:
    page.goto(site.address(STATES[state]))

    assert page.locator("footer a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))") == [
        "mailto:hilfe@example.org",
        "/imprint",
        "/privacy",
        "/accessibility",
    ]
    assert page.locator("header").evaluate("(one) => one.getBoundingClientRect().top") == 0
    assert page.locator("body > :last-child").evaluate("(one) => one.localName") == "footer"


@pytest.mark.parametrize("name", ["today", "registrations", "person", "settings", "mails"])
def test_page_of_the_desk_has_no_barrier_in_dark_or_forced_colours(
    desk_context: BrowserContext, site: Site, name: str
) -> None:
    page = desk_context.new_page()
    for media in ({"color_scheme": "dark"}, {"color_scheme": "light", "forced_colors": "active"}):
        page.emulate_media(**media)
        page.goto(site.address(f"/organiser{DESK[name]}"))
        assert_none(axe_violations(page))
    page.close()


def test_second_page_asks_only_for_itself(page: Page, site: Site) -> None:
    page.goto(site.address(STATES["list"]))
    page.wait_for_load_state("networkidle")

    page.goto(site.address(STATES["imprint"]))
    page.wait_for_load_state("networkidle")

    loaded = page.evaluate(
        "performance.getEntriesByType('resource').map((one) => [one.name, one.transferSize])"
    )
    assert len(loaded) >= 5
    assert [address for address, size in loaded if size] == []
