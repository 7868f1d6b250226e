"""Sending to a real server: what arrives, who is to blame when it does not, how connections are reused."""

import socket
from collections.abc import Callable
from time import monotonic, sleep

import pytest

from registration.mail.transport import FateUnknown, Refused, RelayUnusable, Transport
from registration.vocabulary import RelayPause
from tests.mail.wires import ADA, BEN, MAIL, SENDER, offer, send, settings
from tests.servers.attentive import hear
from tests.servers.ports import free_port, wait_until
from tests.servers.scripted_smtp import AND_CUT, CUT, HANG, Answer, ScriptedServer

TEMPORARY, THROTTLED, CONFIGURATION = RelayPause.TEMPORARY, RelayPause.THROTTLED, RelayPause.CONFIGURATION
Make = Callable[..., Transport]


def test_mail_arrives_as_it_is_and_the_answer_is_told(transport: Transport, server: ScriptedServer) -> None:
    accepted = send(transport)

    (mail,) = server.taken
    assert (mail.sender, mail.recipient, mail.content) == (SENDER, ADA, MAIL)
    assert (accepted.code, accepted.reply) == (250, "2.0.0 taken")


def test_nothing_is_taken_before_the_final_dot(transport: Transport, server: ScriptedServer) -> None:
    offer(transport)
    sleep(0.1)
    assert server.taken == []

    transport.complete()
    assert server.recipients == [ADA]


def test_abandoned_mail_is_never_taken_and_the_next_is(transport: Transport, server: ScriptedServer) -> None:
    offer(transport)
    transport.abandon()
    send(transport, BEN)

    assert server.recipients == [BEN]


def test_mail_forgotten_before_its_dot_does_not_swallow_the_next(
    transport: Transport, server: ScriptedServer
) -> None:
    offer(transport)

    send(transport, BEN)

    assert server.recipients == [BEN]
    assert server.taken[0].content == MAIL


@pytest.mark.parametrize(
    ("content", "arrives"),
    [
        (b"a\r\n.\r\nQUIT\r\n", b"a\r\n.\r\nQUIT\r\n"),
        (b".\r\n", b".\r\n"),
        (b".hidden\r\n..two\r\n", b".hidden\r\n..two\r\n"),
        (b"a\n.\nb", b"a\r\n.\r\nb\r\n"),
        (b"a\r.\rb\r\n", b"a\r\n.\r\nb\r\n"),
        (b"a\r\n\n.b", b"a\r\n\r\n.b\r\n"),
        (b"", b"\r\n"),
        (b"x" * 900_000 + b"\r\n", b"x" * 900_000 + b"\r\n"),
        (b"x" * 997 + b"\n" + b"." * 998, b"x" * 997 + b"\r\n" + b"." * 998 + b"\r\n"),
    ],
    ids=[
        "lone dot",
        "dot only",
        "leading dots",
        "bare LF",
        "bare CR",
        "mixed",
        "empty",
        "very long line",
        "long lines",
    ],
)
def test_dots_line_ends_and_lengths_do_no_harm(
    transport: Transport, server: ScriptedServer, content: bytes, arrives: bytes
) -> None:
    send(transport, ADA, content)
    send(transport, BEN)

    assert [one.content for one in server.taken] == [arrives, MAIL]


REFUSALS = [
    ("RCPT", "550 5.1.1 unknown", True, True),
    ("RCPT", "551 not local", True, True),
    ("RCPT", "553 not allowed", True, True),
    ("RCPT", "450 4.2.0 greylisted", False, True),
    ("RCPT", "452 4.2.2 full", False, True),
    ("DATA", "554 5.7.1 no", True, False),
    ("DATA", "451 4.3.0 later", False, False),
    ("DOT", "552 5.3.4 too big", True, False),
    ("DOT", "554 5.7.1 spam", True, False),
    ("DOT", "451 4.3.0 later", False, False),
    ("DOT", "550-5.1.1 unknown,\n550 5.1.1 and said late", True, True),
]


@pytest.mark.parametrize(("step", "answer", "is_permanent", "is_about_recipient"), REFUSALS)
def test_refused_mail_blames_mail_or_recipient_and_leaves_the_connection(
    transport: Transport,
    server: ScriptedServer,
    step: str,
    answer: str,
    is_permanent: bool,
    is_about_recipient: bool,
) -> None:
    server.next(step, answer)
    with pytest.raises(Refused) as refused:
        send(transport, ADA)
    send(transport, BEN)

    found = refused.value
    assert (found.is_permanent, found.is_about_recipient) == (is_permanent, is_about_recipient)
    assert found.code == int(answer[:3])
    assert (server.recipients, server.connections) == ([BEN], 1)


