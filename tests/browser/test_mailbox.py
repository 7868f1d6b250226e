"""A newcomer follows the links of a mail in the local mailbox."""

from collections.abc import Callable
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.servers.processes import LiveServer

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@pytest.fixture
def mailed(live_server: Callable[..., LiveServer], tmp_path: Path) -> tuple[str, str]:
    """The page of a mail that leads to the imprint, and the address of the imprint."""
    server = live_server(workers=1, MAILBOX_DIR=str(tmp_path / "mailbox"))
    target = f"{server.url}/imprint"
    message = EmailMessage()
    message["Subject"] = "Bitte bestätigen"
    message.set_content(f"Hier:\n{target}\n")
    message.add_alternative(f'<html><head></head><a href="{target}">Hier</a></html>', subtype="html")
    key = Maildir(tmp_path / "mailbox").add(message)
    return f"{server.url}/mailbox/{key}", target


def test_the_link_of_the_letter_opens_beside_it(browser_page: Page, mailed: tuple[str, str]) -> None:
    page, (mail, target) = browser_page, mailed
    page.goto(mail)
    with page.context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Hier").click()
    opened.value.wait_for_load_state()
    assert (opened.value.url, opened.value.locator("h1").inner_text()) == (target, "Impressum")


def test_the_link_of_the_text_can_be_followed(browser_page: Page, mailed: tuple[str, str]) -> None:
    mail, target = mailed
    browser_page.goto(mail)
    browser_page.get_by_role("link", name=target).click()
    assert browser_page.url == target
