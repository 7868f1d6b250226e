"""The pace of sending (M-55)."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from registration.rules.pace import AT_ONCE, BULK_AT_ONCE, SLOW_PER_MINUTE, Claimed, Pace, pace
from tests.times import NOW

MINUTE = timedelta(minutes=1)
SECONDS = timedelta(seconds=1)


def sent_at(pace: Pace, *, minutes: int, is_bulk: bool, every: timedelta = SECONDS / 2) -> list[datetime]:
    """When mails leave, as somebody asks again and again and there is always one more."""
    until: datetime | None = None
    sent: list[datetime] = []
    now = NOW
    while now < NOW + minutes * MINUTE:
        room = pace.room(until, now, is_bulk=is_bulk)
        until = pace.after(room, until, now) if room else until
        sent += [now] * room
        now += every
    return sent


def most_in_a_minute(sent: list[datetime]) -> int:
    return max(sum(first <= one < first + MINUTE for one in sent) for first in sent)


@given(per_minute=st.integers(1, 120), milliseconds=st.integers(100, 5_000), is_bulk=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_minute_sees_more_than_the_pace(per_minute: int, milliseconds: int, is_bulk: bool) -> None:
    every = timedelta(milliseconds=milliseconds)
    sent = sent_at(Pace(per_minute), minutes=3, is_bulk=is_bulk, every=every)

    assert most_in_a_minute(sent) <= per_minute


@given(delays=st.lists(st.floats(0, 90), min_size=1, max_size=8), is_bulk=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_server_that_takes_its_time_sees_no_more_in_a_minute_either(
    delays: list[float], is_bulk: bool
) -> None:
    """What was claimed together leaves late and together, one batch after the other."""
    paced, until, now = Pace(25), None, NOW
    sent: list[datetime] = []
    for seconds in [one for delay in delays for one in (delay, 0, 0, 0.5, 3)]:
        room = paced.room(until, now, is_bulk=is_bulk)
        claimed = Claimed(room, now, until)
        until = paced.after(room, until, now) if room else until
        now += timedelta(seconds=seconds)
        if room:
            until = paced.settled(until, claimed, [now] * room)
            sent += [now] * room
        now += SECONDS

    assert most_in_a_minute(sent) <= 25


def test_what_did_not_leave_is_given_back_and_no_more() -> None:
    paced = Pace(25)
    until = paced.after(5, None, NOW)

    assert paced.settled(until, Claimed(5, NOW, None), []) == NOW
    assert paced.settled(until, Claimed(5, NOW, None), [NOW, NOW]) == NOW + 2 * paced.interval
    long_ago = NOW - timedelta(days=1)
    assert paced.settled(until, Claimed(5, NOW, long_ago), []) == NOW


def test_what_others_have_claimed_meanwhile_stays_used() -> None:
    paced = Pace(25)
    ours = paced.after(2, None, NOW)
    both = paced.after(3, ours, NOW)

    assert paced.settled(both, Claimed(2, NOW, None), [NOW]) == NOW + 4 * paced.interval
    assert paced.settled(both, Claimed(2, NOW, None), [NOW, NOW]) == both


def test_answers_use_all_of_the_first_minute_and_most_of_the_next_ones() -> None:
    """Five at once, and then one every three seconds."""
    sent = sent_at(Pace(25), minutes=10, is_bulk=False)

    assert most_in_a_minute(sent) == 25
    assert len(sent) >= 10 * (25 - AT_ONCE)


def test_a_pace_of_one_is_one_a_minute() -> None:
    assert len(sent_at(Pace(1), minutes=10, is_bulk=False)) == 10
    assert len(sent_at(Pace(1), minutes=10, is_bulk=True)) == 10


def test_bulk_leaves_two_at_once_at_most() -> None:
    assert Pace(25).room(None, NOW, is_bulk=True) == BULK_AT_ONCE
    assert len(sent_at(Pace(25), minutes=10, is_bulk=True)) >= 10 * (25 - AT_ONCE)


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
