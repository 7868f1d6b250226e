"""Mails that are announced with the final dot of the one before: each gets its own answers (RFC 2920)."""

from collections.abc import Callable
from time import monotonic, sleep

import pytest

from registration.mail.transport import FateUnknown, Refused, RelayUnusable, Transport
from registration.vocabulary import RelayPause
from tests.mail.wires import ADA, BEN, MAIL, SENDER, offer, send, send_announcing
from tests.servers.ports import wait_until
from tests.servers.scripted_smtp import AND_CUT, CUT, HANG, ScriptedServer

CLEO = "cleo@musterhausen.example.org"


def test_the_next_mail_is_announced_in_the_breath_of_the_final_dot(
    server: ScriptedServer, transport: Transport
) -> None:
    send_announcing(transport)
    if server.pipelining:
        wait_until(lambda: said(server)[-3:] == ["MAIL", "RCPT", "DATA"])
    send(transport, BEN)

    assert said(server).count("MAIL") == 2
    assert (server.recipients, server.connections) == ([ADA, BEN], 1)
    assert [one.content for one in server.taken] == [MAIL, MAIL]


def said(server: ScriptedServer) -> list[str]:
    return [one.words.split()[0] for one in server.heard]


def test_what_is_done_meanwhile_costs_no_wait(server: ScriptedServer, transport: Transport) -> None:
    server.seconds["DOT"] = 0.3
    offer(transport)
    started = monotonic()
    transport.complete(meanwhile=lambda: sleep(0.3))

    assert monotonic() - started < 0.5
    assert server.recipients == [ADA]


def test_mail_that_was_announced_and_does_not_come_is_taken_back(
    server: ScriptedServer, transport: Transport
) -> None:
    send_announcing(transport)
    transport.withdraw()
    assert transport.is_open is not server.pipelining
    send(transport, CLEO)

    assert server.recipients == [ADA, CLEO]


@pytest.mark.parametrize("leave", [Transport.close, Transport.abandon])
def test_good_bye_is_not_said_into_a_mail_that_was_announced(
    server: ScriptedServer, transport: Transport, leave: Callable[[Transport], None]
) -> None:
    send_announcing(transport)
    leave(transport)
    wait_until(lambda: server.open == 0)

    assert server.recipients == [ADA]


def test_another_mail_than_the_announced_one_goes_to_its_own_recipient(
    server: ScriptedServer, transport: Transport
) -> None:
    send_announcing(transport)
    send(transport, CLEO)

    assert server.recipients == [ADA, CLEO]


@pytest.mark.parametrize("answer", ["552 5.3.4 too big", "451 4.3.0 later"])
def test_refusal_of_a_mail_does_not_touch_the_one_that_was_announced_with_it(
    server: ScriptedServer, transport: Transport, answer: str
) -> None:
    server.next("DOT", answer)
    offer(transport)
    with pytest.raises(Refused):
        transport.complete(following=(SENDER, BEN))
    send(transport, BEN)

    assert (server.recipients, server.connections) == ([BEN], 1)


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_refusal_of_an_announced_mail_is_told_in_its_turn(
    server: ScriptedServer, transport: Transport, step: str
) -> None:
    offer(transport)
    server.next(step, "451 4.3.0 later")
    accepted = transport.complete(following=(SENDER, BEN))
    with pytest.raises(Refused):
        send(transport, BEN)
    send(transport, BEN)

    assert accepted.code == 250
    assert server.recipients == [ADA, BEN]


def test_body_that_is_awaited_for_an_announced_mail_without_recipient_does_not_come(
    server: ScriptedServer, transport: Transport
) -> None:
    server.is_careless = True
    server.next("RCPT", "250 2.1.5 ok", "550 5.1.1 unknown")
    send_announcing(transport)
    with pytest.raises(Refused):
        send(transport, BEN)
    send(transport, CLEO)

    assert server.recipients == [ADA, CLEO]


def test_server_that_has_lost_the_thread_gets_the_announced_mail_once_more(
    server: ScriptedServer, transport: Transport
) -> None:
    server.next("RCPT", "250 2.1.5 ok", "503 5.5.1 MAIL first")
    send_announcing(transport)
    if not server.pipelining:
        server.be_decent()
    send(transport, BEN)

    assert server.recipients == [ADA, BEN]


