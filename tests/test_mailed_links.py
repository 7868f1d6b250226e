"""Mail programs open links by themselves: GET and HEAD of a mailed link change nothing (M-30, M-31)."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration.extensions import db
from registration.mail import messages
from registration.mail.transport import Transport
from registration.models import MailRule, Workshop
from registration.services import publishing, reviewing
from registration.services.confirming import confirm_address
from registration.services.delivering import deliver_due
from registration.services.planning import plan_due_mails
from registration.services.requesting_links import send_new_link
from registration.services.substituting import name_substitute
from registration.services.withdrawing import withdraw
from registration.vocabulary import Anchor, Decision, MailKind, OffsetUnit, OutboxState
from tests.conftest import SETTINGS
from tests.factories import default_mail_plan, details, find, mails, make_organiser, save, sign_up, submit
from tests.servers.smtp import SmtpSink
from tests.today import TODAY, make_open_workshop

TIMES = 20
LINK = re.compile(r"https?://[^\s\"'<>]+")


@pytest.fixture
def app(make_app: Callable[..., Flask], smtp_sink: SmtpSink) -> Flask:
    return make_app(**smtp_sink.settings)


@pytest.fixture
def deliver(app_context: Flask) -> Iterator[Callable[[datetime], None]]:
    transport = Transport(app_context.config)

    def run(now: datetime) -> None:
        while deliver_due(transport, instant=lambda: now, wants_to_stop=lambda: False):
            pass

    yield run
    transport.close()


def test_mailed_links_can_be_opened_any_number_of_times(
    deliver: Callable[[datetime], None], smtp_sink: SmtpSink, client: FlaskClient
) -> None:
    cause_every_mail(deliver)
    assert {mail.kind for mail in mails(None) if mail.state is OutboxState.SENT} == set(MailKind)
    links = our_links(smtp_sink)
    before = everything()

    opened = {(place(link), *open_(client, link)) for link in links for _ in range(TIMES)}

    assert everything() == before
    assert {("confirm", 200, 200), ("my-registration", 200, 200), ("workshops", 200, 200)} <= opened
    assert {status for _place, *statuses in opened for status in statuses} <= {200, 303, 404}


def cause_every_mail(deliver: Callable[[datetime], None]) -> None:
    """Live through all that a mail is written about, and send each mail while it is true."""
    by: dict[str, Any] = {"organiser_id": make_organiser().id, "now": TODAY}
    small = make_open_workshop("small", capacity=1)
    default_mail_plan(small)
    ada, ben = (sign_up(small, name, now=TODAY) for name in ("ada", "ben"))
    submit(small, "cleo", now=TODAY, language="en")
    submit(small, "ada", now=TODAY)
    send_new_link(ada.email, language="en", now=TODAY)
    deliver(TODAY)
    withdraw(ada.id, now=TODAY)
    deliver(TODAY)
    name_substitute(ben.id, details("dora"), now=TODAY)
    dora = confirm_address(find(small.id, "dora").id, now=TODAY)
    sign_up(small, "eva", now=TODAY, language="en")
    deliver(TODAY)
    live_until_the_session(small, deliver)
    assert small.starts_at is not None
    withdraw(dora.id, now=small.starts_at - timedelta(hours=1))
    deliver(small.starts_at - timedelta(hours=1))

    tell_the_organiser(deliver)

    reviewed = make_open_workshop("reviewed", decision=Decision.BY_ORGANISER)
    fay, gil = (sign_up(reviewed, name, now=TODAY) for name in ("fay", "gil"))
    deliver(TODAY)
    reviewing.decline([fay.id], **by, text="Diesmal leider nicht.")
    reviewing.cancel([gil.id], **by, text="Die Dienststelle hat abgesagt.")
    sign_up(reviewed, "hal", now=TODAY)
    deliver(TODAY)
    publishing.cancel(reviewed.id, version=reviewed.version, **by, text="Die Referentin ist erkrankt.")
    deliver(TODAY)


def live_until_the_session(workshop: Workshop, deliver: Callable[[datetime], None]) -> None:
    assert workshop.starts_at is not None
    for days in (7, 1, 0):
        now = workshop.starts_at - timedelta(days=days, minutes=5)
        plan_due_mails(now=now)
        deliver(now)


def tell_the_organiser(deliver: Callable[[datetime], None]) -> None:
    """Live through a workshop that too few people attend; somebody tries the mail server as well."""
    told = make_open_workshop("told", has_daily_digest=True, minimum=9)
    for kind, anchor in (
        (MailKind.DEADLINE_REACHED, Anchor.DEADLINE),
        (MailKind.MINIMUM_NOT_REACHED, Anchor.DEADLINE),
        (MailKind.THANKS, Anchor.SESSION_END),
    ):
        save(MailRule(workshop_id=told.id, kind=kind, anchor=anchor, unit=OffsetUnit.MINUTES, offset=0))
    sign_up(told, "ida", now=TODAY)
    save(messages.test("betrieb@example.org", cause="test", now=TODAY))
    deliver(TODAY)
    assert told.closes_at is not None
    assert told.ends_at is not None
    next_days = [TODAY + timedelta(days=number) for number in range(1, 7)]  # one is a working day
    for now in (*next_days, told.closes_at, told.ends_at):
        plan_due_mails(now=now)
        deliver(now)


def our_links(sink: SmtpSink) -> list[str]:
    """Every link to our own pages, from the text and the HTML of every mail."""
    found = {link for mail in sink.received for part in (mail.text, mail.html) for link in LINK.findall(part)}
    ours = urlsplit(SETTINGS["PUBLIC_URL"]).netloc
    return sorted(link for link in found if urlsplit(link).netloc == ours)


def place(link: str) -> str:
    """The first word of the path, without the language."""
    words = [word for word in urlsplit(link).path.split("/") if word not in ("", "en")]
    return words[0] if words else ""


def open_(client: FlaskClient, link: str) -> tuple[int, int]:
    path = urlsplit(link).path
    return client.get(path).status_code, client.head(path).status_code


def everything() -> dict[str, list[Any]]:
    """All rows of all tables."""
    db.session.rollback()
    tables = db.metadata.sorted_tables
    return {table.name: sorted(map(repr, db.session.execute(select(table)))) for table in tables}
