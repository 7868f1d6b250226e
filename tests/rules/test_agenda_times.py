"""A programme lies within its session."""

from datetime import datetime, time

import pytest

from registration.rules.agenda_times import outside
from tests.mail.cast import wall

NINE, TEN, NOON, ONE = time(9), time(10), time(12), time(13)
AT_NIGHT = time(1, 30)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (wall(2027, 2, 24, 9), wall(2027, 2, 24, 13), [AT_NIGHT]),
        (wall(2027, 2, 24, 10), wall(2027, 2, 24, 12), [AT_NIGHT, NINE, ONE]),
        (wall(2027, 2, 24, 12), wall(2027, 2, 25, 2), [NINE, TEN]),
        (wall(2027, 2, 24, 12), wall(2027, 2, 25, 12), []),
    ],
)
def test_times_before_the_start_and_after_the_end_are_found(
    start: datetime, end: datetime, found: list[time]
) -> None:
    assert outside([AT_NIGHT, NINE, TEN, NOON, ONE], start, end) == found
