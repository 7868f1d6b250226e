"""Mail programs open links by themselves: looking at a mailed link changes nothing (M-30, M-31).

Neither does a robot that presses the first button of every page.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration import clock
from registration.extensions import db, one_transaction
from registration.mail.transport import Transport
from registration.models import Registration, Workshop
from registration.services.changing_address import request_new_address
from registration.services.delivering import deliver_due
from registration.services.withdrawing import withdraw
from registration.vocabulary import ConsentKind, LinkPurpose, MailKind, OutboxState, RegistrationState
from tests.conftest import SETTINGS
from tests.every_mail import cause_every_mail
from tests.factories import mails, make_workshop, sign_up, submit
from tests.servers.smtp import SmtpSink
from tests.times import NOW
from tests.views.pages import first_form

TIMES = 20
CLIENTS = ("192.0.2.1", "198.51.100.7", "2001:db8::25")
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

    opened = {
        (place(link), *open_(client, link, CLIENTS[time % len(CLIENTS)]))
        for link in links
        for time in range(TIMES)
    }

    assert everything(but="rate_count") == {**before, "rate_count": []}
    assert {("confirm", 200, 200), ("my-registration", 200, 200), ("workshops", 200, 200)} <= opened
    assert ("new-address", 200, 200) in opened
    # the old links of who has another address now: gone; a newer wish has ended the older one
    assert {status for _place, *statuses in opened for status in statuses} <= {200, 303, 404, 410}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_robot_that_presses_the_first_button_of_every_page_changes_nothing(
    app_context: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop, paths = pages_of_everybody(app_context)
    opening = workshop.sessions[0].dial_in_or_start_at
    acted_on = set()
    for now in (NOW, opening):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        before = everything()

        acted_on |= {place(path) for path in paths if press_first_button(client, path)}

        assert everything() == before
    assert acted_on == {"confirm", "join", "my-registration", "new-address", "new-link"}


def pages_of_everybody(app: Flask) -> tuple[Workshop, list[str]]:
    """Every page that can be reached from the mails of people in each state that lets them do something."""
    asking = make_workshop(
        capacity=2, asks_before_moving_up=True, consents=[ConsentKind.PHOTO], move_up_until_hours=0
    )
    ada = sign_up(asking, "ada", consents=(ConsentKind.PHOTO,))
    ben, kim, lou = (sign_up(asking, name) for name in ("ben", "kim", "lou"))
    withdraw(ben.id, now=NOW)
    roomy = make_workshop(slug="roomy")
    eva = sign_up(roomy, "eva")
    withdraw(eva.id, now=NOW)
    fay = submit(roomy, "fay")
    request_new_address(ada.id, "ada@neustadt.example.org", now=NOW)
    db.session.expire_all()
    with one_transaction():
        kim.offered_until = asking.starts_at
    states = [one.state.value for one in (ada, kim, lou, eva, fay)]
    assert states == ["confirmed", "offered", "waiting", "withdrawn", "unconfirmed"]
    own = ["", "/data", "/address", "/substitute", "/all-data", "/erasure"]
    paths = [
        path_of(app, one, LinkPurpose.MANAGE, f"/my-registration/{{}}{page}")
        for one in (ada, kim, lou, eva)
        for page in own
    ]
    paths += [
        path_of(app, fay, LinkPurpose.CONFIRM, "/confirm/{}"),
        path_of(app, ada, LinkPurpose.NEW_ADDRESS, "/new-address/{}"),
        join_path(app, asking),
        "/new-link",
    ]
    return asking, paths


def join_path(app: Flask, workshop: Workshop) -> str:
    seated = select(Registration).where(
        Registration.workshop_id == workshop.id, Registration.state == RegistrationState.CONFIRMED
    )
    return path_of(app, db.session.scalars(seated).one(), LinkPurpose.JOIN, "/join/{}")


def path_of(app: Flask, registration: Registration, purpose: LinkPurpose, pattern: str) -> str:
    link = registration.link(purpose)
    assert link is not None
    return pattern.format(link.token(app.config["SECRET_KEY"]))


def press_first_button(client: FlaskClient, path: str) -> bool:
    """Send the form of the first button as it stands; whether there was one."""
    form = first_form(client.get(path).text)
    if form is None:
        return False
    target = form.action or path
    answer = (
        client.post(target, data=form.fields)
        if form.method == "post"
        else client.get(target, query_string=form.fields)
    )
    assert answer.status_code < 500
    return True


def our_links(sink: SmtpSink) -> list[str]:
    """Every link to our own pages, from the text and the HTML of every mail."""
    found = {link for mail in sink.received for part in (mail.text, mail.html) for link in LINK.findall(part)}
    ours = urlsplit(SETTINGS["PUBLIC_URL"]).netloc
    return sorted(link for link in found if urlsplit(link).netloc == ours)


def place(link: str) -> str:
    """The first word of the path, without the language."""
    words = [word for word in urlsplit(link).path.split("/") if word not in ("", "en")]
    return words[0] if words else ""


def open_(client: FlaskClient, link: str, address: str) -> tuple[int, int]:
    path, where = urlsplit(link).path, {"REMOTE_ADDR": address}
    return (
        client.get(path, environ_base=where).status_code,
        client.head(path, environ_base=where).status_code,
    )


def everything(but: str = "") -> dict[str, list[Any]]:
    """All rows of all tables."""
    db.session.rollback()
    found = {
        table.name: sorted(map(repr, db.session.execute(select(table))))
        for table in db.metadata.sorted_tables
    }
    return {**found, but: []} if but else found
