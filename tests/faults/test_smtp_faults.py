"""Twenty kinds of trouble, each many times: no mail is lost, none comes twice unnoticed (battery, row 6)."""

from collections import Counter
from dataclasses import dataclass
from itertools import count

import pytest

from registration.vocabulary import OutboxState
from tests.faults.numbers import ANSWERS_PER_KIND
from tests.faults.trouble import Day
from tests.servers.scripted_smtp import AND_CUT, CUT, HANG, Answer

NEVER_TAKEN, TAKEN_TWICE = 0, 2


@dataclass(frozen=True)
class Kind:
    """One answer at one step, and how often the mail is taken in the end; `is_all`: whoever it is for."""

    step: str
    answer: str | Answer
    taken: int = 1
    is_all: bool = True


KINDS = [
    Kind("CONNECT", CUT),
    Kind("CONNECT", HANG),
    Kind("CONNECT", "421 4.3.2 busy"),
    Kind("EHLO", "421 4.3.2 closing" + AND_CUT),
    Kind("AUTH", "535 5.7.3 no"),
    Kind("AUTH", "454 4.7.0 later"),
    Kind("MAIL", "451 4.3.0 later"),
    Kind("MAIL", "432 4.3.2 concurrent connections"),
    Kind("RCPT", CUT, is_all=False),
    Kind("RCPT", "450 4.2.0 greylisted", is_all=False),
    Kind("RCPT", "550 5.1.1 unknown", NEVER_TAKEN, is_all=False),
    Kind("DATA", "451 4.3.0 later", is_all=False),
    Kind("DATA", HANG, is_all=False),
    Kind("BODY", CUT, is_all=False),
    Kind("DOT", "452 4.3.1 disk full", is_all=False),
    Kind("DOT", "552 5.3.4 too large", NEVER_TAKEN, is_all=False),
    Kind("DOT", Answer(CUT, is_taken=False), is_all=False),
    Kind("DOT", CUT, TAKEN_TWICE, is_all=False),
    Kind("DOT", HANG, TAKEN_TWICE, is_all=False),
    Kind("QUIT", CUT),
]


def test_twenty_kinds_of_trouble_lose_no_mail_and_repeat_none_unnoticed(day: Day) -> None:
    for _ in range(ANSWERS_PER_KIND):
        for kind in KINDS:
            suffer(day, kind)

    print(f"{ANSWERS_PER_KIND * len(KINDS)} faults, {len(day.server.taken)} mails taken")
    assert len(KINDS) == 20


def suffer(day: Day, kind: Kind) -> None:
    """One fault, with a mail before and one behind it."""
    before, hit, behind = people = day.register(3)
    first = len(day.server.taken)
    day.server.next(kind.step, kind.answer, to="" if kind.is_all else hit)
    for number in count():
        day.deliver()
        states = day.states(people)
        if number == 0 and not kind.taken:
            assert states[1] is OutboxState.FAILED, kind  # at once
        if OutboxState.QUEUED not in states:
            break
        assert number < 10, kind
        day.later(minutes=20)

    taken = day.server.taken[first:]
    times = Counter(one.recipient for one in taken)
    assert states == [OutboxState.SENT, fate(kind), OutboxState.SENT], kind
    assert (times[before], times[hit], times[behind]) == (1, kind.taken, 1), kind
    assert len({one.content for one in taken if one.recipient == hit}) == min(kind.taken, 1), kind
    mail = day.mail_to(hit)
    assert {one.message_id for one in taken if one.recipient == hit} <= {mail.message_id}
    assert mail.is_uncertain or times[hit] < TAKEN_TWICE, kind


def fate(kind: Kind) -> OutboxState:
    return OutboxState.SENT if kind.taken else OutboxState.FAILED


@pytest.mark.parametrize("ways_to_go_on", ["resumed", "probed"])
def test_login_that_is_broken_and_mended_brings_each_mail_once(day: Day, ways_to_go_on: str) -> None:
    day.server.always("AUTH", "535 5.7.3 Authentication unsuccessful")
    people = []
    for _ in range(6):
        people += day.register(2)
        day.deliver()
        day.later(minutes=10)
    assert day.server.taken == []

    day.server.be_decent()
    if ways_to_go_on == "resumed":
        day.resume()
    else:
        day.later(minutes=16)
    day.deliver()

    assert Counter(day.server.recipients) == Counter(people)
    assert day.pause() is None


def test_server_that_is_down_for_an_hour_while_people_register_brings_each_mail_once(day: Day) -> None:
    day.server.always("CONNECT", CUT)
    people = []
    for _ in range(60):
        people += day.register()
        day.deliver()
        day.later(minutes=1)
    assert day.server.taken == []
    assert day.server.connections <= 8  # it was left in peace

    day.server.be_decent()
    for _ in range(40):  # by then the longest pause that could have begun is over
        day.deliver()
        day.later(minutes=1)

    assert Counter(day.server.recipients) == Counter(people)
    assert (day.pause(), day.banner(), day.health()) == (None, "", 200)
