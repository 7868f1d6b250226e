"""An address that the mail server itself does not know is spared, as after a bounce (M-54, M-59)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from registration.extensions import db
from registration.models import JournalEntry, SuppressedAddress
from registration.services.bouncing import mark_undeliverable
from registration.services.recovering import retry
from registration.vocabulary import OutboxState
from tests.factories import mails, make_organiser, make_workshop, submit
from tests.servers.scripted_smtp import ScriptedServer
from tests.services.delivering.batches import ADA, Deliver, queue
from tests.times import NOW

State = OutboxState
UNKNOWN = "550 5.1.1 user unknown"


def suppressed() -> list[str]:
    db.session.expire_all()
    return [one.email_key for one in db.session.scalars(select(SuppressedAddress))]


def test_nothing_more_is_sent_there_and_the_reason_is_told(deliver: Deliver, server: ScriptedServer) -> None:
    queue("ada", "ben")
    server.always("RCPT", UNKNOWN, to=ADA)
    deliver()
    submit(make_workshop(slug="other"), "ada")

    assert deliver() == [State.FAILED, State.SENT, State.SKIPPED]

    assert suppressed() == [ADA]
    reason = mails()[-1].state_reason
    assert reason == "Adresse unzustellbar: das Postfach gibt es nicht (5.1.1)"
    noted = select(JournalEntry).where(JournalEntry.action == "address_suppressed")
    line = db.session.scalars(noted).one()
    assert (line.actor, line.registration_id) == ("system", mails()[0].registration_id)


@pytest.mark.parametrize(
    "answer", ["550 5.7.1 relaying denied", "552 5.2.2 mailbox full", "450 4.1.1 user unknown", "550 no"]
)
def test_what_may_pass_spares_nobody(deliver: Deliver, server: ScriptedServer, answer: str) -> None:
    queue("ada")
    server.always("RCPT", answer)

    deliver()

    assert suppressed() == []


def test_who_tries_it_again_means_it(deliver: Deliver, server: ScriptedServer) -> None:
    queue("ada")
    server.next("RCPT", UNKNOWN)
    deliver()

    retry([mails()[0].id], organiser_id=None, now=NOW)

    assert deliver(NOW + timedelta(minutes=1)) == [State.SENT]
    assert suppressed() == []


def test_what_somebody_knows_to_be_dead_stays_so(deliver: Deliver, server: ScriptedServer) -> None:
    queue("ada")
    server.next("RCPT", "550 5.7.1 no")
    deliver()
    message = mails()[0]
    mark_undeliverable(message.id, organiser_id=make_organiser().id, now=NOW)

    retry([message.id], organiser_id=None, now=NOW)

    assert deliver(NOW + timedelta(minutes=1)) == [State.SKIPPED]


class TestInTestMode:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"MAIL_TEST_ADDRESS": "probe@example.org"}

    def test_nobody_is_spared_for_the_test_address(self, deliver: Deliver, server: ScriptedServer) -> None:
        queue("ada")
        server.always("RCPT", UNKNOWN)

        assert deliver() == [State.FAILED]
        assert suppressed() == []
