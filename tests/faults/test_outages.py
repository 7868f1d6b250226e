"""A mail server that is away for long, or that lets nobody sign in: when it is back each mail leaves once."""

from collections import Counter
from datetime import timedelta

import pytest

from registration.rules.pauses import longest_pause
from tests.faults.trouble import Day
from tests.servers.scripted_smtp import CUT


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
    for _ in range(longest_pause() // timedelta(minutes=1) + 1):  # it may have begun in the last minute
        day.deliver()
        day.later(minutes=1)

    assert Counter(day.server.recipients) == Counter(people)
    assert (day.pause(), day.banner(), day.health()) == (None, "", 200)
