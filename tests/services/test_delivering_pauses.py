"""Pauses end by what they wait for, and by nothing else (M-54)."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask

from registration.extensions import one_transaction
from registration.mail.transport import Transport
from registration.services.delivering import deliver_due
from registration.services.pausing import pause_by_hand, resume_by_hand
from registration.steps.relay import pause, relay_as_read, relay_row, settings_mark
from registration.vocabulary import OutboxState, RelayPause
from tests.factories import mails, make_workshop, submit
from tests.servers.smtp import SmtpSink
from tests.times import NOW

LATER = NOW + timedelta(days=1)


@pytest.fixture
def app(make_app: Callable[..., Flask], smtp_sink: SmtpSink) -> Flask:
    return make_app(**smtp_sink.settings)


@pytest.fixture
def deliver(app_context: Flask) -> Iterator[Callable[[], list[OutboxState]]]:
    """Send what is due a day later; the states of all mails."""
    transport = Transport(app_context.config)

    def run() -> list[OutboxState]:
        deliver_due(transport, instant=lambda: LATER, wants_to_stop=lambda: False)
        return [mail.state for mail in mails()]

    submit(make_workshop())
    yield run
    transport.close()


def stop(why: RelayPause, mark: str) -> None:
    with one_transaction():
        relay = relay_row(lock=True)
        pause(relay, why, "because", now=NOW)
        relay.settings_mark = mark


@pytest.mark.parametrize("why", [RelayPause.TEMPORARY, RelayPause.THROTTLED, RelayPause.CONFIGURATION])
def test_a_pause_that_heals_is_over_when_the_server_works(
    app_context: Flask, deliver: Callable[[], list[OutboxState]], why: RelayPause
) -> None:
    stop(why, settings_mark(app_context.config))

    assert deliver() == [OutboxState.SENT]
    relay = relay_as_read()
    assert relay is not None
    assert (relay.pause, relay.failures) == (None, 0)


@pytest.mark.parametrize("why", [RelayPause.REJECTIONS, RelayPause.BY_HAND])
def test_a_pause_for_a_person_waits_for_a_person(
    app_context: Flask, deliver: Callable[[], list[OutboxState]], why: RelayPause
) -> None:
    stop(why, settings_mark(app_context.config))
    assert deliver() == [OutboxState.QUEUED]

    assert resume_by_hand(by="Anna Admin", organiser_id=None, now=NOW)
    assert deliver() == [OutboxState.SENT]
    assert not resume_by_hand(by="Anna Admin", organiser_id=None, now=NOW)


def test_other_settings_end_a_pause_that_was_due_to_the_old(
    app_context: Flask, deliver: Callable[[], list[OutboxState]]
) -> None:
    stop(RelayPause.REJECTIONS, "of other settings")
    assert deliver() == [OutboxState.QUEUED]  # another machine may be set otherwise: that mends nothing

    app_context.config["STARTED_AT"] = LATER
    assert deliver() == [OutboxState.SENT]


def test_other_settings_do_not_end_what_somebody_wants(
    app_context: Flask, deliver: Callable[[], list[OutboxState]]
) -> None:
    stop(RelayPause.TEMPORARY, "of other settings")
    pause_by_hand("Serverumzug", by="Anna Admin", organiser_id=None, now=NOW)

    assert deliver() == [OutboxState.QUEUED]
