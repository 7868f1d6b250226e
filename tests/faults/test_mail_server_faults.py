"""Every fault of a mail server, again and again: no mail is lost, none sent twice without a word of it."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from registration.extensions import db, one_transaction
from registration.mail.transport import Transport
from registration.models import OutboxMessage
from registration.services.delivering import deliver_due
from registration.services.pausing import resume_by_hand
from registration.steps.relay import relay_as_read
from registration.vocabulary import OutboxState, RelayPause
from tests.factories import mails
from tests.faults.numbers import SERVER_FAULTS
from tests.faults.outbox import queue_mails
from tests.servers.attentive import AttentiveTransport
from tests.servers.scripted_smtp import AND_CUT, CUT, HANG, ScriptedServer
from tests.today import TODAY

ALL_SETTLED_WITHIN = timedelta(days=4)
TIMES = 3  # more would be one long outage, with pauses that grow into days


@dataclass(frozen=True)
class Fault:
    """What the server says at a step, and what that means for the mail at hand."""

    step: str
    answer: str
    is_fatal: bool = False
    is_unknown: bool = False

    @property
    def is_about_mail(self) -> bool:
        """Whether it comes with one mail; else with a connection."""
        return self.step in ("RCPT", "DATA", "BODY", "DOT")


FAULTS = [
    Fault("CONNECT", "421 4.3.2 too busy"),
    Fault("CONNECT", "554 5.3.2 no service"),
    Fault("CONNECT", CUT),
    Fault("EHLO", HANG),
    Fault("AUTH", "454 4.7.0 try later"),
    Fault("AUTH", "535 5.7.3 wrong password"),
    Fault("MAIL", "421 4.3.0 closing"),
    Fault("MAIL", "550 5.1.8 sender unknown"),
    Fault("MAIL", CUT),
    Fault("RCPT", "450 4.2.0 greylisted"),
    Fault("RCPT", "421 4.3.0 closing" + AND_CUT),
    Fault("RCPT", CUT),
    Fault("RCPT", "550 5.1.1 no such person", is_fatal=True),
    Fault("DATA", "451 4.3.0 try later"),
    Fault("DATA", CUT),
    Fault("BODY", CUT),
    Fault("DOT", "452 4.3.1 disk full"),
    Fault("DOT", "552 5.3.4 too large", is_fatal=True),
    Fault("DOT", "554 5.7.1 looks like spam" + AND_CUT, is_fatal=True),
    Fault("DOT", "250 2.0.0 taken" + AND_CUT),
    Fault("DOT", CUT, is_unknown=True),
    Fault("DOT", HANG, is_unknown=True),
    Fault("QUIT", CUT),
]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def app(make_app: Callable[..., Flask], server: ScriptedServer) -> Flask:
    sign_in = {"MAIL_USERNAME": "agency", "MAIL_PASSWORD": "secret"}
    patience = {"MAIL_COMMAND_TIMEOUT_SECONDS": 1.0, "MAIL_FINAL_TIMEOUT_SECONDS": 1.0}
    return make_app(**server.settings, **sign_in, **patience)


@pytest.mark.parametrize("_round", range(SERVER_FAULTS))
def test_no_fault_of_a_mail_server_loses_a_mail_or_repeats_one_unnoticed(
    app_context: Flask, server: ScriptedServer, _round: int
) -> None:
    faults = random.sample(FAULTS, len(FAULTS)) * TIMES
    queue_mails(len(faults))
    fate = dict(zip([mail.to_address for mail in mails()], faults, strict=True))
    of_lines = {recipient: fault for recipient, fault in fate.items() if not fault.is_about_mail}
    for recipient, fault in fate.items() - of_lines.items():
        server.next(fault.step, fault.answer, to=recipient)
    make_due(list(of_lines), TODAY + timedelta(days=30))

    send_all(app_context, server, list(of_lines.items()))

    times, settled = Counter(server.recipients), {mail.to_address: mail for mail in mails()}
    for recipient, fault in fate.items():
        mail = settled[recipient]
        assert mail.state is (OutboxState.FAILED if fault.is_fatal else OutboxState.SENT), fault
        assert times[recipient] == (0 if fault.is_fatal else 1 + fault.is_unknown), fault
        assert mail.is_uncertain == fault.is_unknown, fault
        assert mail.attempts <= 1, fault
    seen = {(one.recipient, one.message_id, one.content) for one in server.taken}
    assert len(seen) == len(set(server.recipients))  # the same mail, to the last byte


def send_all(app: Flask, server: ScriptedServer, of_lines: list[tuple[str, Fault]]) -> None:
    """Let time pass until nothing waits; faults of lines happen one by one, each with a mail of its own."""
    transport, now = AttentiveTransport(app.config, server), TODAY
    coming: Fault | None = None
    while is_anything_queued():
        assert now < TODAY + ALL_SETTLED_WITHIN
        if of_lines and (coming is None or not server.is_scripted(coming.step, "")):
            recipient, coming = of_lines.pop()
            server.next(coming.step, coming.answer)
            make_due([recipient], now)
        now = send_some(transport, now)
    transport.close()


def make_due(recipients: list[str], at: datetime) -> None:
    chosen = update(OutboxMessage).where(OutboxMessage.to_address.in_(recipients))
    with one_transaction():
        db.session.execute(chosen.values(next_attempt_at=at))


def send_some(transport: Transport, now: datetime) -> datetime:
    """Send a batch over a line of its own; an organiser goes on when refusals have paused the queue."""
    deliver_due(transport, instant=lambda: now, wants_to_stop=lambda: False)
    transport.close()
    relay = relay_as_read()
    if relay is not None and relay.pause is RelayPause.REJECTIONS:
        resume_by_hand(by="Anna Admin", organiser_id=None, now=now)
    return now + timedelta(minutes=1)


def is_anything_queued() -> bool:
    db.session.rollback()
    queued = db.session.query(OutboxMessage.id).filter_by(state=OutboxState.QUEUED).first()
    db.session.rollback()
    return queued is not None