@pytest.mark.parametrize("ending", ["", AND_CUT])
def test_enhanced_code_and_words_are_kept(transport: Transport, server: ScriptedServer, ending: str) -> None:
    server.next("RCPT", f"550 5.1.1 no such person{ending}")
    with pytest.raises(Refused) as refused:
        send(transport)
    send(transport, BEN)

    found = refused.value
    assert (found.enhanced, found.reply) == ("5.1.1", "5.1.1 no such person")
    assert server.recipients == [BEN]


def test_server_that_awaits_a_body_in_vain_is_left(transport: Transport, server: ScriptedServer) -> None:
    server.is_careless = True
    server.next("RCPT", "550 5.1.1 unknown")
    started = monotonic()
    with pytest.raises(Refused):
        send(transport, ADA)
    send(transport, BEN)

    assert server.recipients == [BEN]
    assert monotonic() - started < 1


UNUSABLE = [
    ("CONNECT", "421 busy", TEMPORARY),
    ("CONNECT", "421 4.7.0 too many connections", THROTTLED),
    ("CONNECT", CUT, TEMPORARY),
    ("CONNECT", "HTTP/1.1 400 Bad Request", TEMPORARY),
    ("EHLO", "502 what?", CONFIGURATION),
    ("EHLO", CUT, TEMPORARY),
    ("AUTH", "535 5.7.8 wrong", CONFIGURATION),
    ("AUTH", "534 5.7.9 not so", CONFIGURATION),
    ("AUTH", "530 5.7.0 first something else", CONFIGURATION),
    ("AUTH", "550 5.7.30 Basic authentication is not supported", CONFIGURATION),
    ("AUTH", "454 4.7.0 later", TEMPORARY),
    ("AUTH", "432 4.3.2 Concurrent connections limit exceeded", THROTTLED),
    ("AUTH", CUT, TEMPORARY),
    ("MAIL", "550 5.1.8 who are you?", CONFIGURATION),
    ("MAIL", "530 5.7.57 not authenticated", CONFIGURATION),
    ("MAIL", "451 4.3.0 later", TEMPORARY),
    ("MAIL", "421 closing" + AND_CUT, TEMPORARY),
    ("MAIL", CUT, TEMPORARY),
    ("RCPT", "421 closing" + AND_CUT, TEMPORARY),
    ("RCPT", "530 5.7.0 sign in", CONFIGURATION),
    ("RCPT", CUT, TEMPORARY),
    ("DATA", "250 what?", TEMPORARY),
    ("DATA", "421 closing" + AND_CUT, TEMPORARY),
    ("DATA", CUT, TEMPORARY),
    ("BODY", CUT, TEMPORARY),
    ("BODY", "421 4.4.2 too slow" + AND_CUT, TEMPORARY),
    ("DOT", "421 4.3.2 shutting down", TEMPORARY),
    ("DOT", "432 4.3.2 Concurrent connections limit exceeded", THROTTLED),
    ("DOT", "550 5.7.30 Basic authentication is not supported", CONFIGURATION),
    ("DOT", "550 5.7.60 may not send as this sender", CONFIGURATION),
]


@pytest.mark.parametrize(("step", "answer", "pause"), UNUSABLE)
def test_unusable_server_is_to_blame_and_no_mail(
    transport: Transport, server: ScriptedServer, step: str, answer: str, pause: RelayPause
) -> None:
    server.next(step, answer)
    with pytest.raises(RelayUnusable) as unusable:
        send_patiently(transport, server, step)

    assert unusable.value.pause is pause
    assert str(server.port) in unusable.value.reason
    assert (transport.is_open, server.taken) == (False, [])
    send(transport)
    assert server.recipients == [ADA]


def test_reason_names_no_recipient(transport: Transport, server: ScriptedServer) -> None:
    server.next("RCPT", f"530 5.7.0 <{ADA}>: sign in first")
    with pytest.raises(RelayUnusable) as unusable:
        send(transport)

    assert ADA not in unusable.value.reason
    assert "sign in first" in unusable.value.reason


def send_patiently(transport: Transport, server: ScriptedServer, step: str) -> None:
    """Let what happens within the body come before the final dot."""
    offer(transport)
    if step == "BODY":
        hear(transport)
    transport.complete()


