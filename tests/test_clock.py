"""The one place that reads the time (T-16)."""

import time

from registration import clock


def test_now_is_the_same_instant_wherever_the_server_stands() -> None:
    """T-01: in a full run the tests live in two time zones."""
    before = time.time()
    now = clock.now().timestamp()

    assert before <= now <= time.time()
