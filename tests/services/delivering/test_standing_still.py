"""All sending stands still when it is not the mails, and goes on when it is over (M-54, M-55)."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from registration.extensions import db, one_transaction
from registration.mail.transport import Transport
from registration.models import OutboxMessage
from registration.services.delivering import deliver_due
from registration.services.pausing import pause_by_hand, resume_by_hand
from registration.services.recovering import recover_leases
from registration.steps.claiming import claim
from registration.steps.in_a_row import MOST, Trouble
from registration.steps.leases import lease_until
from registration.steps.relay import pause, relay_as_read, relay_row
from registration.vocabulary import OutboxState, RelayPause
from tests.factories import mails, make_workshop, submit
from tests.servers.scripted_smtp import CUT, ScriptedServer
from tests.services.delivering.batches import ADA, BEN, DAY, MINUTE, Deliver, queue
from tests.times import NOW

State = OutboxState


def test_a_mail_that_always_breaks_the_line_lets_the_others_go_and_is_held(
    deliver: Deliver, server: ScriptedServer
) -> None:
    queue("ada", "ben")
    server.always("DATA", CUT, to=ADA)

    now, states = NOW, deliver()
    for number in range(12):
        submit(make_workshop(slug=f"other-{number}"), "cleo", now=now)
        now += timedelta(hours=1)
        states = deliver(now)

    assert states[0] is State.HELD
    assert set(states[1:]) <= {State.SENT, State.QUEUED}
    assert server.taken[0].recipient == BEN


def test_a_pause_by_hand_stops_the_batch_that_is_on_its_way(
    app_context: Flask, server: ScriptedServer
) -> None:
    queue("ada", "ben", "cleo")

    class Interrupted(Transport):
        def complete(self, *what_follows: Any) -> Any:
            answer = super().complete(*what_follows)
            if len(server.taken) == 1:
                pause_by_hand("Serverumzug", by="Anna Admin", organiser_id=None, now=NOW)
            return answer

    transport = Interrupted(app_context.config)
    deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False)
    transport.close()

    assert [mail.state for mail in mails()] == [State.SENT, State.QUEUED, State.QUEUED]
    assert len(server.taken) == 1


def test_several_connections_in_the_same_trouble_are_one_failure(app_context: Flask) -> None:
    for _ in range(4):
        with one_transaction():
            pause(relay_row(lock=True), RelayPause.TEMPORARY, "421", now=NOW)

    relay = relay_as_read()
    assert relay is not None
    assert relay.failures == 1
    assert relay.paused_until is not None
    assert relay.paused_until - NOW < 2 * MINUTE


def test_what_waits_for_a_person_is_not_ended_by_what_goes_wrong_besides(app_context: Flask) -> None:
    with one_transaction():
        pause(relay_row(lock=True), RelayPause.REJECTIONS, "554", now=NOW)
        pause(relay_row(lock=True), RelayPause.TEMPORARY, "421", now=NOW)

    relay = relay_as_read()
    assert relay is not None
    assert (relay.pause, relay.paused_until) == (RelayPause.REJECTIONS, None)


def test_when_every_domain_is_refused_for_now_the_server_is_left_alone(
    deliver: Deliver, server: ScriptedServer
) -> None:
    workshop = make_workshop()
    for number in range(MOST[Trouble.DEFERRED] + 1):
        submit(workshop, "ada", email=f"ada@kreis-{number}.example.org")
    server.always("RCPT", "451 4.3.5 server configuration problem")

    deliver()

    relay = relay_as_read()
    assert relay is not None
    assert relay.pause is RelayPause.TEMPORARY
    assert "configuration problem" in relay.reason
    assert [mail.attempts for mail in mails()] == [1] * MOST[Trouble.DEFERRED] + [0]


def test_a_domain_that_greylists_its_people_keeps_no_other_from_its_mails(
    deliver: Deliver, server: ScriptedServer
) -> None:
    workshop = make_workshop()
    for number in range(MOST[Trouble.DEFERRED] + 1):
        submit(workshop, "ada", email=f"ada.{number}@musterhausen.example.org")
    server.always("RCPT", "450 4.2.0 greylisted")

    deliver()

    assert relay_as_read() is None or relay_as_read().pause is None  # type: ignore[union-attr]
    assert {mail.attempts for mail in mails()} == {1}


class TestAtAPace:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"MAIL_PER_MINUTE": 25}

    def test_what_goes_to_no_server_uses_no_pace(self, deliver: Deliver, server: ScriptedServer) -> None:
        queue("ada", "ben", "cleo", "dora", "emil", "fred")
        with one_transaction():
            late = OutboxMessage.id <= 5
            db.session.execute(update(OutboxMessage).where(late).values(pointless_after=NOW))

        deliver()
        deliver()

        assert len(server.taken) == 1


def test_the_worker_that_waits_for_an_answer_accuses_no_other_mail(app_context: Flask) -> None:
    queue("ada", "ben")
    claim(NOW)
    long, over = lease_until(600, NOW), NOW - 400 * DAY
    with one_transaction():
        db.session.execute(
            update(OutboxMessage).where(OutboxMessage.id == 1).values(state=State.SENDING, lease_until=long)
        )
        db.session.execute(update(OutboxMessage).where(OutboxMessage.id == 2).values(lease_until=over))

    assert recover_leases(now=NOW) == 1

    assert [(mail.state, mail.crashes) for mail in mails()] == [(State.SENDING, 0), (State.QUEUED, 0)]


def test_a_mail_that_stood_aside_goes_with_the_others_when_somebody_resumes(
    deliver: Deliver, server: ScriptedServer
) -> None:
    queue("ada")
    server.next("DATA", CUT)
    assert deliver() == [State.QUEUED]

    assert resume_by_hand(by="Anna Admin", organiser_id=None, now=NOW)

    assert deliver() == [State.SENT]
