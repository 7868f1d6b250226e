"""Finding a workshop as people do: on each width, with and without scripts, by keyboard, in a frame."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from registration import create_app
from registration.extensions import db
from registration.vocabulary import WorkshopFormat
from tests.browser.looking import assert_none, barriers
from tests.browser.steps import new_page
from tests.browser.test_keyboard import tab_to
from tests.conftest import SETTINGS
from tests.factories import START, make_session, make_workshop
from tests.servers.databases import SqliteDatabases
from tests.servers.processes import LiveServer
from tests.times import NOW

SIZES = pytest.mark.parametrize("width", [1280, 320])
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
FORMATS = (WorkshopFormat.ONLINE, WorkshopFormat.ON_SITE)


class Agency:
    """An agency's web site on a port of its own, with one page that frames ours."""

    def __init__(self) -> None:
        self.framed = ""
        agency = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = f'<!doctype html><title>Agentur</title><iframe src="{agency.framed}"></iframe>'
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def agencies() -> Iterator[tuple[Agency, Agency]]:
    both = Agency(), Agency()
    yield both
    for one in both:
        one.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, agencies: tuple[Agency, Agency]) -> Iterator[str]:
    """Twenty-five workshops; the first agency may frame the list, the second may not."""
    folder = tmp_path_factory.mktemp("finding")
    database = {"DATABASE_URL": SqliteDatabases(folder).fresh()}
    write_workshops(folder, database)
    server = LiveServer(folder, database | {"EMBED_HOSTS": agencies[0].url})
    try:
        server.start_web(workers=1, threads=4, at=NOW)
        yield server.url
    finally:
        server.close()


def write_workshops(folder: Path, database: dict[str, str]) -> None:
    app = create_app(SETTINGS | database | {"INSTANCE_DIR": str(folder)})
    with app.app_context():
        for number in range(25):
            start = START + timedelta(days=3 * number)
            make_workshop(
                slug=f"w{number}",
                title=f"Öffentlichkeitsbeteiligung {number}" if number % 5 == 0 else f"Daten lesen {number}",
                series="Werkstatt" if number % 3 == 0 else "",
                audience="Bildungsbüros und Steuerungsgruppen\nLeitungen" if number % 2 else "Leitungen",
                format=FORMATS[number % 2],
                capacity=0 if number % 4 == 0 else 16,
                sessions=[make_session(start, uid=f"w{number}", place="Rathaus" if number % 2 else "")],
            )
        make_workshop(slug="programm", sessions=[make_session(uid="p1"), make_session(START, uid="p2")])
        db.engine.dispose()


@contextmanager
def visitor(browser: Browser, width: int = 1280, *, scripts: bool = True) -> Iterator[Page]:
    with new_page(browser, viewport={"width": width, "height": 900}, java_script_enabled=scripts) as page:
        yield page


@SIZES
@SCRIPTS
def test_somebody_filters_and_comes_to_the_workshop(
    browser: Browser, url: str, width: int, scripts: bool
) -> None:
    with visitor(browser, width, scripts=scripts) as page:
        page.goto(url)
        unfold(page, width)
        page.get_by_label("Suchbegriff").fill("oeffentlich")
        page.get_by_label("Format").select_option("Vor Ort möglich")
        page.get_by_label("Noch Plätze frei").check()
        page.get_by_role("button", name="Anzeigen").click()

        expect(page.get_by_role("status")).to_have_text("2 Treffer")
        page.get_by_role("link", name="Öffentlichkeitsbeteiligung 15").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Öffentlichkeitsbeteiligung 15")


@SIZES
@SCRIPTS
def test_filters_are_removed_one_by_one(browser: Browser, url: str, width: int, scripts: bool) -> None:
    with visitor(browser, width, scripts=scripts) as page:
        page.goto(f"{url}/?q=daten&format=online&month=2027-06")
        expect(page.get_by_role("status")).to_have_text("0 Treffer")
        expect(page.get_by_text("Dazu haben wir nichts gefunden.")).to_be_visible()

        page.get_by_role("link", name="ohne Juni 2027").click()
        page.get_by_role("link", name="Online möglich – Filter entfernen").click()

        expect(page.get_by_role("status")).to_have_text("20 Treffer")
        expect(page.get_by_role("link", name="„daten“ – Filter entfernen")).to_be_visible()


@SIZES
def test_pager_leads_to_the_rest(browser: Browser, url: str, width: int) -> None:
    with visitor(browser, width) as page:
        page.goto(url)
        assert page.locator(".card").count() == 20

        page.get_by_role("link", name="Nächste Seite").click()

        expect(page).to_have_title("Veranstaltungen, Seite 2 von 2 – Anmeldung zu Veranstaltungen")
        assert page.locator(".card").count() == 6