def test_time_spent_meanwhile_is_taken_from_the_patience_for_the_answer(
    server: ScriptedServer, impatient: Transport
) -> None:
    server.next("DOT", HANG)
    offer(impatient)
    started = monotonic()
    with pytest.raises(FateUnknown):
        impatient.complete(meanwhile=lambda: sleep(0.4))

    assert monotonic() - started < 0.7


@pytest.mark.parametrize("answer", ["250 taken" + AND_CUT, "250 taken\n421 4.4.2 good-bye" + AND_CUT])
def test_server_that_leaves_after_a_mail_gets_the_announced_one_on_a_new_connection(
    server: ScriptedServer, transport: Transport, answer: str
) -> None:
    server.next("DOT", answer)
    send_announcing(transport)
    wait_until(lambda: server.open == 0)
    send(transport, BEN)

    assert [(mail.recipient, mail.connection) for mail in server.taken] == [(ADA, 1), (BEN, 2)]


@pytest.mark.parametrize("answer", [CUT, HANG])
def test_fate_of_a_mail_is_unknown_also_when_the_next_one_was_announced_with_it(
    impatient: Transport, server: ScriptedServer, answer: str
) -> None:
    server.next("DOT", answer)
    offer(impatient)
    with pytest.raises(FateUnknown):
        impatient.complete(following=(SENDER, BEN))
    send(impatient, BEN)

    assert server.recipients == [ADA, BEN]


def test_nothing_is_announced_that_is_no_address_or_for_which_a_connection_is_too_old(
    server: ScriptedServer, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(transport)
    transport.complete(following=(SENDER, "a@b\r\nRCPT TO:<c@d>"))
    monkeypatch.setattr("registration.mail.transport.MAILS_PER_CONNECTION", 2)
    transport.offer(SENDER, BEN, MAIL)
    transport.complete(following=(SENDER, ADA))
    transport.close()
    wait_until(lambda: server.open == 0)  # it has heard all

    assert said(server).count("MAIL") == 2


@pytest.mark.parametrize(
    "answer", ["503 5.5.1 out of order", "550 5.5.0 what comes behind the dot?", CUT, HANG]
)
def test_server_that_takes_an_announcement_badly_is_asked_step_by_step(
    server: ScriptedServer, impatient: Transport, answer: str
) -> None:
    offer(impatient)
    server.next("MAIL", answer)
    impatient.complete(following=(SENDER, BEN) if server.pipelining else None)
    if server.pipelining:
        send(impatient, BEN)
    server.be_decent()
    offer(impatient)
    announced = said(server).count("MAIL")
    impatient.complete(following=(SENDER, BEN))
    sleep(0.1)

    assert server.recipients == ([ADA, BEN, ADA] if server.pipelining else [ADA, ADA])
    assert said(server).count("MAIL") == announced


def test_announced_mail_that_lets_wait_for_itself_is_taken_back_before_the_server_grows_impatient(
    server: ScriptedServer, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_announcing(transport)
    monkeypatch.setattr("registration.mail.transport.SECONDS_ANNOUNCED", 0)
    send(transport, BEN)

    assert [mail.recipient for mail in server.taken] == [ADA, BEN]
    assert server.connections == 1 + server.pipelining


def test_answer_is_heard_whatever_goes_wrong_meanwhile(server: ScriptedServer, transport: Transport) -> None:
    offer(transport)
    accepted = transport.complete(meanwhile=lambda: 1 // 0)

    assert accepted.code == 250
    send(transport, BEN)
    assert server.connections == 1


def test_nobody_is_to_blame_when_the_server_is_gone_before_an_announced_mail(
    server: ScriptedServer, transport: Transport
) -> None:
    server.next("DOT", "250 taken" + AND_CUT)
    send_announcing(transport)
    wait_until(lambda: server.open == 0)
    server.close()
    with pytest.raises(RelayUnusable) as unusable:
        send(transport, BEN)

    assert unusable.value.is_before_any_mail


@pytest.mark.parametrize("answer", ["421 4.7.0 too many connections" + AND_CUT, "432 4.3.2 slower, please"])
def test_server_that_complains_at_an_announced_mail_is_not_called_again_at_once(
    server: ScriptedServer, transport: Transport, answer: str
) -> None:
    offer(transport)
    server.next("MAIL", answer)
    transport.complete(following=(SENDER, BEN))
    with pytest.raises(RelayUnusable) as unusable:
        send(transport, BEN)

    assert (unusable.value.pause, server.connections) == (RelayPause.THROTTLED, 1)
