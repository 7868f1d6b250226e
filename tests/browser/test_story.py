"""The whole story: from an announcement to the meeting room, as people live it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from subprocess import Popen

import pytest
from flask import Flask
from flask_security import hash_password
from playwright.sync_api import Browser, Page

from tests.browser.steps import (
    Guest,
    approves,
    attached_calendar,
    everything_in,
    new_page,
    sign_in,
    unfolded,
)
from tests.factories import (
    default_mail_plan,
    make_organisation,
    make_organiser,
    make_workshop,
    require_agreement,
)
from tests.servers.ports import wait_until
from tests.servers.processes import LiveServer
from tests.servers.smtp import SmtpSink
from tests.times import NOW

Process = Popen[bytes]
PASSWORD = "a-password-for-tests"
ROOM = ("https://meeting.example.org/room/4711", "2741 555 0199", "lupine", "5550 1234")
WORKSHOP = "kooperation"
SEVEN_DAYS_BEFORE = datetime(2027, 2, 17, 8, 0, tzinfo=UTC)  # 09:00 in Berlin
LAST_WORKING_DAY = datetime(2027, 2, 23, 8, 0, tzinfo=UTC)
DIAL_IN_OPENS = datetime(2027, 2, 24, 8, 45, tzinfo=UTC)


@dataclass
class Stage:
    """Where it happens: a running installation, a mailbox, and people with a browser each."""

    server: LiveServer
    mailbox: SmtpSink
    browser: Browser
    closing: ExitStack
    worker: Process | None = None
    web: Process | None = None

    def opens_at(self, now: datetime) -> None:
        """Let the web believe that it is `now`, once the former one is gone."""
        if self.web:
            self.server.stop(self.web)
        self.web = self.server.start_web(at=now)

    def worker_starts_at(self, now: datetime) -> None:
        if self.worker:
            self.server.stop(self.worker)
        self.worker = self.server.start_worker(at=now)

    def job(self, name: str, now: datetime) -> str:
        """What a job says that runs once at `now`."""
        return self.server.flask("job", name, at=now).strip()

    def page(self) -> Page:
        return self.closing.enter_context(new_page(self.browser))

    def guest(self, given_name: str, family_name: str, organisation: str) -> Guest:
        return Guest(self.page(), self.server.url, self.mailbox, given_name, family_name, organisation)


@pytest.fixture
def stage(
    app: Flask,
    live_server: Callable[..., LiveServer],
    smtp_sink: SmtpSink,
    browser: Browser,
) -> Iterator[Stage]:
    with app.app_context():
        make_organiser(name="Olga Organisation", password=hash_password(PASSWORD))
        make_organisation("Stadt Musterhausen", agreements=[(date(2026, 1, 1), None)])
        make_organisation("Gemeinde Probeheim")
        workshop = make_workshop(slug=WORKSHOP, capacity=2)
        require_agreement(workshop)
        default_mail_plan(workshop)
    with ExitStack() as closing:
        yield Stage(live_server(workers=0, **smtp_sink.settings), smtp_sink, browser, closing)


def test_from_the_announcement_to_the_meeting_room(stage: Stage) -> None:
    stage.worker_starts_at(NOW)  # before the web, so that no mail lies in its future
    stage.opens_at(NOW)
    ada = stage.guest("Ada", "Lovelace", "Stadt Musterhausen")
    dora = stage.guest("Dora", "Dietrich", "Gemeinde Probeheim")
    ben = stage.guest("Ben", "Bitdiddle", "Stadt Musterhausen")
    emil = stage.guest("Emil", "Exempel", "Stadt Musterhausen")
    hal = stage.guest("Hal", "Harms", "Stadt Musterhausen")

    eligible_person_gets_a_seat(ada)
    person_without_agreement_waits_for_the_organiser(dora)
    organiser_approves(stage, dora)
    full_workshop_puts_on_the_waiting_list(ben, emil)
    withdrawal_moves_the_first_in_line_up(ada, ben, emil)
    hal.registers(WORKSHOP)  # and never confirms
    hal.gets_mail("Bitte bestätigen")
    due_times_come(stage, with_seat=[ben, dora])
    stage.opens_at(DIAL_IN_OPENS)
    nobody_without_a_seat_has_the_room(ada, ben, dora, emil, hal)


def eligible_person_gets_a_seat(ada: Guest) -> None:
    assert "noch 2" in ada.opens("/").lower()
    assert "Bitte bestätigen Sie jetzt Ihre E-Mail-Adresse" in ada.registers(WORKSHOP)

    page = ada.confirms_address()

    assert "Ihr Platz ist sicher." in page
    assert all(secret in page for secret in ROOM)
    mail = ada.gets_mail("Zusage")
    assert all(secret in mail.text for secret in ROOM)
    assert ROOM[0] in attached_calendar(mail)


def person_without_agreement_waits_for_the_organiser(dora: Guest) -> None:
    page = dora.signs_up(WORKSHOP)

    assert "Wir prüfen Ihre Anmeldung." in page
    assert knows_nothing_of_the_room(page)
    dora.gets_mail("Anmeldung eingegangen")
    assert knows_nothing_of_the_room(*map(everything_in, dora.mails))


def organiser_approves(stage: Stage, dora: Guest) -> None:
    desk = stage.page()
    sign_in(desk, stage.server.url, "team@example.org", PASSWORD)

    assert "1 Person ist angenommen." in approves(desk, dora.family_name)

    mail = dora.gets_mail("Zusage")
    assert all(secret in mail.text for secret in ROOM)
    assert ROOM[0] in attached_calendar(mail)
    assert "Ihr Platz ist sicher." in dora.looks_at_registration()


def full_workshop_puts_on_the_waiting_list(ben: Guest, emil: Guest) -> None:
    assert "Warteliste" in ben.opens("/")

    assert "auf der Warteliste an 1. Stelle." in ben.signs_up(WORKSHOP)
    assert "auf der Warteliste an 2. Stelle." in emil.signs_up(WORKSHOP)

    assert "an 2. Stelle" in emil.gets_mail("Warteliste").text
    ben.gets_mail("Warteliste")
    for waiting in (ben, emil):
        assert knows_nothing_of_the_room(waiting.looks_at_registration())
        assert knows_nothing_of_the_room(*map(everything_in, waiting.mails))


def withdrawal_moves_the_first_in_line_up(ada: Guest, ben: Guest, emil: Guest) -> None:
    page = ada.withdraws()

    assert "Sie haben sich abgemeldet." in page
    assert knows_nothing_of_the_room(page)
    assert all(secret in ben.gets_mail("Sie sind nachgerückt").text for secret in ROOM)
    assert "Ihr Platz ist sicher." in ben.looks_at_registration()
    assert "auf der Warteliste an 1. Stelle." in emil.looks_at_registration()
    assert knows_nothing_of_the_room(everything_in(ada.gets_mail("Ihre Abmeldung")))


def due_times_come(stage: Stage, with_seat: list[Guest]) -> None:
    """At each due time the worker writes to those with a seat; later nothing is sent again."""
    assert stage.job("plan", SEVEN_DAYS_BEFORE - timedelta(minutes=1)) == "plan: 0"
    stage.worker_starts_at(SEVEN_DAYS_BEFORE)
    everybody_has(with_seat, reminders=1, links=0)
    stage.worker_starts_at(LAST_WORKING_DAY)
    everybody_has(with_seat, reminders=1, links=1)
    stage.worker_starts_at(DIAL_IN_OPENS)
    everybody_has(with_seat, reminders=1, links=2)
    assert stage.job("plan", DIAL_IN_OPENS + timedelta(minutes=1)) == "plan: 0"
    assert stage.job("deliver", DIAL_IN_OPENS + timedelta(minutes=2)) == "deliver: 0"
    assert all(
        secret in mail.text for one in with_seat for mail in one.mails_about("Zugang") for secret in ROOM
    )
    timed = [mail for mail in stage.mailbox.received if mail.subject.startswith(("Erinnerung", "Zugang"))]
    assert sorted(mail.to for mail in timed) == sorted(3 * [one.email for one in with_seat])


def everybody_has(people: list[Guest], *, reminders: int, links: int) -> None:
    """Wait for the mails, then count them."""

    def counts() -> list[list[int]]:
        return [[len(one.mails_about(subject)) for subject in ("Erinnerung", "Zugang")] for one in people]

    expected = [[reminders, links] for _ in people]
    wait_until(lambda: counts() >= expected, seconds=45)
    assert counts() == expected


def nobody_without_a_seat_has_the_room(ada: Guest, ben: Guest, dora: Guest, emil: Guest, hal: Guest) -> None:
    """Neither by mail nor on any page, also while the dial-in is open."""
    never = [*emil.mails, *hal.mails, *ada.mails_about("Ihre Abmeldung"), *ben.mails_about("Warteliste")]
    assert len(never) == 5
    assert knows_nothing_of_the_room(*map(everything_in, never))
    for guest in (ada, emil):
        assert knows_nothing_of_the_room(guest.looks_at_registration(), guest.page.content())
        own_calendar = guest.page.request.get(f"{guest.page.url}/calendar.ics")
        assert own_calendar.status == 404
    for path in ("/", f"/workshops/{WORKSHOP}", f"/workshops/{WORKSHOP}/register"):
        assert knows_nothing_of_the_room(hal.opens(path), hal.page.content())
    calendar = hal.page.request.get(f"{hal.site}/workshops/{WORKSHOP}/calendar.ics")
    assert knows_nothing_of_the_room(unfolded(calendar.text()))
    for guest in (ben, dora):
        assert all(secret in guest.looks_at_registration() for secret in ROOM)


def knows_nothing_of_the_room(*texts: str) -> bool:
    return not any(secret in text for secret in ROOM for text in texts)
