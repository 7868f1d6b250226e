"""Everything that one does on one's own page and at the door of the meeting, with scripts and without."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from registration import create_app
from registration.extensions import db, one_transaction
from registration.mail.transport import Transport
from registration.models import Attendance, Registration, Workshop
from registration.services.delivering import deliver_due
from registration.services.withdrawing import withdraw
from registration.vocabulary import ConsentKind, LinkPurpose, RegistrationState
from tests.browser.steps import new_page, words
from tests.conftest import SETTINGS
from tests.factories import BERLIN, make_session, make_workshop, sign_up
from tests.servers.browser import axe_violations
from tests.servers.databases import SqliteDatabases
from tests.servers.processes import LiveServer
from tests.servers.smtp import Received, SmtpSink
from tests.times import NOW

HERE_AND_NOW = NOW.astimezone(BERLIN).replace(tzinfo=None)
without_scripts: set[Page] = set()
HOURS = timedelta(hours=2)  # the web began at NOW, and its clock goes on
PATHS = {
    LinkPurpose.MANAGE: "my-registration",
    LinkPurpose.JOIN: "join",
    LinkPurpose.NEW_ADDRESS: "new-address",
}


@dataclass
class Place:
    """A running installation at NOW, its mailbox, and the way to its records."""

    url: str
    app: Flask
    mailbox: SmtpSink

    def link(self, registration: Registration, purpose: LinkPurpose = LinkPurpose.MANAGE) -> str:
        db.session.expire_all()
        link = registration.link(purpose)
        assert link is not None
        return f"{self.url}/{PATHS[purpose]}/{link.token(self.app.config['SECRET_KEY'])}"

    def deliver(self) -> None:
        """Let a worker send all that is due."""
        db.session.rollback()
        transport = Transport(self.app.config)
        while deliver_due(transport, instant=lambda: NOW + HOURS, wants_to_stop=lambda: False):
            pass
        transport.close()

    def mail(self, to: str, subject: str) -> Received:
        self.deliver()
        return [mail for mail in self.mailbox.to(to) if mail.subject.startswith(subject)][-1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("mine")
    sink = SmtpSink()
    sink.start()
    settings: dict[str, Any] = {"DATABASE_URL": SqliteDatabases(folder).fresh()} | sink.settings
    server = LiveServer(folder, settings)
    app = create_app(SETTINGS | settings | {"INSTANCE_DIR": str(folder), "PUBLIC_URL": server.url})
    try:
        server.start_web(workers=1, threads=4, at=NOW)
        yield Place(server.url, app, sink)
    finally:
        server.close()
        sink.stop()


@pytest.fixture
def place(installed: Place) -> Iterator[Place]:
    with installed.app.app_context():
        yield installed


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    with new_page(browser, java_script_enabled=request.param) as page:
        if not request.param:
            without_scripts.add(page)
        yield page
        without_scripts.discard(page)


@pytest.fixture
def workshop(place: Place, request: pytest.FixtureRequest) -> Workshop:
    """One for each test."""
    return make_workshop(slug=slug_of(request))


@pytest.fixture
def ada(workshop: Workshop) -> Registration:
    return sign_up(workshop)


def slug_of(request: pytest.FixtureRequest) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in request.node.name).lower()


def state(registration: Registration) -> RegistrationState:
    db.session.rollback()
    db.session.expire_all()
    return registration.state


def find_nothing_wrong(page: Page) -> None:
    """Axe needs scripts."""
    if page not in without_scripts:
        assert axe_violations(page) == []


def press(page: Page, name: str) -> str:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()
    return words(page)


def test_changed_data_stand_on_the_page(place: Place, page: Page, ada: Registration) -> None:
    page.goto(place.link(ada))
    find_nothing_wrong(page)
    page.get_by_role("link", name="Angaben ändern").click()
    page.get_by_label("Funktion").fill("Leitung")
    page.get_by_label("Kommune oder Organisation").fill("Gemeinde Probeheim")
    find_nothing_wrong(page)

    said = press(page, "Angaben speichern")

    assert "Ihre Angaben sind gespeichert. Ihr Platz bleibt sicher." in said
    assert "Gemeinde Probeheim" in said
    find_nothing_wrong(page)


def test_address_is_changed_by_the_new_one_and_told_to_the_old_one(
    place: Place, page: Page, ada: Registration, request: pytest.FixtureRequest
) -> None:
    old, new = ada.email, f"{slug_of(request)[-20:]}@neustadt.example.org"
    before = place.link(ada)
    page.goto(before)
    page.get_by_role("link", name="E-Mail-Adresse ändern").click()
    page.get_by_label("Neue E-Mail-Adresse").fill(new)
    find_nothing_wrong(page)
    assert "Wir haben einen Link an die neue Adresse geschickt." in press(
        page, "Link an die neue Adresse schicken"
    )

    place.mail(new, "Bitte bestätigen: Ihre neue E-Mail-Adresse")
    page.goto(place.link(ada, LinkPurpose.NEW_ADDRESS))
    find_nothing_wrong(page)
    assert "Ihr Platz ist sicher." in press(page, "Ja, neue Adresse bestätigen")

    assert new in words(page)
    told = place.mail(old, "Neue E-Mail-Adresse")
    assert "Das waren nicht Sie?" in told.text
    assert "/my-registration/" not in told.text
    assert place.link(ada) in place.mail(new, "Neue E-Mail-Adresse").text
    page.goto(before)
    assert "Diese Seite gibt es nicht" in words(page)


def test_withdrawn_and_back_again(place: Place, page: Page, ada: Registration) -> None:
    page.goto(place.link(ada))
    page.get_by_label("Ja, ich sage meine Teilnahme ab").check()
    assert "Sie haben sich abgemeldet." in press(page, "Abmelden")
    find_nothing_wrong(page)
    place.mail(ada.email, "Ihre Abmeldung")

    page.get_by_label("Ja, ich nehme doch teil").check()

    assert "Ihr Platz ist sicher." in press(page, "Abmeldung zurücknehmen")


def test_button_without_the_choice_withdraws_nobody(place: Place, page: Page, ada: Registration) -> None:
    page.goto(place.link(ada))

    press(page, "Abmelden")

    assert page.title().startswith("Fehler: ")
    assert state(ada) is RegistrationState.CONFIRMED


def test_colleague_takes_the_seat(place: Place, page: Page, ada: Registration, workshop: Workshop) -> None:
    page.goto(place.link(ada))
    page.get_by_role("link", name="Vertretung nennen").click()
    page.get_by_label("Vorname").fill("Dora")
    page.get_by_label("Nachname").fill("Dietrich")
    page.get_by_label("E-Mail-Adresse").fill(f"dora{workshop.id}@example.org")
    find_nothing_wrong(page)
    assert "Sie haben eine Vertretung genannt." in press(page, "Vertretung nennen")

    mail = place.mail(f"dora{workshop.id}@example.org", "Bitte bestätigen")
    page.goto(next(line for line in mail.text.splitlines() if "/confirm/" in line))
    find_nothing_wrong(page)
    press(page, "Ja, E-Mail-Adresse bestätigen")

    assert "Ihr Platz ist sicher." in words(page)
    page.goto(place.link(ada))
    assert "Eine Person aus Ihrer Organisation nimmt an Ihrer Stelle teil." in words(page)


@pytest.fixture
def offered(place: Place, request: pytest.FixtureRequest) -> Registration:
    """Ben, to whom a seat is offered."""
    asking = make_workshop(slug=slug_of(request), capacity=1, asks_before_moving_up=True)
    ada, ben = sign_up(asking, "ada"), sign_up(asking, "ben")
    withdraw(ada.id, now=NOW)
    return ben


def test_offered_seat_is_accepted(place: Place, page: Page, offered: Registration) -> None:
    page.goto(place.link(offered))
    assert "Bitte nehmen Sie den Platz bis Samstag, 16. Januar 2027, 10:00 Uhr" in words(page)
    find_nothing_wrong(page)
    page.get_by_label("Ja, ich nehme den Platz an").check()

    assert "Ihr Platz ist sicher." in press(page, "Antwort senden")


def test_offered_seat_is_let_go(place: Place, page: Page, offered: Registration) -> None:
    page.goto(place.link(offered))
    page.get_by_label("Nein, ich gebe den Platz frei und verlasse die Warteliste").check()

    assert "Sie haben den Platz freigegeben." in press(page, "Antwort senden")


def test_offer_that_has_ended_cannot_be_accepted(place: Place, page: Page, offered: Registration) -> None:
    page.goto(place.link(offered))
    page.get_by_label("Ja, ich nehme den Platz an").check()
    with one_transaction():
        offered.offered_until = NOW

    assert "Das Angebot ist abgelaufen." in press(page, "Antwort senden")
    assert state(offered) is RegistrationState.OFFERED  # until the worker looks, in some seconds


def test_all_data_are_shown_and_taken_along(place: Place, page: Page, ada: Registration) -> None:
    page.goto(place.link(ada))
    page.get_by_role("link", name="Alle meine Daten ansehen").click()
    assert "Was geschehen ist" in words(page)
    find_nothing_wrong(page)

    with page.expect_download() as download:
        page.get_by_role("link", name="Als Datei herunterladen").click()

    found = json.loads(Path(download.value.path()).read_text())
    own = [one["registration"]["reference"] for one in found["registrations"]]
    assert own[-1] == ada.reference  # and those of the same person before


def test_erasure_is_asked_for(place: Place, page: Page, ada: Registration) -> None:
    page.goto(place.link(ada))
    page.get_by_role("link", name="Um Löschung meiner Daten bitten").click()
    find_nothing_wrong(page)
    page.get_by_label("Ja, bitte löschen Sie meine Daten").check()

    assert "Ihre Bitte ist angekommen." in press(page, "Um Löschung bitten")
    find_nothing_wrong(page)
    mail = place.mail("projektleitung@example.org", "Bitte um Löschung")
    assert f"/organiser/registrations/{ada.id}" in mail.text
    assert "Lovelace" not in mail.text


def test_consent_is_taken_back(place: Place, page: Page, request: pytest.FixtureRequest) -> None:
    asking = make_workshop(slug=slug_of(request), consents=[ConsentKind.PHOTO])
    ada = sign_up(asking, consents=(ConsentKind.PHOTO,))
    page.goto(place.link(ada))
    page.get_by_label("Fotos und Aufzeichnungen").uncheck()

    assert "Ihre Einwilligungen sind gespeichert." in press(page, "Einwilligungen speichern")

    assert not page.get_by_label("Fotos und Aufzeichnungen").is_checked()
    assert state(ada) is RegistrationState.CONFIRMED
    assert [one.is_in_force for one in ada.consents] == [False]


def test_new_link_comes_by_mail(place: Place, page: Page, request: pytest.FixtureRequest) -> None:
    email = f"{slug_of(request)}@example.org"
    ada = sign_up(make_workshop(slug=slug_of(request)), email=email)
    page.goto(f"{place.url}/my-registration/{'A' * 43}")
    page.get_by_role("link", name="Neuen Link anfordern").click()
    page.get_by_label("E-Mail-Adresse").fill(email)

    assert "Schauen Sie in Ihr Postfach" in press(page, "Link anfordern")

    assert place.link(ada) in place.mail(email, "Ihre Links").text


# The door of the meeting


@pytest.fixture
def guest(place: Place, request: pytest.FixtureRequest) -> Callable[[timedelta], Registration]:
    """Ada, whose session begins so much after now; the dial-in opens 15 minutes before."""

    def invite(until_start: timedelta) -> Registration:
        session = make_session(HERE_AND_NOW + until_start, uid=slug_of(request))
        workshop = make_workshop(slug=slug_of(request), sessions=[session])
        return sign_up(workshop, now=NOW - timedelta(days=2))

    return invite


def presences(registration: Registration) -> int:
    db.session.rollback()
    return db.session.query(Attendance).filter_by(registration_id=registration.id, attended=True).count()


def test_before_the_dial_in_the_page_says_when_the_door_opens(
    place: Place, page: Page, guest: Callable[[timedelta], Registration]
) -> None:
    ada = guest(timedelta(minutes=75))

    page.goto(place.link(ada, LinkPurpose.JOIN))

    assert "Er öffnet am Freitag, 15. Januar 2027, um 11:00 Uhr (in " in words(page)
    assert page.get_by_role("button").count() == 0
    find_nothing_wrong(page)


def test_during_the_meeting_the_button_records_presence_and_leads_to_the_room_of_now(
    place: Place, page: Page, guest: Callable[[timedelta], Registration]
) -> None:
    ada = guest(timedelta(minutes=5))
    page.goto(place.link(ada, LinkPurpose.JOIN))
    assert all(said in words(page) for said in ("2741 555 0199", "lupine", "+49 69 5550 1234"))
    find_nothing_wrong(page)
    assert presences(ada) == 0

    said = press(page, "Zum Meeting")
    assert "Ihre Teilnahme ist vermerkt." in said
    assert presences(ada) == 1
    with one_transaction():  # while the page is open
        ada.workshop.sessions[0].room_link = f"{place.url}/imprint?new-room"
    page.get_by_role("link", name="Jetzt zum Meeting").click()

    expect(page).to_have_url(f"{place.url}/imprint?new-room")


def test_after_the_meeting_the_door_is_closed(
    place: Place, page: Page, guest: Callable[[timedelta], Registration]
) -> None:
    ada = guest(timedelta(hours=-4))

    page.goto(place.link(ada, LinkPurpose.JOIN))

    assert "Die Veranstaltung ist vorbei." in words(page)
    assert page.get_by_role("button").count() == 0
    find_nothing_wrong(page)


def test_browser_that_runs_scripts_and_clicks_nothing_changes_nothing(
    place: Place, browser: Browser, guest: Callable[[timedelta], Registration]
) -> None:
    ada = guest(timedelta(minutes=5))
    with new_page(browser) as scanner:
        for purpose in (LinkPurpose.MANAGE, LinkPurpose.JOIN):
            scanner.goto(place.link(ada, purpose))
            scanner.wait_for_timeout(1500)

    assert presences(ada) == 0
    assert state(ada) is RegistrationState.CONFIRMED
