"""What tests can ask for: databases, the application, real servers, a browser."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from registration import create_app
from registration.extensions import db
from tests.servers.browser import chromium
from tests.servers.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.servers.missing import PREFIX
from tests.servers.postgres import PostgresServer, run_postgres
from tests.servers.processes import LiveServer
from tests.servers.routes import CompiledRule
from tests.servers.smtp import SmtpSink
from tests.servers.templates import CompiledTemplates
from tests.times import NOW

PLACES = ("America/New_York", "Pacific/Kiritimati")
"""Where the processes of one run believe to be, in turns: it must not matter (T-01)."""
if process := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["TZ"] = PLACES[int(process.removeprefix("gw")) % len(PLACES)]
    time.tzset()

SETTINGS = {
    "APP_ENV": "test",
    "SECRET_KEY": "test-secret-key-" * 3,
    "PUBLIC_URL": "http://localhost",
    "MAIL_PER_MINUTE": 0,
    "FORM_MINIMUM_SECONDS": 0,
    "MAIL_QUIET_FROM": "",
    "MAIL_QUIET_UNTIL": "",
}

Flask.url_rule_class = CompiledRule


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """With CI=true nothing may be missing: such a skip is a failure."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith(PREFIX):
            report.outcome = "failed"
            report.longrepr = f"{reason} (with CI=true nothing may be skipped for a missing part)"
    return report


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = run_postgres()
    yield server
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_databases(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    return PostgresDatabases(postgres_server, tmp_path_factory.mktemp("postgres"))


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Both kinds, one after the other.

    One only: `@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)`.
    """
    name = {"sqlite": "sqlite_databases", "postgresql": "postgres_databases"}[request.param]
    found: Databases = request.getfixturevalue(name)
    yield found
    found.discard()


@pytest.fixture
def database_url(databases: Databases) -> str:
    """A fresh database with all tables and no rows."""
    return databases.fresh()


@pytest.fixture(scope="session")
def compiled_templates() -> CompiledTemplates:
    return CompiledTemplates()


@pytest.fixture
def make_app(
    database_url: str, tmp_path: Path, compiled_templates: CompiledTemplates
) -> Iterator[Callable[..., Flask]]:
    """Build the application on the test's database: `make_app(MAIL_PORT=…)`."""
    apps = []

    def make(**settings: Any) -> Flask:
        defaults = SETTINGS | {"DATABASE_URL": database_url, "INSTANCE_DIR": str(tmp_path)}
        app = create_app(defaults | settings)
        app.testing = True
        app.jinja_env.bytecode_cache = compiled_templates
        apps.append(app)
        return app

    yield make
    for app in apps:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def app_context(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    sink = SmtpSink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def live_server(database_url: str, tmp_path: Path) -> Iterator[Callable[..., LiveServer]]:
    """Start the product as processes: `live_server(workers=2, **smtp_sink.settings)`.

    With `workers=0` the web is not started yet.
    """
    servers = []

    def start(
        workers: int = 2,
        threads: int = 2,
        at: datetime | None = None,
        application: str = "wsgi:app",
        **settings: Any,
    ) -> LiveServer:
        folder = tmp_path / f"server-{len(servers) + 1}"
        folder.mkdir()
        server = LiveServer(folder, {"DATABASE_URL": database_url} | settings)
        servers.append(server)
        if workers:
            server.start_web(workers, threads, at, application)
        return server

    yield start
    for server in servers:
        server.close()
        print(server.logs())  # pytest shows it when the test has failed


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A page of a new, German browser without cookies; 1280 px wide until a test says otherwise."""
    context = browser.new_context(
        locale="de-DE", timezone_id="Europe/Berlin", viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
