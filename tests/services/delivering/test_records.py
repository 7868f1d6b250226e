"""What is wrong with one record, or with the database, stops no other mail."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, text, update
from sqlalchemy.exc import OperationalError

from registration.extensions import db, one_transaction
from registration.mail.transport import Transport
from registration.models import OutboxMessage
from registration.services.delivering import deliver_due
from registration.steps.claiming import claim
from registration.steps.outcomes import Outcomes
from registration.vocabulary import MailKind, OutboxState
from tests.factories import mails, make_workshop, sign_up
from tests.servers.scripted_smtp import ScriptedServer
from tests.services.delivering.batches import ADA, BEN, Deliver, queue
from tests.times import NOW

State = OutboxState


def test_an_answer_with_characters_that_no_database_takes_stops_nobody(
    deliver: Deliver, server: ScriptedServer
) -> None:
    queue("ada", "ben")
    server.next("RCPT", "550 5.1.1 un\0known", to=ADA)

    assert deliver() == [State.FAILED, State.SENT]
    assert "un known" in mails()[0].server_reply


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # PostgreSQL lets no broken JSON in
def test_a_record_that_cannot_be_read_stops_nobody(app_context: Flask, server: ScriptedServer) -> None:
    queue("ada", "ben")
    transport = Transport(app_context.config)
    with one_transaction():
        db.session.execute(text("UPDATE outbox_message SET context = '{broken' WHERE id = 1"))

    deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False)
    transport.close()

    assert [mail.recipient for mail in server.taken] == [BEN]


def test_a_mail_is_sent_and_recorded_although_the_database_is_lost_while_it_is_on_its_way(
    app_context: Flask, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue("ada", "ben")

    def lose() -> None:
        raise OperationalError("ROLLBACK", {}, ConnectionError())

    class Unlucky(Transport):
        def complete(self, following: Any = None, meanwhile: Any = None) -> Any:
            with monkeypatch.context() as patch:
                patch.setattr(db.session, "rollback", lose)
                meanwhile()
            return super().complete(following, meanwhile)

    transport = Unlucky(app_context.config)
    deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False)
    transport.close()

    assert [mail.state for mail in mails()] == [State.SENT, State.SENT]


def test_no_mail_is_to_blame_for_a_database_that_failed_while_it_was_written_ahead(
    app_context: Flask, deliver: Deliver, server: ScriptedServer
) -> None:
    workshop = make_workshop(capacity=1)
    sign_up(workshop, "ada")
    deliver()
    sign_up(workshop, "ben")
    sign_up(workshop, "cleo")
    with one_transaction():  # of two mails that ask the database while they are written
        db.session.execute(delete(OutboxMessage).where(OutboxMessage.kind == MailKind.CONFIRM_ADDRESS))
    broken: list[str] = []

    def spoil(_line: Any, _cursor: Any, _statement: str, values: Any, *_rest: Any) -> tuple[str, Any]:
        broken.append("here")
        return "SELECT nothing FROM nowhere", ()

    class Unlucky(Transport):
        def complete(self, following: Any = None, meanwhile: Any = None) -> Any:
            event.listen(db.engine, "before_cursor_execute", spoil, retval=True)
            meanwhile()
            event.remove(db.engine, "before_cursor_execute", spoil)
            return super().complete(following)

    transport = Unlucky(app_context.config)
    deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False)
    transport.close()

    waiting = mails(MailKind.WAITING_LIST)
    assert broken
    assert [(mail.state, mail.crashes) for mail in waiting] == [(State.SENT, 0), (State.SENT, 0)]


def test_what_was_taken_after_all_is_not_sent_once_more(app_context: Flask) -> None:
    queue("ada")
    token = claim(NOW).token
    with one_transaction():
        db.session.execute(
            update(OutboxMessage).values(
                state=State.QUEUED, claim_token=None, lease_until=None, is_uncertain=True
            )
        )
    outcomes = Outcomes()

    outcomes.sent(mails()[0].id, token, code=250, reply="OK", now=NOW)
    outcomes.close()

    db.session.rollback()
    assert mails()[0].state is State.SENT
