"""axe finds nothing on any page, wide or narrow, light, dark or in forced colours (L-30, L-37)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import Site
from tests.browser.looking import LOOKS, assert_none, barriers
from tests.browser.steps import fill_in

STATES = {
    "all macros": "/styleguide",
    "list": "/",
    "list in English": "/en/",
    "workshop": "/workshops/open",
    "workshop in English": "/en/workshops/english",
    "workshop, programme": "/workshops/gute-sache",
    "workshop, full": "/workshops/full",
    "workshop, full without waiting list": "/workshops/no-waiting-list",
    "workshop, not yet open": "/workshops/not-open",
    "workshop, closed": "/workshops/closed",
    "workshop, late requests": "/workshops/late",
    "workshop, cancelled": "/workshops/dropped",
    "form": "/workshops/open/register",
    "form in English": "/en/workshops/open/register",
    "form, waiting list": "/workshops/full/register",
    "form, full": "/workshops/no-waiting-list/register",
    "form, not yet open": "/workshops/not-open/register",
    "form, closed": "/workshops/closed/register",
    "form, late request": "/workshops/late/register",
    "form, application": "/workshops/gute-sache/register",
    "received": "/workshops/open/registered",
    "confirm": "/confirm/{fresh}",
    "confirm, already": "/confirm/{already}",
    "confirm, expired": "/confirm/{expired}",
    "mine, unconfirmed": "/my-registration/{unconfirmed}",
    "mine, in review": "/my-registration/{in_review}",
    "mine, waiting": "/my-registration/{waiting}",
    "mine, confirmed": "/my-registration/{confirmed}",
    "mine, confirmed, in English": "/en/my-registration/{confirmed}",
    "mine, lapsed": "/my-registration/{lapsed}",
    "mine, declined": "/my-registration/{declined}",
    "mine, withdrawn": "/my-registration/{withdrawn}",
    "mine, cancelled": "/my-registration/{cancelled}",
    "mine, substituted": "/my-registration/{substituted}",
    "mine, workshop cancelled": "/my-registration/{called_off}",
    "mine, confirmed, while the room is open": "/my-registration/{seat_inside}",
    "mine, offered": "/my-registration/{offered}",
    "mine, attended": "/my-registration/{attended}",
    "certificate": "/my-registration/{attended}/certificate",
    "certificate in English": "/en/my-registration/{attended}/certificate",
    "certificate, missing": "/my-registration/{absent}/certificate",
    "mine, with consents and a new address": "/my-registration/{consenting}",
    "data": "/my-registration/{confirmed}/data",
    "data, with questions": "/my-registration/{consenting}/data",
    "new address": "/my-registration/{consenting}/address",
    "new address, to confirm": "/new-address/{new_address}",
    "all data": "/my-registration/{consenting}/all-data",
    "erasure": "/my-registration/{confirmed}/erasure",
    "erasure, asked for": "/my-registration/{consenting}/erasure",
    "not confirmed": "/not-confirmed",
    "substitute": "/my-registration/{confirmed}/substitute",
    "join, too early": "/join/{room_early}",
    "join, without a seat": "/join/{room_waiting}",
    "join, open": "/join/{room_open}",
    "join, inside": "/join/{room_inside}",
    "new link": "/new-link",
    "new link sent": "/new-link?sent=yes",
    "imprint": "/imprint",
    "privacy": "/privacy",
    "accessibility": "/accessibility",
    "sign-in": "/sign-in",
} | {f"error {status}": f"/trouble/{status}" for status in (400, 403, 404, 405, 413, 429, 500, 503)}
DESK = {
    "today": "",
    "workshops": "/workshops",
    "new workshop": "/workshops/new",
    "workshop": "/workshops/{demo}",
    "settings": "/workshops/{demo}/settings",
    "sessions": "/workshops/{demo}/sessions",
    "session": "/workshops/{demo}/sessions/{session}",
    "change to be told": "/workshops/{changed}/changes",
    "workshop with a change to be told": "/workshops/{changed}",
    "rule": "/workshops/{demo}/rules/{rule}",
    "new question": "/workshops/{demo}/questions/new",
    "new mail rule": "/workshops/{demo}/mail-plan/new",
    "mails of a workshop": "/workshops/{demo}/mails",
    "publication": "/workshops/{demo}/publication",
    "cancellation": "/workshops/{demo}/cancellation",
    "journal": "/workshops/{demo}/journal",
    "registrations": "/workshops/{demo}/registrations",
    "decline": "/workshops/{demo}/registrations/decline?ids={person}",
    "by hand": "/workshops/{demo}/registrations/new",
    "person": "/registrations/{person}",
    "address of a person": "/registrations/{person}/address",
    "organisations": "/organisations",
    "organisation": "/organisations/1",
    "mails": "/mails",
    "mails, filtered": "/mails?state=sent&kind=confirm_address&workshop={demo}",
    "preview of a mail": "/workshops/{demo}/previews/reminder",
    "preview of a note": "/workshops/{demo}/previews/deadline_reached",
    "mail": "/mails/1",
    "diagnosis": "/diagnosis",
    "attendance": "/workshops/{demo}/sessions/{session}/attendance",
}


def send_with_every_error(page: Page, site: Site) -> None:
    page.goto(site.address("/workshops/open/register"))
    fill_in(page, "", "", "keine-adresse", "")
    page.get_by_label("Nachricht").fill("x" * 2001)
    page.locator("#send").click()


def send_a_refused_one(page: Page, site: Site) -> None:
    page.goto(site.address("/workshops/refusing/register"))
    fill_in(page, "Cleo", "Theodora", "cleo@example.org", "Gemeinde Ohnefeld")
    page.locator("#send").click()


def send_after_closing(slug: str) -> Callable[[Page, Site], None]:
    """The workshop closes while the form is open: here, the form of an open one goes to a closed one."""

    def send(page: Page, site: Site) -> None:
        page.goto(site.address("/workshops/people/register"))
        fill_in(page, "Late", "Comer", "late@example.org", "Stadt Musterhausen")
        page.evaluate(f"document.querySelector('form.form').action = '/workshops/{slug}/register'")
        page.locator("#send").click()
        page.wait_for_url(f"**/{slug}/register")

    return send


def withdraw_without_choosing(page: Page, site: Site) -> None:
    page.goto(site.address("/my-registration/{confirmed}"))
    page.get_by_role("button", name="Abmelden").click()
    page.wait_for_url("**/withdrawal")


def name_nobody_as_substitute(page: Page, site: Site) -> None:
    page.goto(site.address("/my-registration/{confirmed}/substitute"))
    page.locator("main button").click()
    page.locator(".error-summary:focus").wait_for()


def ask_for_a_link_with_a_wrong_address(page: Page, site: Site) -> None:
    page.goto(site.address("/new-link"))
    page.get_by_label("E-Mail").fill("keine-adresse")
    page.locator("main button").click()
    page.locator(".error-summary").wait_for()


def ask_for_a_link(page: Page, site: Site) -> None:
    page.goto(site.address("/new-link"))
    page.get_by_label("E-Mail").fill("nobody@example.org")
    page.locator("main button").click()
    page.wait_for_url("**sent=yes")


def sign_in_with_a_wrong_password(page: Page, site: Site) -> None:
    page.goto(site.address("/sign-in"))
    page.locator("[name=email]").fill("nobody@example.org")
    page.locator("[name=password]").fill("not-the-password")
    page.locator("main button").click()
    page.locator(".error-summary").wait_for()


ACTS = {
    "form with every error": send_with_every_error,
    "form refused by a rule": send_a_refused_one,
    "form closed while open": send_after_closing("closed"),
    "form closed while open, late request": send_after_closing("late"),
    "form full while open": send_after_closing("no-waiting-list"),
    "withdrawal without a choice": withdraw_without_choosing,
    "substitute without a name": name_nobody_as_substitute,
    "new link, wrong address": ask_for_a_link_with_a_wrong_address,
    "new link sent": ask_for_a_link,
    "sign-in refused": sign_in_with_a_wrong_password,
}


@pytest.mark.parametrize("state", STATES)
def test_public_page_has_no_barrier(page: Page, site: Site, asked_hosts: set[str], state: str) -> None:
    page.goto(site.address(STATES[state]))

    assert_none(barriers(page, tuple(LOOKS)))
    assert asked_hosts == {site.host}


@pytest.mark.parametrize("act", ACTS)
def test_page_after_an_act_has_no_barrier(page: Page, site: Site, asked_hosts: set[str], act: str) -> None:
    ACTS[act](page, site)

    assert_none(barriers(page, tuple(LOOKS)))
    assert asked_hosts == {site.host}


@pytest.mark.parametrize("name", DESK)
def test_page_of_the_desk_has_no_barrier(desk_context: BrowserContext, site: Site, name: str) -> None:
    page = desk_context.new_page()

    answer = page.goto(site.address(f"/organiser{DESK[name]}"))

    assert answer is not None
    assert answer.status == 200
    assert_none(barriers(page))
    page.close()


def test_empty_list_has_no_barrier(page: Page, empty_site: Site) -> None:
    page.goto(empty_site.url)

    assert "Zurzeit ist keine Veranstaltung geplant." in page.locator("main").inner_text()
    assert_none(barriers(page))


def test_a_barrier_of_one_look_is_found(page: Page) -> None:
    page.set_content(
        "<!doctype html><html lang='de'><title>Probe</title><style>"
        "@media (prefers-color-scheme: dark) { p { color: #eee } }"
        "@media (forced-colors: active) { p { forced-color-adjust: none; color: #eee } }"
        "</style><main><h1>Probe</h1><p style='background: #fff'>blass</p></main></html>"
    )

    assert [one.split(": ")[:2] for one in barriers(page, tuple(LOOKS))][-2:] == [
        ["dark", "color-contrast"],
        ["forced colours", "color-contrast"],
    ]


def test_a_barrier_is_found(page: Page) -> None:
    page.set_content(
        "<!doctype html><html lang='de'><title>Probe</title><main><h1>Probe</h1><img src='data:,'>"
        "<p style='width: 900px'>breit</p><p style='width: 90px; overflow-x: auto'>Zuschauerbefragung</p>"
        "</main></html>"
    )

    found = barriers(page)

    assert any(one.startswith("1280: image-alt") for one in found)
    assert any(one.startswith("320: wider than the screen: 9") for one in found)
    assert any(one.startswith("320: to be scrolled sideways: 1") for one in found)
