"""What can be wrong with a page as it is shown, in every width, text size and look (L-30, L-37)."""

from typing import Any

from playwright.sync_api import Page

from tests.servers.browser import axe_violations

WIDTHS = (1280, 320)
STILL = {"reduced_motion": "reduce"}  # nothing is judged while it changes its colour
LOOKS: dict[str, Any] = {
    "light": STILL | {"color_scheme": "light", "forced_colors": "none"},
    "dark": STILL | {"color_scheme": "dark", "forced_colors": "none"},
    "forced colours": STILL | {"color_scheme": "light", "forced_colors": "active"},
}
LARGE_TEXT = "200%"


def barriers(page: Page, looks: tuple[str, ...] = ("light",)) -> list[str]:
    """What is wrong with the page as it is shown: at each width, in further looks, and with large text."""
    found = []
    page.emulate_media(**LOOKS["light"])
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width}: {violation}" for violation in axe_violations(page)]
        found += [f"{width}: wider than the screen: {element}" for element in too_wide(page)]
        found += [f"{width}: cut off: {element}" for element in cut_off(page)]
    found += [f"{width}: to be scrolled sideways: {element}" for element in sideways(page)]
    for look in looks[1:]:
        page.emulate_media(**LOOKS[look])
        found += [f"{look}: {violation}" for violation in axe_violations(page)]
        found += [f"{look}: invisible: {icon}" for icon in invisible_icons(page)]
    page.emulate_media(**LOOKS["light"])
    return found + [f"large text: {one}" for one in with_large_text(page)]


def with_large_text(page: Page) -> list[str]:
    """What does not fit on a wide screen when text alone is enlarged, as browsers and systems can."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.evaluate(f"document.documentElement.style.fontSize = '{LARGE_TEXT}'")
    found = too_wide(page) + cut_off(page)
    page.evaluate("document.documentElement.style.fontSize = ''")
    return found


def assert_none(found: list[str]) -> None:
    assert not found, "\n" + "\n".join(found)


def too_wide(page: Page) -> list[str]:
    """The page itself when it scrolls sideways, with the elements that stick out."""
    return page.evaluate(
        """() => {
            const room = document.documentElement.clientWidth;
            if (document.scrollingElement.scrollWidth <= room) return [];
            const wide = [...document.body.querySelectorAll("*")]
                .filter((one) => one.getBoundingClientRect().right > room);
            return [`${document.scrollingElement.scrollWidth} > ${room}`]
                .concat(wide.slice(0, 5).map((one) => one.outerHTML.slice(0, 120)));
        }"""
    )


def sideways(page: Page) -> list[str]:
    """Elements of which a part is seen only by who scrolls them sideways."""
    return list(
        page.evaluate(
            """() => [...document.body.querySelectorAll("*")]
                .filter((one) => ["auto", "scroll"].includes(getComputedStyle(one).overflowX))
                .filter((one) => one.scrollWidth > one.clientWidth + 1)
                .map((one) => `${one.scrollWidth} > ${one.clientWidth}: ${one.outerHTML.slice(0, 120)}`)"""
        )
    )


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
