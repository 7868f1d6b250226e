"""The pace of sending (M-55)."""

from datetime import timedelta

from registration.rules.pace import AT_ONCE, BULK_AT_ONCE, SLOW_PER_MINUTE, Pace, pace
from tests.times import NOW

MINUTE = timedelta(minutes=1)


def sent_within(seconds: int, *, is_bulk: bool) -> int:
    """How many mails leave when somebody asks each second and there is always one more."""
    paced, until, sent = Pace(25), None, 0
    for second in range(seconds):
        now = NOW + timedelta(seconds=second)
        room = paced.room(until, now, is_bulk=is_bulk)
        until = paced.after(room, until, now) if room else until
        sent += room
    return sent


def test_no_minute_sees_more_than_the_pace_and_five() -> None:
    assert sent_within(60, is_bulk=False) <= 25 + AT_ONCE
    assert 240 <= sent_within(600, is_bulk=False) <= 250 + AT_ONCE


def test_bulk_leaves_two_at_once_at_most() -> None:
    assert Pace(25).room(None, NOW, is_bulk=True) == BULK_AT_ONCE
    assert 240 <= sent_within(600, is_bulk=True) <= 250 + BULK_AT_ONCE


def test_single_answers_have_room_beside_bulk() -> None:
    after_bulk = Pace(25).after(BULK_AT_ONCE, None, NOW)

    assert Pace(25).room(after_bulk, NOW, is_bulk=True) == 0
    assert Pace(25).room(after_bulk, NOW, is_bulk=False) == AT_ONCE - BULK_AT_ONCE


def test_a_night_without_mails_is_no_credit() -> None:
    assert Pace(25).room(NOW - timedelta(hours=9), NOW, is_bulk=False) == AT_ONCE


def test_a_clock_that_was_an_hour_ahead_stops_nobody() -> None:
    assert Pace(25).room(NOW + timedelta(hours=1), NOW, is_bulk=False) == AT_ONCE


def test_no_limit_is_no_pace_until_the_server_complains() -> None:
    assert pace(0, is_slow=False) is None
    assert pace(0, is_slow=True) == pace(25, is_slow=True) == Pace(SLOW_PER_MINUTE)
    assert pace(6, is_slow=True) == Pace(6)