def test_nobody_at_the_port_is_temporary() -> None:
    with pytest.raises(RelayUnusable) as unusable:
        Transport(settings(MAIL_PORT=free_port())).ready()
    assert unusable.value.pause is TEMPORARY
    assert "refused" in unusable.value.reason


def test_unknown_name_is_temporary() -> None:
    with pytest.raises(RelayUnusable) as unusable:
        Transport(settings(MAIL_SERVER="mail.invalid")).ready()
    assert unusable.value.pause is TEMPORARY


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"])
def test_server_that_never_answers_is_left_in_time(
    impatient: Transport, server: ScriptedServer, step: str
) -> None:
    server.next(step, HANG)
    started = monotonic()
    with pytest.raises(RelayUnusable) as unusable:
        send(impatient)

    assert monotonic() - started < 1.5
    assert unusable.value.pause is TEMPORARY


def test_answer_that_comes_drop_by_drop_is_not_awaited_for_ever(
    impatient: Transport, server: ScriptedServer
) -> None:
    server.next("MAIL", Answer("250 " + "o" * 100, seconds_per_byte=0.1))
    started = monotonic()
    with pytest.raises(RelayUnusable):
        send(impatient)
    assert monotonic() - started < 1.5


def test_client_that_nobody_reads_gives_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # it is never accepted, and says nothing
        port = listener.getsockname()[1]
        deaf = Transport(settings(MAIL_PORT=port, MAIL_COMMAND_TIMEOUT_SECONDS=0.2))
        started = monotonic()
        with pytest.raises(RelayUnusable):
            deaf.ready()
        assert monotonic() - started < 1.5


@pytest.mark.parametrize("answer", [CUT, HANG, "354 go on", "what?"])
def test_lost_answer_to_the_final_dot_leaves_the_fate_unknown(
    impatient: Transport, server: ScriptedServer, answer: str
) -> None:
    server.next("DOT", answer)
    with pytest.raises(FateUnknown):
        send(impatient)

    assert not impatient.is_open
    send(impatient, BEN)
    assert server.recipients[-1] == BEN


@pytest.mark.parametrize("ending", [CUT, "421 4.4.2 too slow"])
def test_server_that_hangs_up_between_offer_and_dot_has_certainly_not_taken_it(
    transport: Transport, server: ScriptedServer, ending: str
) -> None:
    server.next("BODY", Answer(ending, seconds=0.1, is_last=True))
    offer(transport)
    hear(transport)
    with pytest.raises(RelayUnusable):
        transport.complete()


def test_mail_refused_in_its_middle_is_to_blame_itself(transport: Transport, server: ScriptedServer) -> None:
    server.next("BODY", "552 5.3.4 too big" + AND_CUT)
    with pytest.raises(Refused) as refused:
        send_patiently(transport, server, "BODY")
    send(transport, BEN)

    assert refused.value.is_permanent
    assert server.recipients == [BEN]


def test_server_that_speaks_before_the_end_is_heard_before_the_dot_is_thought_of(
    transport: Transport, server: ScriptedServer
) -> None:
    server.next("BODY", "552 5.3.4 too big")
    transport.ready()
    with pytest.raises(Refused):
        transport.offer(SENDER, ADA, MAIL + (b"x" * 70 + b"\r\n") * 100_000)


def test_connection_is_renewed_after_a_hundred_mails(server: ScriptedServer, transport: Transport) -> None:
    for _ in range(201):
        send(transport)

    per_connection = [[mail.connection for mail in server.taken].count(number) for number in (1, 2, 3)]
    assert per_connection == [100, 100, 1]


