"""The preview of a change: in its frame, with the words as they are typed, and nothing is sent by it."""

import pytest
from playwright.sync_api import Browser

from registration.demo.loading import ADMIN, PASSWORD
from tests.browser.conftest import Site
from tests.browser.steps import new_page, sign_in, words


@pytest.mark.parametrize("with_scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("width", [1280, 375])
def test_words_stand_in_the_preview_as_often_as_one_looks(
    browser: Browser, site: Site, with_scripts: bool, width: int
) -> None:
    size = {"width": width, "height": 800}
    with new_page(browser, java_script_enabled=with_scripts, viewport=size) as page:
        sign_in(page, site.url, ADMIN, PASSWORD)
        page.goto(site.address("/organiser/workshops/{changed}/changes"))
        frame = page.frame_locator("iframe[name=changes-preview]")
        frame.get_by_role("heading", level=1).wait_for()

        for typed in ("Wir bitten um Verständnis.", "Bis bald in <Musterhausen>."):
            page.get_by_label("Ihre Worte dazu").fill(typed)
            page.get_by_role("button", name="Vorschau mit diesen Worten").click()
            frame.get_by_text(typed).wait_for()

        assert "1 Person erhält eine E-Mail" in words(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
