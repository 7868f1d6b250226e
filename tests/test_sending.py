"""Senders of one worker: when a second connection is worth it."""

from time import monotonic

import pytest

from registration.advisory import Locks
from registration.extensions import db
from registration.sending import Sender, senders


@pytest.fixture
def two(make_app):
    app = make_app(MAIL_CONNECTIONS=2)
    with app.app_context():
        locks = Locks(db.engine)
        yield senders(app, locks, lambda: False)
        locks.close()


@pytest.mark.parametrize(("waited_seconds", "is_woken"), [(2.0, False), (8.0, True)])
def test_the_next_sender_is_woken_when_the_first_waits_most_of_its_time(
    two: list[Sender], waited_seconds: float, is_woken: bool
) -> None:
    first, second = two
    first._began = monotonic() - 10, 0.0
    first._transport.waiting._before = waited_seconds

    first._has_more()

    assert second.wanted.is_set() is is_woken


def test_the_last_sender_has_nobody_to_wake(two: list[Sender]) -> None:
    last = two[-1]
    last._began, last._transport.waiting._before = (monotonic() - 10, 0.0), 9.0

    last._has_more()

    assert not any(one.wanted.is_set() for one in two)
