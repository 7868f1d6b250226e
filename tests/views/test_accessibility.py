"""axe finds nothing on any public page, in any state, on a wide screen and on a narrow one (L-30, L-37)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page

from registration.models import Question, Registration
from registration.services.joining import join
from registration.services.withdrawing import withdraw
from registration.vocabulary import Decision, LinkPurpose, QuestionKind, WorkshopState
from tests.factories import BERLIN, make_organisation, make_session, require_agreement, save, sign_up, submit
from tests.servers.browser import axe_violations
from tests.servers.processes import LiveServer
from tests.today import TODAY, make_open_workshop

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
PLAIN = [
    "/",
    "/imprint",
    "/privacy",
    "/accessibility",
    "/new-link",
    "/new-link?sent=yes",
    "/not-there",
    "/en/",
]
WORKSHOPS = ["open", "full", "closed", "choice", "cancelled"]
WIDTHS = [1280, 320]


def _link(app: Flask, registration: Registration, purpose: LinkPurpose) -> str:
    link = registration.link(purpose)
    assert link is not None
    pages = {
        LinkPurpose.CONFIRM: "confirm",
        LinkPurpose.MANAGE: "my-registration",
        LinkPurpose.JOIN: "join",
    }
    return f"/{pages[purpose]}/{link.token(app.config['SECRET_KEY'])}"


@pytest.fixture
def paths(app: Flask, app_context: Flask) -> list[str]:
    """Workshops and registrations in every state; the addresses of all their pages."""
    workshop = make_open_workshop(
        "open", audience="Fachkräfte\nLeitungen", description="# Ziel\n\n| a | b |\n|-|-|\n|1|2|"
    )
    save(Question(workshop_id=workshop.id, kind=QuestionKind.YES_NO_UNSURE, label="Frage?", is_required=True))
    require_agreement(workshop)
    make_organisation()
    full, choice = (
        make_open_workshop("full", capacity=0),
        make_open_workshop("choice", decision=Decision.APPLY_FIRST),
    )
    make_open_workshop("closed", closes_at=TODAY)
    make_open_workshop("cancelled", state=WorkshopState.CANCELLED)
    seats = make_open_workshop("seats")
    gone = withdraw(sign_up(seats, "dora", now=TODAY).id, now=TODAY)
    people = [sign_up(seats, now=TODAY), sign_up(full, now=TODAY), sign_up(choice, now=TODAY), gone]
    waiting_for_click = submit(seats, "cleo", now=TODAY)
    inside = _running_session()
    return [
        *PLAIN,
        *(f"/workshops/{slug}" for slug in WORKSHOPS),
        *(f"/workshops/{slug}/register" for slug in WORKSHOPS[:-1]),
        "/workshops/open/registered",
        *(_link(app, one, LinkPurpose.MANAGE) for one in [*people, waiting_for_click, inside[0]]),
        *(_link(app, one, LinkPurpose.CONFIRM) for one in (people[0], waiting_for_click)),
        *(_link(app, one, LinkPurpose.JOIN) for one in (people[0], people[1], *inside)),
        *(f"{_link(app, people[0], LinkPurpose.MANAGE)}/{page}" for page in ("substitute", "data")),
    ]


def _running_session() -> list[Registration]:
    """Two people with a seat while the session runs; the first of them has come in."""
    start = TODAY.astimezone(BERLIN).replace(tzinfo=None) - timedelta(minutes=10)
    workshop = make_open_workshop("running", sessions=[make_session(start, uid="running")])
    people = [sign_up(workshop, name, now=TODAY - timedelta(hours=1)) for name in ("ada", "ben")]
    join(people[0].id, workshop.sessions[0].id, now=TODAY)
    return people


@pytest.fixture
def site(paths: list[str], live_server: Callable[..., LiveServer]) -> str:
    return live_server(workers=1).url


def findings(page: Page, name: str) -> list[str]:
    """What axe says, and whether the page is wider than the screen."""
    found = [f"{name}: {violation}" for violation in axe_violations(page)]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append(f"{name}: wider than the screen")
    return found


def test_no_page_has_a_barrier(site: str, paths: list[str], browser_page: Page) -> None:
    found = []
    for width in WIDTHS:
        browser_page.set_viewport_size({"width": width, "height": 900})
        for path in paths:
            browser_page.goto(site + path)
            found += findings(browser_page, f"{path} at {width}")

    assert found == []


def test_no_form_with_errors_has_a_barrier(site: str, paths: list[str], browser_page: Page) -> None:
    found = []
    mine = next(path for path in paths if path.startswith("/my-registration"))
    forms = {
        "/workshops/open/register": "#send",
        "/new-link": "main button",
        mine: "form[action$=withdrawal] button",
        f"{mine}/substitute": "main button",
    }
    for width in WIDTHS:
        browser_page.set_viewport_size({"width": width, "height": 900})
        for path, button in forms.items():
            browser_page.goto(site + path)
            browser_page.click(button)
            browser_page.wait_for_selector(".error-summary:focus")
            found += findings(browser_page, f"errors of {path} at {width}")

    assert found == []


def test_only_our_own_host_is_asked(site: str, paths: list[str], browser_page: Page) -> None:
    asked: list[str] = []
    browser_page.on("request", lambda request: asked.append(request.url))

    for path in paths[:12]:
        browser_page.goto(site + path)

    assert [url for url in asked if not url.startswith(site)] == []
