"""Senders of one worker: when a second connection is worth it."""

from time import monotonic, sleep

import pytest

from registration.advisory import Locks
from registration.extensions import db
from registration.mail.stopwatch import Stopwatch
from registration.sending import Sender, senders


@pytest.fixture
def two(make_app):
    app = make_app(MAIL_CONNECTIONS=2)
    with app.app_context():
        locks = Locks(db.engine)
        yield senders(app, locks, lambda: False)
        locks.close()


def begin(watch: Stopwatch, seconds_ago: float, ran_for: float) -> None:
    watch._began, watch._before = monotonic() - seconds_ago, watch._before_that + ran_for


@pytest.mark.parametrize(("waited_seconds", "is_woken"), [(2.0, False), (8.0, True)])
def test_the_next_sender_is_woken_when_the_first_waits_most_of_its_time(
    two: list[Sender], waited_seconds: float, is_woken: bool
) -> None:
    first, second = two
    begin(first._transport.waiting, 10, waited_seconds)

    first._has_more()

    assert second.wanted.is_set() is is_woken


def test_the_last_sender_has_nobody_to_wake(two: list[Sender]) -> None:
    last = two[-1]
    begin(last._transport.waiting, 10, 9.0)

    last._has_more()

    assert not any(one.wanted.is_set() for one in two)


def test_the_time_is_looked_at_from_the_beginning_on() -> None:
    watch = Stopwatch()
    begin(watch, 1_800, ran_for=180)
    watch.begin(after_seconds=3_600)
    assert watch.share == pytest.approx(0.1, abs=0.01)

    watch.begin(after_seconds=10)
    with watch.running():
        sleep(0.05)
        assert watch.share == pytest.approx(1.0, abs=0.05)


def test_what_was_long_ago_wakes_nobody_and_keeps_nobody_asleep(two: list[Sender]) -> None:
    first, second = two
    begin(first._transport.waiting, 1_800, ran_for=180)
    first._deliver_batch()  # nothing is due
    begin(first._transport.waiting, 10, ran_for=9.0)

    first._has_more()

    assert second.wanted.is_set()
