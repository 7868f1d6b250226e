"""One installation for all tests that only look, and pages that note whom they ask."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from registration import create_app
from registration.demo.loading import ADMIN, PASSWORD
from registration.extensions import db
from tests.browser.records import write_everything
from tests.browser.steps import new_page, sign_in
from tests.conftest import SETTINGS
from tests.servers.databases import SqliteDatabases
from tests.servers.processes import LiveServer
from tests.times import NOW


@dataclass(frozen=True)
class Site:
    """A running installation; `names` stand for numbers and secrets in the addresses of its pages."""

    url: str
    names: dict[str, Any]

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def address(self, path: str) -> str:
        return self.url + path.format(**self.names)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """At the tests' NOW, on SQLite, with a page for everything that can go wrong."""
    folder = tmp_path_factory.mktemp("site")
    database = {"DATABASE_URL": SqliteDatabases(folder).fresh()}
    app = create_app(SETTINGS | database | {"INSTANCE_DIR": str(folder)})
    names = write_everything(app)
    with app.app_context():
        db.engine.dispose()
    server = LiveServer(folder, database)
    try:
        server.start_web(workers=1, threads=4, at=NOW, application="tests.browser.troubled:app")
        yield Site(server.url, names)
    finally:
        server.close()


@pytest.fixture
def empty_site(tmp_path: Path) -> Iterator[Site]:
    """An installation in which nobody has entered anything yet."""
    server = LiveServer(tmp_path, {"DATABASE_URL": SqliteDatabases(tmp_path).fresh()})
    try:
        server.start_web(workers=1)
        yield Site(server.url, {})
    finally:
        server.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with new_page(browser) as page:
        yield page


@pytest.fixture
def asked_hosts(page: Page) -> set[str]:
    """Every host that the page asks for anything (L-21)."""
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    return hosts


@pytest.fixture(scope="package")
def desk_context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A browser in which the demo's administrator is signed in."""
    with new_page(browser) as first:
        sign_in(first, site.url, ADMIN, PASSWORD)
        yield first.context
