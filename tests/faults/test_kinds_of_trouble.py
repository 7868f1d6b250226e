"""Every row of M-54: what leaves, what becomes of each mail, how the queue pauses, what an organiser sees."""

from datetime import timedelta

import pytest

from registration.advisory import Locks
from registration.extensions import db
from registration.sending import Sender
from registration.vocabulary import OutboxState, RelayPause
from tests.faults.trouble import Day
from tests.servers.certificates import Authority
from tests.servers.ports import free_port
from tests.servers.scripted_smtp import AND_CUT, CUT, HANG, ScriptedServer

QUEUED, SENT, FAILED = OutboxState.QUEUED, OutboxState.SENT, OutboxState.FAILED
MINUTE = timedelta(minutes=1)
UNREACHABLE = "Der Mailserver ist gerade nicht erreichbar"
TURNED_AWAY = "Der E-Mail-Versand steht still: Der Mailserver weist uns ab"
UNAVAILABLE = 503


def about(minutes: int, *, span: timedelta | None) -> bool:
    """Whether it is so long, as exactly as pauses are (± 20 %)."""
    return span is not None and 0.8 * minutes * MINUTE <= span <= 1.2 * minutes * MINUTE


def all_wait(day: Day, people: list[str], why: RelayPause, minutes: int) -> None:
    """Nothing is sent, no mail loses an attempt, and the server is left alone."""
    before, taken = day.server.connections, len(day.server.taken)
    day.deliver()
    pause = day.pause()

    assert pause is not None
    assert pause[0] is why
    assert about(minutes, span=pause[1])
    assert day.server.connections == before
    assert len(day.server.taken) == taken
    assert day.states(people) == [QUEUED] * len(people)
    assert {day.mail_to(one).attempts for one in people} == {0}


def all_leave_once(day: Day, people: list[str]) -> None:
    day.deliver()
    assert day.states(people) == [SENT] * len(people)
    assert sorted(day.server.recipients) == sorted(people)
    assert (day.pause(), day.banner(), day.health()) == (None, "", 200)
    day.server.taken.clear()


def test_server_that_cannot_be_used_now_lets_the_whole_queue_wait(day: Day) -> None:
    for step, answer in [
        ("CONNECT", "554 no service"),
        ("CONNECT", "421 too busy"),
        ("CONNECT", CUT),
        ("CONNECT", HANG),
        ("EHLO", "421 closing"),
        ("AUTH", "454 4.7.0 try later"),
        ("MAIL", "421 4.3.2 closing"),
        ("MAIL", "451 4.3.0 try later"),
        ("MAIL", CUT),
        ("RCPT", "421 closing" + AND_CUT),
        ("RCPT", CUT),
        ("DATA", "421 closing" + AND_CUT),
        ("DATA", CUT),
        ("DATA", HANG),
        ("BODY", CUT),
        ("DOT", "421 4.3.2 shutting down" + AND_CUT),
    ]:
        people = day.register(2)
        day.server.next(step, answer)
        day.deliver()
        all_wait(day, people, RelayPause.TEMPORARY, minutes=1)
        assert (day.banner(), day.health()) == (UNREACHABLE, 200), step

        day.later(minutes=3)
        all_leave_once(day, people)


def test_server_that_is_not_there_lets_the_whole_queue_wait_longer_and_longer(day: Day) -> None:
    people = day.register(2)
    pauses = []
    with day.settings(MAIL_PORT=free_port()):
        for _ in range(8):
            day.deliver()
            pause = day.pause()
            assert pause is not None
            assert pause[1] is not None
            pauses.append(pause[1])
            assert day.banner() == UNREACHABLE
            day.later(seconds=pause[1].total_seconds() + 1)
        assert all(
            about(minutes, span=span)
            for minutes, span in zip((1, 2, 5, 10, 15, 30, 60, 60), pauses, strict=True)
        )
        assert day.health() == UNAVAILABLE  # the mails are late by it
    all_leave_once(day, people)


def test_name_that_nobody_knows_and_handshake_that_never_ends_are_the_servers_fault(day: Day) -> None:
    people = day.register(2)
    with ScriptedServer(tls="ssl") as mute:
        for settings in ({"MAIL_SERVER": "mail.invalid"}, mute.settings):
            with day.settings(**settings):
                day.deliver()
                all_wait(day, people, RelayPause.TEMPORARY, minutes=1)
                assert day.banner() == UNREACHABLE
                day.resume()
    all_leave_once(day, people)


@pytest.fixture
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_no_mail_leaves_to_a_server_without_proof_or_encryption(day: Day, authority: Authority) -> None:
    people = day.register(2)
    trusted = {"MAIL_CA_FILE": str(authority.file)}
    wrong = authority.context("other.example.org")
    with ScriptedServer(tls="starttls", context=wrong) as other:
        for server, settings in (
            (other, other.settings | trusted),
            (day.server, {"MAIL_USE_TLS": True}),  # it offers none
        ):
            with day.settings(**settings):
                day.deliver()
                all_wait(day, people, RelayPause.CONFIGURATION, minutes=15)
                assert (day.banner(), day.health()) == (TURNED_AWAY, UNAVAILABLE)
                assert not [one for one in server.heard if one.words[:4] in ("AUTH", "MAIL")]
                day.resume()
    all_leave_once(day, people)


