"""The outbox reaches a real mail server."""

from datetime import timedelta

import pytest

from registration.mail.transport import Transport
from registration.services.delivering import deliver_due
from registration.services.withdrawing import withdraw
from registration.tokens import unseal
from registration.vocabulary import MailKind, OutboxState
from tests.factories import mails, make_workshop, sign_up, submit
from tests.times import NOW


@pytest.fixture
def app(make_app, smtp_sink):
    return make_app(**smtp_sink.settings)


@pytest.fixture
def deliver(app_context):
    """Send everything that is due at an instant, over one connection."""
    transport = Transport(app_context.config)

    def run(now=NOW):
        while deliver_due(transport, instant=lambda: now, wants_to_stop=lambda: False):
            pass

    yield run
    transport.close()


def test_each_mail_arrives_once_and_the_answer_is_recorded(deliver, smtp_sink):
    submit(make_workshop())
    deliver()
    deliver()
    (mail,) = mails()
    assert [one.to for one in smtp_sink.received] == ["ada@musterhausen.example.org"]
    assert (mail.state, mail.sent_at, mail.last_code) == (OutboxState.SENT, NOW, 250)


def test_the_message_id_is_the_one_of_the_row(deliver, smtp_sink):
    submit(make_workshop())
    deliver()
    assert smtp_sink.received[0].message["Message-ID"] == mails()[0].message_id


def test_the_stored_bytes_are_the_bytes_that_arrived_and_not_readable_as_they_stand(
    app_context, deliver, smtp_sink
):
    submit(make_workshop())
    deliver()
    stored = mails()[0].content
    assert b"example.org" not in stored
    assert unseal(stored, [app_context.config["SECRET_KEY"]]).strip() == smtp_sink.received[0].raw.strip()


def test_the_room_is_in_the_mail_of_the_seat_and_in_no_other(deliver, smtp_sink):
    workshop = make_workshop(capacity=1)
    sign_up(workshop, "ada")
    sign_up(workshop, "ben")
    deliver()
    with_room = {mail.to for mail in smtp_sink.received if b"meeting.example.org/room" in mail.raw}
    assert with_room == {"ada@musterhausen.example.org"}


def test_what_has_become_senseless_is_skipped_with_its_reason(deliver, smtp_sink):
    ada = sign_up(make_workshop())
    withdraw(ada.id, now=NOW)
    deliver()
    (seat,) = mails(MailKind.SEAT_CERTAIN)
    assert seat.state is OutboxState.SKIPPED
    assert "abgemeldet" in seat.state_reason
    assert "Abmeldung" in smtp_sink.received[-1].subject


def test_a_mail_to_confirm_is_not_sent_after_its_link_has_ended(deliver, smtp_sink):
    submit(make_workshop())
    deliver(NOW + timedelta(hours=48))
    assert mails()[0].state is OutboxState.SKIPPED
    assert smtp_sink.received == []


def test_a_mail_in_english_reads_english(deliver, smtp_sink):
    submit(make_workshop(), language="en")
    deliver()
    assert smtp_sink.received[0].message["Content-Language"] == "en"