def test_connection_is_renewed_after_its_time(
    server: ScriptedServer, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(transport)
    send(transport)
    monkeypatch.setattr("registration.mail.transport.SECONDS_PER_CONNECTION", 0)
    send(transport)

    assert [mail.connection for mail in server.taken] == [1, 1, 2]


def test_connection_that_the_server_closed_is_replaced_unnoticed(
    server: ScriptedServer, transport: Transport
) -> None:
    server.next("DOT", "250 taken, and good-bye" + AND_CUT)
    send(transport)
    wait_until(lambda: server.open == 0)
    send(transport, BEN)

    assert [mail.connection for mail in server.taken] == [1, 2]


def test_server_that_said_good_bye_while_idle_is_called_again(
    server: ScriptedServer, transport: Transport
) -> None:
    server.next("DOT", "250 taken\n421 4.4.2 idle for too long" + AND_CUT)
    send(transport)
    send(transport, BEN)

    assert [mail.connection for mail in server.taken] == [1, 2]


def test_connection_that_ends_while_the_next_mail_begins_is_replaced_once(
    server: ScriptedServer, transport: Transport
) -> None:
    send(transport)
    server.next("MAIL", CUT)
    send(transport, BEN)
    assert [mail.connection for mail in server.taken] == [1, 2]

    server.next("MAIL", CUT, CUT)
    with pytest.raises(RelayUnusable):
        send(transport)


def test_server_that_says_good_bye_badly_is_no_trouble(server: ScriptedServer, transport: Transport) -> None:
    send(transport)
    server.next("QUIT", CUT)
    transport.close()

    assert (transport.is_open, server.recipients) == (False, [ADA])


def test_server_that_does_not_answer_to_good_bye_is_not_awaited_for_long(
    server: ScriptedServer, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registration.mail.transport.SECONDS_FOR_GOOD_BYE", 0.1)
    send(transport)
    server.next("QUIT", HANG)
    started = monotonic()
    transport.close()

    assert monotonic() - started < 1


def test_it_tells_whether_it_is_open_and_since_when_it_is_silent(transport: Transport) -> None:
    assert not transport.is_open
    send(transport)
    sleep(0.05)
    assert transport.is_open
    assert 0.05 <= transport.idle_seconds < 5

    transport.close()
    assert not transport.is_open


def test_answers_in_pieces_are_put_together(server: ScriptedServer, transport: Transport) -> None:
    server.next("MAIL", Answer("250-first\n250-second\n250 third", seconds_per_byte=0.002))
    server.next("RCPT", Answer("250-2.1.5 yes\n250 2.1.5 really", seconds_per_byte=0.002))
    server.next("DATA", Answer("354 go on", seconds_per_byte=0.002))
    server.next("DOT", Answer("250-2.0.0 taken\n250 2.0.0 as 4711", seconds_per_byte=0.002))

    accepted = send(transport)

    assert (accepted.code, accepted.reply) == (250, "2.0.0 taken\n2.0.0 as 4711")
    assert server.taken[0].content == MAIL


@pytest.mark.parametrize(
    "recipient",
    ["", "no address", "a@b\r\nRCPT TO:<c@d>", "a@b> SIZE=1", "jürgen@example.org", "a\0@b", "<a@b>"],
)
def test_what_is_no_address_never_reaches_the_server(
    server: ScriptedServer, transport: Transport, recipient: str
) -> None:
    with pytest.raises(Refused) as refused:
        send(transport, recipient)

    assert (refused.value.is_permanent, refused.value.is_about_recipient) == (True, True)
    assert not [one for one in server.heard if one.words.startswith(("MAIL", "RCPT"))]
    send(transport, BEN)
    assert server.recipients == [BEN]


def test_one_command_at_a_time_where_pipelining_is_not_offered(
    server: ScriptedServer, transport: Transport
) -> None:
    server.next("RCPT", "550 5.1.1 unknown")
    with pytest.raises(Refused):
        send(transport)

    said = [one.words.split()[0] for one in server.heard]
    assert ("DATA" in said) is server.pipelining


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_server_that_takes_no_more_mails_on_a_connection_gets_the_next_on_another(
    server: ScriptedServer, transport: Transport, step: str
) -> None:
    send(transport)
    server.next(step, "421 4.7.0 enough mails on this connection" + AND_CUT)
    send(transport, BEN)
    assert [mail.connection for mail in server.taken] == [1, 2]

    server.next("MAIL", *["421 4.3.2 shutting down" + AND_CUT] * 2)
    with pytest.raises(RelayUnusable):
        send(transport)


def test_server_that_complains_about_too_many_connections_is_not_called_again_at_once(
    server: ScriptedServer, transport: Transport
) -> None:
    send(transport)
    server.next("MAIL", "421 4.7.0 too many connections" + AND_CUT)
    with pytest.raises(RelayUnusable) as unusable:
        send(transport, BEN)

    assert (unusable.value.pause, server.connections) == (THROTTLED, 1)


def test_good_bye_is_not_said_into_a_body(server: ScriptedServer, transport: Transport) -> None:
    offer(transport)
    transport.close()
    wait_until(lambda: server.open == 0)

    assert (server.taken, transport.is_open) == ([], False)


def test_it_tells_how_long_it_has_waited(server: ScriptedServer, transport: Transport) -> None:
    server.seconds["DOT"] = 0.3
    send(transport)

    assert 0.3 <= transport.waiting.seconds < 1