def test_wrong_settings_mark_nobody_and_wait_for_who_mends_them(day: Day) -> None:
    for number, (step, answer) in enumerate(
        [
            ("AUTH", "535 5.7.3 Authentication unsuccessful"),
            ("AUTH", "534 5.7.9 stronger mechanism needed"),
            ("MAIL", "530 5.7.57 Client not authenticated to send mail"),
            ("RCPT", "550 5.7.30 Basic authentication is not supported"),
            ("DOT", "550 5.7.30 Basic authentication is not supported"),
            ("MAIL", "550 5.7.1 not from you"),
            ("MAIL", "553 5.1.8 unknown sender"),
            ("EHLO", "550 go away"),
        ]
    ):
        people = day.register(2)
        day.server.always(step, answer)
        day.deliver()
        all_wait(day, people, RelayPause.CONFIGURATION, minutes=15)
        assert (day.banner(), day.health()) == (TURNED_AWAY, UNAVAILABLE)
        assert answer.split()[0] in day.says("/organiser")

        day.later(minutes=16)
        taken = len(day.server.taken)
        day.deliver()  # tried, and still wrong
        assert (day.states(people), len(day.server.taken)) == ([QUEUED] * 2, taken)
        day.server.be_decent()
        if number % 2:
            day.resume()
        day.later(minutes=18)  # the one in hand comes a minute after the others
        all_leave_once(day, people)


def test_recipient_who_is_refused_for_now_waits_alone(day: Day) -> None:
    for answer in ("450 4.2.0 greylisted", "451 4.3.0 try later", "452 4.2.2 full"):
        ada, _ben = people = day.register(2)
        day.server.always("RCPT", answer, to=ada)
        for minutes in (5, 15, 30, 60, 240, 240):
            day.deliver()
            mail = day.mail_to(ada)
            assert day.states(people) == [QUEUED, SENT]
            assert about(minutes, span=mail.next_attempt_at - day.now)
            assert (day.pause(), day.banner(), mail.last_code) == (None, "", int(answer[:3]))
            day.later(seconds=(mail.next_attempt_at - day.now).total_seconds() + 1)
        day.server.be_decent()
        all_leave_once(day, people)


def test_recipient_who_is_refused_for_good_fails_alone(day: Day) -> None:
    for answer in (
        "550 5.1.1 unknown",
        "551 5.1.6 moved",
        "553 5.1.3 no address",
        "554 5.1.2 no domain",
    ):
        ada, ben = people = day.register(2)
        day.server.next("RCPT", answer, to=ada)
        day.deliver()
        day.later(days=1)
        day.deliver()

        assert day.states(people) == [FAILED, SENT]
        assert day.mail_to(ada).state_reason.startswith("Adresse unzustellbar")
        assert (day.server.recipients, day.pause(), day.banner(), day.health()) == ([ben], None, "", 200)
        assert "Adresse unzustellbar" in day.says("/organiser/mails?show=undelivered")
        day.server.taken.clear()


def test_mail_that_is_refused_for_good_fails_and_three_in_a_row_stop_the_queue(day: Day) -> None:
    for answer in ("552 5.3.4 too large", "554 5.7.1 spam"):
        ada, _ben = people = day.register(2)
        day.server.next("DOT", answer, to=ada)
        day.deliver()
        assert day.states(people) == [FAILED, SENT]
        assert day.mail_to(ada).state_reason.startswith("Nachricht abgelehnt")
        assert (day.pause(), day.banner()) == (None, "")

    people = day.register(5)
    day.server.always("DOT", "554 5.7.1 spam")
    day.deliver()
    assert day.states(people) == [FAILED] * 3 + [QUEUED] * 2
    assert day.pause() == (RelayPause.REJECTIONS, None)
    assert "Mehrere E-Mails nacheinander wurden abgelehnt" in day.banner()
    assert day.health() == UNAVAILABLE

    day.server.be_decent()
    day.later(days=1)
    day.deliver()
    assert day.states(people[3:]) == [QUEUED] * 2  # only a person knows whether it is mended
    day.resume()
    day.server.taken.clear()
    all_leave_once(day, people[3:])


def test_mail_whose_answer_is_lost_comes_again_with_the_same_bytes(day: Day) -> None:
    for answer in (CUT, HANG, "hello?"):
        ada, ben = people = day.register(2)
        day.server.next("DOT", answer, to=ada)
        day.deliver()
        mail = day.mail_to(ada)
        assert day.states(people) == [QUEUED, SENT]
        assert mail.is_uncertain
        assert about(5, span=mail.next_attempt_at - day.now)
        assert (day.pause(), day.banner()) == (None, "")

        day.later(minutes=7)
        day.deliver()
        copies = [one for one in day.server.taken if one.recipient == ada]
        assert day.states(people) == [SENT, SENT]
        assert {one.message_id for one in copies} == {mail.message_id}
        assert len({one.content for one in copies}) == 1
        assert day.server.recipients.count(ben) == 1
        day.server.taken.clear()


def test_server_that_wants_less_gets_one_connection_and_a_slow_pace(day: Day) -> None:
    for step, answer in [
        ("CONNECT", "432 4.3.2 Concurrent connections limit exceeded"),
        ("MAIL", "421 4.7.0 Too many concurrent connections"),
        ("RCPT", "451 4.3.2 too many connections, slow down"),
    ]:
        people = day.register(20)
        day.server.next(step, answer)
        day.deliver()
        all_wait(day, people, RelayPause.THROTTLED, minutes=1)
        assert (day.banner(), day.health()) == ("Der Mailserver bittet um eine Pause", 200)

        day.later(minutes=2)
        before = len(day.server.taken)
        for _ in range(60):
            day.deliver()
            day.later(seconds=1)
        assert 12 <= len(day.server.taken) - before <= 12 + 5  # in a minute
        with day.app.app_context():
            assert places(day) == ["mail-connection-1"]
        day.later(minutes=20)
        with day.app.app_context():
            assert len(places(day)) == 4
        all_leave_once(day, people)


def places(day: Day) -> list[str]:
    """The connections that a worker may open now."""
    with day.settings(MAIL_CONNECTIONS=4):
        return Sender(day.app, Locks(db.engine), lambda: False)._places()
