"""Pictures of every HTML mail to look at: `python -m tests.mail.screenshots FOLDER`.

Each kind and language, light and dark, as wide as a reading pane (640 px) and as a phone (375 px).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from playwright.sync_api import Browser

from registration import create_app
from registration.extensions import db
from registration.mail.rendering import render
from registration.vocabulary import MailKind
from tests.conftest import SETTINGS
from tests.mail.cast import SENT_AT, in_its_state, outbox, speaks
from tests.servers.browser import chromium
from tests.servers.databases import SqliteDatabases
from tests.times import NOW

SCHEMES = ("light", "dark")
WIDTHS = (640, 375)


@contextmanager
def application(folder: Path) -> Iterator[Flask]:
    """An installation that nobody else uses."""
    databases = SqliteDatabases(folder)
    settings = {"DATABASE_URL": databases.fresh(), "INSTANCE_DIR": str(folder)}
    public = {"PUBLIC_URL": "https://anmeldung.example.org"}
    app = create_app(SETTINGS | settings | public)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    databases.discard()


def html_mails() -> Iterator[tuple[str, str]]:
    """Name and HTML of each mail, in each language that it speaks; in an application context."""
    for kind in MailKind:
        for language in speaks(kind):
            yield (
                f"{kind}.{language}",
                render(outbox(kind, in_its_state(kind), language), now=SENT_AT.get(kind, NOW)).html,
            )
            db.session.rollback()


def photograph(browser: Browser, mails: dict[str, str], folder: Path) -> None:
    """Write `<kind>.<language>.<scheme>.<width>.png` for each mail."""
    for scheme in SCHEMES:
        for width in WIDTHS:
            page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 400})
            for name, html in mails.items():
                page.set_content(html)
                page.screenshot(path=folder / f"{name}.{scheme}.{width}.png", full_page=True)
            page.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place, application(Path(place)):
        mails = dict(html_mails())
    with chromium() as browser:
        photograph(browser, mails, folder)
    print(f"{len(mails) * len(SCHEMES) * len(WIDTHS)} pictures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