@SIZES
def test_keyboard_alone_filters(browser: Browser, url: str, width: int) -> None:
    with visitor(browser, width) as page:
        page.goto(url)
        if width == 320:
            tab_to(page, ".unfold summary")
            page.keyboard.press("Enter")
        tab_to(page, "#q")
        page.keyboard.type("OEFFENTLICH")
        tab_to(page, "#series")
        page.keyboard.type("Werk")
        tab_to(page, "#free")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=OEFFENTLICH**")
        expect(page.get_by_role("status")).to_have_text("1 Treffer")

        tab_to(page, ".active-filter")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: "OEFFENTLICH" not in address)
        tab_to(page, ".card__link")
        page.keyboard.press("Enter")

        page.wait_for_url("**/workshops/w*")


def test_filters_stand_in_one_row_on_a_wide_screen_and_are_folded_on_a_phone(
    browser: Browser, url: str
) -> None:
    with visitor(browser, 1280) as page:
        page.goto(url)
        fields = page.locator(".filters select, .filters input[type=search], .filters button")
        bottoms = [box["y"] + box["height"] for one in fields.all() if (box := one.bounding_box())]
        assert max(bottoms) - min(bottoms) <= 4
        expect(page.locator(".unfold")).to_be_hidden()

        page.set_viewport_size({"width": 320, "height": 900})
        expect(page.get_by_label("Suchbegriff")).to_be_hidden()
        page.locator(".unfold summary").click()
        expect(page.get_by_label("Suchbegriff")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    ["/", "/?page=2", "/?q=daten&format=on_site&free=1", "/?q=nichts", "/en/?q=data", "/embed/workshops"],
)
def test_no_state_of_the_list_has_a_barrier(browser: Browser, url: str, path: str, scheme: str) -> None:
    with new_page(browser, color_scheme=scheme) as page:
        page.goto(url + path)
        assert_none(barriers(page))

        page.locator(".unfold, .embedded").first.evaluate("(one) => { one.open = true; }")
        assert_none(barriers(page))


def test_block_of_data_is_no_script_for_the_policy(browser: Browser, url: str) -> None:
    said: list[str] = []
    with visitor(browser) as page:
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{url}/workshops/programm")

        assert said == []
        block = page.locator("script[type='application/ld+json']").text_content()
        found = page.evaluate("(text) => JSON.parse(text).subEvent.length", block)
        assert found == 2


def test_policy_does_stop_a_script(browser: Browser, url: str) -> None:
    """The console would have told."""
    said: list[str] = []
    with visitor(browser) as page:
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{url}/workshops/programm")
        page.evaluate(
            "() => document.head.append(Object.assign(document.createElement('script'), { text: '1' }))"
        )

    assert "Content Security Policy" in said[0]


def test_named_site_frames_the_list_and_its_links_leave_the_frame(
    browser: Browser, url: str, agencies: tuple[Agency, Agency]
) -> None:
    agencies[0].framed = f"{url}/embed/workshops?number=3&series=Werkstatt"
    with visitor(browser) as page:
        page.goto(agencies[0].url)
        frame = page.frame_locator("iframe")
        expect(frame.locator(".card")).to_have_count(3)

        frame.get_by_role("link", name="Öffentlichkeitsbeteiligung 0").click()

        page.wait_for_url(f"{url}/workshops/w0")
        assert page.context.cookies() == []


@pytest.mark.parametrize(("agency", "path"), [(1, "/embed/workshops"), (0, "/"), (0, "/workshops/w0")])
def test_nobody_else_and_nothing_else_is_framed(
    browser: Browser, url: str, agencies: tuple[Agency, Agency], agency: int, path: str
) -> None:
    agencies[agency].framed = url + path
    said: list[str] = []
    with visitor(browser) as page:
        page.on("console", lambda message: said.append(message.text))
        page.goto(agencies[agency].url)
        page.wait_for_load_state("networkidle")

        assert page.frame_locator("iframe").locator(".card, .site-header").count() == 0
        assert any("frame-ancestors" in one for one in said)


def test_other_sites_read_the_api_from_the_browser(
    browser: Browser, url: str, agencies: tuple[Agency, Agency]
) -> None:
    agencies[1].framed = "about:blank"
    with visitor(browser) as page:
        page.goto(agencies[1].url)

        total = page.evaluate(
            "async (address) => (await (await fetch(address)).json()).total", f"{url}/api/workshops"
        )

        assert total == 26


def unfold(page: Page, width: int) -> None:
    """On a phone the filters are folded."""
    if width == 320:
        page.locator(".unfold summary").click()
