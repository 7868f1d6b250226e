"""Pictures of the most important states, for the README and to look at: `make screenshots`.

They show the demo at the tests' NOW, on a wide screen and on a phone, as far as a page fits on the screen.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page
from sqlalchemy import select

from registration import create_app
from registration.demo.loading import ADMIN, PASSWORD, load
from registration.extensions import db
from registration.jobs import JOBS
from registration.models import Registration, Workshop
from registration.services.recording_runs import succeeded
from registration.vocabulary import LinkPurpose
from tests.browser.steps import fill_in, new_page, sign_in
from tests.conftest import SETTINGS
from tests.servers.browser import chromium
from tests.servers.databases import SqliteDatabases
from tests.servers.processes import LiveServer
from tests.times import NOW

WIDE, PHONE = (1280, 900), (375, 812)
Act = Callable[[Page], None]


@dataclass(frozen=True)
class Picture:
    """Of a page, after what was done there; `{name}` in a path stands for a number or a private link."""

    path: str
    size: tuple[int, int] = WIDE
    act: Act = lambda _page: None
    at_desk: bool = False


def send_with_errors(page: Page) -> None:
    fill_in(page, "Ada", "", "ada.musterhausen", "Stadt Musterhausen")
    page.locator("#send").click()
    page.locator(".error-summary:focus").wait_for()


def choose_an_organisation(page: Page) -> None:
    page.locator("#organisation").press_sequentially("muster", delay=20)
    page.locator("[role=option]").first.wait_for()
    to_the_middle = "(field) => field.scrollIntoView({block: 'center', behavior: 'instant'})"
    page.locator("#organisation").evaluate(to_the_middle)


PICTURES = {
    "workshops": Picture("/"),
    "workshops-phone": Picture("/", PHONE),
    "workshop": Picture("/workshops/wissenswerkstatt"),
    "workshop-phone": Picture("/workshops/wissenswerkstatt", PHONE),
    "programme": Picture("/workshops/gute-sache"),
    "form": Picture("/workshops/wissenswerkstatt/register", act=choose_an_organisation),
    "form-phone": Picture("/workshops/wissenswerkstatt/register", PHONE, send_with_errors),
    "seat": Picture("/my-registration/{seat}"),
    "seat-phone": Picture("/my-registration/{seat}", PHONE),
    "waiting": Picture("/my-registration/{waiting}"),
    "join": Picture("/join/{room}"),
    "today": Picture("/organiser", at_desk=True),
    "desk": Picture("/organiser/workshops/{workshop}/registrations", at_desk=True),
    "mails": Picture("/organiser/workshops/{workshop}/mails", at_desk=True),
}


@contextmanager
def demo_site(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A running demo: its address, and what the names in paths stand for."""
    database = {"DATABASE_URL": SqliteDatabases(folder).fresh()}
    app = create_app(SETTINGS | database | {"INSTANCE_DIR": str(folder)})
    with app.app_context():
        load(now=NOW)
        for job in JOBS:  # a worker is there: nothing is wrong with the demo
            succeeded(job.name, started=NOW, now=NOW)
        names = _names(app.config["SECRET_KEY"])
        db.session.remove()
        db.engine.dispose()
    server = LiveServer(folder, database | {"AGREEMENTS_ARE_PUBLIC": "true"})
    try:
        server.start_web(workers=1, threads=4, at=NOW)
        yield server.url, names
    finally:
        server.close()


def _names(secret_key: str) -> dict[str, str]:
    def token(email: str, purpose: LinkPurpose, slug: str) -> str:
        of_workshop = Registration.workshop.has(Workshop.slug == slug)
        one = db.session.scalars(select(Registration).where(Registration.email == email, of_workshop)).one()
        link = one.link(purpose)
        assert link is not None
        return str(link.token(secret_key))

    ada, dora = "ada.muster@musterhausen.example.org", "dora.entwurf@beispiel-neckar.example.org"
    workshop = db.session.scalars(select(Workshop).where(Workshop.slug == "wissenswerkstatt")).one()
    return {
        "seat": token(ada, LinkPurpose.MANAGE, workshop.slug),
        "room": token(ada, LinkPurpose.JOIN, workshop.slug),
        "waiting": token(dora, LinkPurpose.MANAGE, "bildungsbericht"),
        "workshop": str(workshop.id),
    }


def photograph(page: Page, picture: Picture, address: str, target: Path) -> None:
    width, height = picture.size
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address)
    picture.act(page)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=target)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as place,
        demo_site(Path(place)) as (url, names),
        chromium() as browser,
        new_page(browser) as public,
        new_page(browser) as desk,
    ):
        sign_in(desk, url, ADMIN, PASSWORD)
        public.goto(url)  # a first visit may be shown before the fonts have come
        for name, picture in PICTURES.items():
            page = desk if picture.at_desk else public
            photograph(page, picture, url + picture.path.format(**names), folder / f"{name}.png")
    print(f"{len(PICTURES)} pictures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
