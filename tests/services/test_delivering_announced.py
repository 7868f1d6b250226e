"""Mails that the server was told of before something changed: they leave as they are now, or not."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import update

from registration.extensions import db, one_transaction
from registration.mail.transport import Accepted, Transport
from registration.models import OutboxMessage, Registration
from registration.services.delivering import deliver_due
from registration.services.pausing import pause_by_hand
from registration.services.withdrawing import withdraw
from registration.vocabulary import OutboxState
from tests.factories import mails, make_workshop, submit
from tests.servers.ports import wait_until
from tests.servers.scripted_smtp import ScriptedServer
from tests.times import NOW

SENT, QUEUED = OutboxState.SENT, OutboxState.QUEUED
ADA, BEN, CLEO = (f"{name}@musterhausen.example.org" for name in ("ada", "ben", "cleo"))


class Eventful(Transport):
    """The product's transport; when Ben's mail is through, and Cleo's is announced, something happens."""

    happens: Callable[[], object]
    sent = 0

    def complete(
        self, following: tuple[str, str] | None = None, meanwhile: Callable[[], object] = lambda: None
    ) -> Accepted:
        answer = super().complete(following, meanwhile)
        self.sent += 1
        if self.sent == 2:
            assert following
            assert following[1] == CLEO
            self.happens()
        return answer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def transport(make_app: Callable[..., Flask], server: ScriptedServer) -> Iterator[Eventful]:
    """To the server, in an installation where Ada, Ben and Cleo have just registered."""
    app = make_app(**server.settings)
    with app.app_context():
        workshop = make_workshop()
        for name in ("ada", "ben", "cleo"):
            submit(workshop, name)
        eventful = Eventful(app.config)
        yield eventful
        eventful.close()


def deliver(transport: Transport, wants_to_stop: Callable[[], bool] = lambda: False) -> list[OutboxState]:
    deliver_due(transport, instant=lambda: NOW, wants_to_stop=wants_to_stop)
    return [mail.state for mail in mails()]


def was_announced_in_vain(server: ScriptedServer, to: str) -> bool:
    """Tell whether the server has heard of a mail, and was left before it came."""
    wait_until(lambda: server.open == 0)
    return to not in server.recipients and any(one.words == f"RCPT TO:<{to}>" for one in server.heard)


def change(model: type, number: int, **columns: str) -> None:
    with one_transaction():
        db.session.execute(update(model).where(model.id == number).values(**columns))  # type: ignore[attr-defined]


def test_it_stays_queued_when_the_worker_stops(transport: Eventful, server: ScriptedServer) -> None:
    stops: list[bool] = []
    transport.happens = lambda: stops.append(True)

    assert deliver(transport, lambda: bool(stops)) == [SENT, SENT, QUEUED]
    assert was_announced_in_vain(server, CLEO)
    assert server.recipients == [ADA, BEN]


def test_it_stays_queued_when_somebody_stops_all_sending(transport: Eventful, server: ScriptedServer) -> None:
    transport.happens = lambda: pause_by_hand("Umzug", by="Anna Admin", organiser_id=None, now=NOW)

    assert deliver(transport) == [SENT, SENT, QUEUED]
    assert was_announced_in_vain(server, CLEO)
    assert server.recipients == [ADA, BEN]


def test_it_is_skipped_when_it_has_become_senseless(transport: Eventful, server: ScriptedServer) -> None:
    cleo = mails()[2].registration_id
    transport.happens = lambda: withdraw(cleo, now=NOW)

    assert deliver(transport)[:3] == [SENT, SENT, OutboxState.SKIPPED]
    assert was_announced_in_vain(server, CLEO)
    assert server.recipients == [ADA, BEN]


def test_it_tells_the_new_when_its_records_change(transport: Eventful, server: ScriptedServer) -> None:
    cleo = mails()[2].registration_id
    transport.happens = lambda: change(Registration, cleo, family_name="Neumann")

    assert deliver(transport) == [SENT, SENT, SENT]
    assert server.recipients == [ADA, BEN, CLEO]
    assert b"Neumann" in server.taken[2].content


def test_it_goes_to_the_new_address_only(transport: Eventful, server: ScriptedServer) -> None:
    mail, new = mails()[2], "neu@musterhausen.example.org"
    number, cleo = mail.id, mail.registration_id

    def move() -> None:
        change(Registration, cleo, email=new)
        change(OutboxMessage, number, to_address=new)

    transport.happens = move

    assert deliver(transport) == [SENT, SENT, SENT]
    transport.close()
    assert was_announced_in_vain(server, CLEO)
    assert server.recipients == [ADA, BEN, new]
