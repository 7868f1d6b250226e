"""An address is changed while a mail is on its way: the new links never go to the old one (M-34)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from registration.extensions import db, one_transaction
from registration.mail.transport import Accepted, Transport
from registration.models import OutboxMessage, SuppressedAddress
from registration.services.correcting_address import correct_address
from registration.services.delivering import deliver_due
from registration.services.recovering import retry
from registration.steps.suppressing import suppress
from registration.vocabulary import MailKind, OutboxState
from tests.factories import mails, make_organiser, make_workshop, sign_up
from tests.servers.scripted_smtp import ScriptedServer
from tests.services.delivering.batches import ADA, Deliver
from tests.times import NOW

State = OutboxState
NEW = "ada@neustadt.example.org"
LATER = NOW + timedelta(days=1)


class Interrupted(Transport):
    """Something happens once: before the recipient is named, or while the server thinks about the mail."""

    before_recipient: Callable[[], object] | None = None
    behind_the_dot: Callable[[], object] | None = None

    def offer(self, sender: str, recipient: str, content: bytes) -> None:
        happens, self.before_recipient = self.before_recipient, None
        if happens:
            happens()
        super().offer(sender, recipient, content)

    def complete(self, *what_follows: Any) -> Accepted:
        happens, self.behind_the_dot = self.behind_the_dot, None
        if happens:
            happens()
        return super().complete(*what_follows)


@pytest.fixture
def certain(app_context: Flask) -> OutboxMessage:
    """The mail that a seat is certain; the one to confirm has left long ago."""
    sign_up(make_workshop())
    with one_transaction():
        db.session.execute(delete(OutboxMessage).where(OutboxMessage.kind == MailKind.CONFIRM_ADDRESS))
    return mails(MailKind.SEAT_CERTAIN)[0]


def correct(message: OutboxMessage) -> None:
    assert message.registration_id is not None
    organiser_id = make_organiser().id
    correct_address(message.registration_id, NEW, is_certain=True, organiser_id=organiser_id, now=NOW)


def suppress_address(address: str) -> None:
    with one_transaction():
        suppress(address, status="5.1.1", reason="unbekannt", now=NOW)


def deliver_while(app: Flask, **happens: Callable[[], object]) -> None:
    transport = Interrupted(app.config)
    for moment, what in happens.items():
        setattr(transport, moment, what)
    deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False)
    transport.close()
    db.session.rollback()


def manage_links(server: ScriptedServer) -> dict[str, list[str]]:
    """Who got mails with which way to the own page."""
    found: dict[str, list[str]] = {}
    for mail in server.taken:
        text = mail.content.replace(b"=\r\n", b"").decode()
        found.setdefault(mail.recipient, []).extend(
            line for line in text.splitlines() if "/my-registration/" in line and not line.startswith("<")
        )
    return found


def test_mail_that_is_refused_for_now_behind_the_fence_goes_to_the_new_address_alone(
    app_context: Flask, certain: OutboxMessage, server: ScriptedServer, deliver: Deliver
) -> None:
    server.next("DOT", "451 4.7.1 later")
    deliver_while(app_context, behind_the_dot=lambda: correct(certain))

    deliver(LATER)
    deliver(LATER)

    assert (certain.state, certain.to_address) == (State.SENT, NEW)
    assert not manage_links(server).get(ADA)


def test_mail_that_is_refused_for_good_behind_the_fence_goes_to_the_new_one_when_somebody_tries_it_again(
    app_context: Flask, certain: OutboxMessage, server: ScriptedServer, deliver: Deliver
) -> None:
    server.next("DOT", "554 5.7.1 spam")
    deliver_while(app_context, behind_the_dot=lambda: correct(certain))
    assert certain.state is State.FAILED

    retry([certain.id], organiser_id=None, now=NOW)
    deliver(LATER)
    deliver(LATER)

    assert (certain.state, certain.to_address) == (State.SENT, NEW)
    assert not manage_links(server).get(ADA)


def test_recipient_who_is_refused_meanwhile_is_tried_at_the_new_address(
    app_context: Flask, certain: OutboxMessage, server: ScriptedServer, deliver: Deliver
) -> None:
    server.always("RCPT", "550 5.1.1 user unknown", to=ADA)
    deliver_while(app_context, before_recipient=lambda: correct(certain))

    deliver(LATER)
    deliver(LATER)

    assert (certain.state, certain.to_address) == (State.SENT, NEW)
    assert [one.email_key for one in db.session.query(SuppressedAddress)] == [ADA]


def test_mail_that_was_written_for_the_old_address_goes_to_the_new_one(
    certain: OutboxMessage, server: ScriptedServer, deliver: Deliver
) -> None:
    """As when it was planned at the very moment of the change; that the old one is dead does not matter."""
    correct(certain)
    suppress_address(ADA)
    with one_transaction():
        of_kind = OutboxMessage.kind == MailKind.SEAT_CERTAIN
        db.session.execute(update(OutboxMessage).where(of_kind).values(to_address=ADA))

    deliver()
    deliver()

    assert (certain.state, certain.to_address) == (State.SENT, NEW)


def test_trying_again_at_the_new_address_does_not_lift_the_old_one(
    certain: OutboxMessage, server: ScriptedServer, deliver: Deliver
) -> None:
    server.next("RCPT", "550 5.1.1 user unknown")
    deliver()
    correct(certain)
    server.next("RCPT", "552 5.2.2 mailbox full", to=NEW)
    deliver()
    assert certain.state is State.FAILED

    retry([certain.id], organiser_id=None, now=NOW)

    assert [one.email_key for one in db.session.query(SuppressedAddress)] == [ADA]
