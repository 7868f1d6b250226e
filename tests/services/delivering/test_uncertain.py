"""A mail of which nobody knows whether it was taken: the same bytes again, or held; never untrue (M-53)."""

from datetime import timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import update

from registration.extensions import db, one_transaction
from registration.models import Workshop, WorkshopSession
from registration.services.planning import plan_due_mails
from registration.steps.relay import relay_as_read
from registration.vocabulary import MailKind, OutboxState, RelayPause
from tests.factories import START, default_mail_plan, instant, mails, make_workshop, sign_up
from tests.servers.scripted_smtp import CUT, ScriptedServer
from tests.services.delivering.batches import Deliver, queue
from tests.times import NOW

State = OutboxState


@pytest.mark.parametrize("settings", [{"MAIL_UNCERTAIN": "hold"}])
def test_by_the_policy_hold_a_mail_whose_dot_had_no_answer_waits_for_a_person(
    deliver: Deliver, server: ScriptedServer
) -> None:
    queue("ada")
    server.next("DOT", CUT)

    assert deliver() == [State.HELD]
    assert mails()[0].is_uncertain
    assert deliver(NOW + timedelta(days=1)) == [State.HELD]


def test_an_uncertain_mail_tells_the_new_when_its_records_have_changed(
    deliver: Deliver, server: ScriptedServer
) -> None:
    sign_up(make_workshop())
    server.next("DOT", CUT)
    deliver()
    with one_transaction():
        db.session.execute(update(WorkshopSession).values(room_link="https://meeting.example.org/new"))

    deliver(NOW + timedelta(minutes=10))

    (seat,) = mails(MailKind.SEAT_CERTAIN)
    copies = [mail for mail in server.taken if seat.message_id in mail.content.decode("ascii")]
    assert (seat.state, seat.is_uncertain, len(copies)) == (State.SENT, True, 2)
    assert "room/4711" in _text_of(copies[0].content)
    assert "meeting.example.org/new" in _text_of(copies[1].content)


@pytest.mark.parametrize("later", [timedelta(minutes=10), timedelta(days=1)])
def test_an_uncertain_mail_is_the_same_when_a_change_of_its_records_touches_none_of_its_words(
    deliver: Deliver, server: ScriptedServer, later: timedelta
) -> None:
    sign_up(make_workshop(capacity=1))
    server.next("DOT", CUT)
    deliver()
    with one_transaction():
        db.session.execute(update(Workshop).values(capacity=2))

    deliver(NOW + later)

    (seat,) = mails(MailKind.SEAT_CERTAIN)
    first, second = [one.content for one in server.taken if seat.message_id in one.content.decode("ascii")]
    assert (seat.state, seat.is_uncertain) == (State.SENT, True)
    assert first == second


def test_an_uncertain_reminder_counts_the_days_anew_when_its_records_have_changed(
    deliver: Deliver, server: ScriptedServer
) -> None:
    workshop = make_workshop(capacity=1)
    default_mail_plan(workshop)
    sign_up(workshop)
    deliver()
    a_week_before = instant(START) - timedelta(days=7)
    plan_due_mails(now=a_week_before)
    server.next("DOT", CUT)
    deliver(a_week_before)
    with one_transaction():
        db.session.execute(update(Workshop).values(capacity=2))

    deliver(a_week_before + timedelta(days=2))

    first, second = [_text_of(one.content) for one in server.taken[-2:]]
    assert "in 7 Tagen" in first
    assert "in 5 Tagen" in second


def _text_of(content: bytes) -> str:
    for part in message_from_bytes(content).walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            return payload.decode()
    raise AssertionError("no text")


def test_a_server_that_never_says_whether_it_took_a_mail_is_left_alone(
    deliver: Deliver, server: ScriptedServer
) -> None:
    queue("ada", "ben", "cleo", "dora")
    server.always("DOT", CUT)

    assert deliver() == [State.QUEUED] * 4
    relay = relay_as_read()
    assert relay is not None
    assert (relay.pause, len(server.taken)) == (RelayPause.TEMPORARY, 3)
