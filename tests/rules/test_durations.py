"""How long until something, as people say it."""

from datetime import timedelta

import pytest

from registration.rules.durations import Duration, in_people_words


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(seconds=5), Duration(1, "minutes")),
        (timedelta(minutes=25, seconds=59), Duration(25, "minutes")),
        (timedelta(minutes=60), Duration(1, "hours")),
        (timedelta(hours=47, minutes=59), Duration(47, "hours")),
        (timedelta(hours=71), Duration(2, "days")),
    ],
)
def test_time_left_is_rounded_down_so_that_nobody_comes_too_late(left: timedelta, said: Duration) -> None:
    assert in_people_words(left) == said
