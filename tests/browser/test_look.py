"""Pages stand still while they load; they can be read in the dark, in forced colours, enlarged, on paper."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize

from tests.browser.conftest import Site
from tests.browser.steps import new_page
from tests.browser.test_accessibility import DESK, STATES, assert_none, too_wide
from tests.servers.browser import axe_violations

PAGES = STATES | {"all macros": "/styleguide"}
STEADY = ("list", "workshop", "workshop, programme", "form", "mine, confirmed", "error 404", "all macros")
PHONE: ViewportSize = {"width": 320, "height": 640}
DESK_SCREEN: ViewportSize = {"width": 1280, "height": 900}
LARGE_TEXT = "200%"
_SHIFTS = """() => new Promise((done) => {
    const found = [];
    const watch = new PerformanceObserver((list) => found.push(...list.getEntries()));
    watch.observe({ type: "layout-shift", buffered: true });
    const words = (node) => node ? (node.outerHTML || node.textContent).slice(0, 120) : "";
    const told = (one) => [one.value, ...one.sources.map((source) => words(source.node))].join(" ");
    setTimeout(() => done(found.map(told)), 300);
})"""


@pytest.fixture(scope="module")
def shown_page(browser: Browser) -> Iterator[Page]:
    """One window for all pages that are only looked at."""
    with new_page(browser) as page:
        yield page


def shifts(page: Page) -> list[str]:
    """What has moved since the page was opened, with the element."""
    page.wait_for_load_state("networkidle")
    return list(page.evaluate(_SHIFTS))


def enlarge_text(page: Page) -> None:
    """Text alone, as browsers and systems can."""
    page.evaluate(f"document.documentElement.style.fontSize = '{LARGE_TEXT}'")


def cut_off(page: Page) -> list[str]:
    """Elements whose words do not fit into them and cannot be scrolled to."""
    return list(
        page.evaluate(
            """() => [...document.body.querySelectorAll("*")].filter((one) => {
                const style = getComputedStyle(one);
                const hides = (way) => ["hidden", "clip"].includes(way) && style.position !== "absolute";
                return one.textContent.trim() && (
                    hides(style.overflowX) && one.scrollWidth > one.clientWidth + 1
                    || hides(style.overflowY) && one.scrollHeight > one.clientHeight + 1);
            }).map((one) => one.outerHTML.slice(0, 120))"""
        )
    )


def invisible_icons(page: Page) -> list[str]:
    """Icons in the colour of what is behind them."""
    return list(
        page.evaluate(
            """() => {
                const colour = (one) => getComputedStyle(one).backgroundColor;
                const ground = (one) => one && colour(one) === "rgba(0, 0, 0, 0)"
                    ? ground(one.parentElement) : one && colour(one);
                return [...document.querySelectorAll(".kern-icon")].filter((one) => one.offsetWidth)
                    .filter((one) => ground(one) === ground(one.parentElement))
                    .map((one) => one.outerHTML);
            }"""
        )
    )


@pytest.mark.parametrize("state", STEADY)
def test_nothing_moves_while_the_page_loads(page: Page, site: Site, state: str) -> None:
    page.goto(site.address(PAGES[state]))

    assert_none(shifts(page))


def test_nothing_moves_when_fonts_come_late(page: Page, site: Site) -> None:
    def slowly(route: Route) -> None:
        page.wait_for_timeout(600)
        route.continue_()

    page.route("**/*.woff2", slowly)
    page.goto(site.address(PAGES["workshop"]))

    assert_none(shifts(page))


def test_a_shift_is_found(page: Page, site: Site) -> None:
    page.goto(site.address(PAGES["workshop"]))
    page.wait_for_load_state("networkidle")

    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('afterbegin', '<p>Das kommt zu spät.</p>')"
    )
    page.wait_for_timeout(150)

    assert shifts(page)


@pytest.mark.parametrize("state", PAGES)
def test_page_has_no_barrier_in_other_colours(shown_page: Page, site: Site, state: str) -> None:
    shown_page.emulate_media(color_scheme="dark", forced_colors="none")
    shown_page.goto(site.address(PAGES[state]))
    found = [f"dark: {one}" for one in axe_violations(shown_page)]

    shown_page.emulate_media(color_scheme="light", forced_colors="active")
    found += [f"forced: {one}" for one in axe_violations(shown_page) + invisible_icons(shown_page)]

    assert_none(found)


def test_all_macros_have_no_barrier(page: Page, site: Site, asked_hosts: set[str]) -> None:
    page.goto(site.address(PAGES["all macros"]))

    assert_none(axe_violations(page))
    assert asked_hosts == {site.host}


@pytest.mark.parametrize("state", PAGES)
def test_page_can_be_read_on_a_small_phone_and_with_large_text(
    shown_page: Page, site: Site, state: str
) -> None:
    shown_page.set_viewport_size(PHONE)
    shown_page.goto(site.address(PAGES[state]))
    found = too_wide(shown_page) + cut_off(shown_page)

    shown_page.set_viewport_size(DESK_SCREEN)
    enlarge_text(shown_page)
    found += too_wide(shown_page) + cut_off(shown_page)

    assert_none(found)


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
        page.goto(site.address(PAGES["form"]))

        moving = page.evaluate(
            """() => [...document.querySelectorAll("*")].map((one) => getComputedStyle(one))
                .filter((one) => one.transitionDuration !== "0s" || one.animationName !== "none").length"""
        )

    assert moving == 0


def test_paper_shows_what_counts(page: Page, site: Site) -> None:
    page.goto(site.address(PAGES["mine, confirmed"]))

    page.emulate_media(media="print")

    assert page.get_by_role("heading", level=1).is_visible()
    assert page.get_by_text("Vorgangsnummer").is_visible()
    assert not page.locator(".site-header__nav").is_visible()
    assert not page.get_by_role("button").first.is_visible()


@pytest.mark.parametrize("state", ["list", "form", "mine, confirmed", "error 404", "error 500", "sign-in"])
def test_help_and_law_stand_at_the_same_place(page: Page, site: Site, state: str) -> None:
    page.goto(site.address(PAGES[state]))

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
    page.goto(site.address(PAGES["list"]))
    page.wait_for_load_state("networkidle")

    page.goto(site.address(PAGES["imprint"]))
    page.wait_for_load_state("networkidle")

    loaded = page.evaluate(
        "performance.getEntriesByType('resource').map((one) => [one.name, one.transferSize])"
    )
    assert len(loaded) >= 5
    assert [address for address, size in loaded if size] == []
