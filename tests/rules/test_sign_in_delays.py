"""How long the next attempt has to wait."""

from datetime import timedelta

import pytest

from registration.rules.sign_in_delays import seconds_to_wait
from tests.times import NOW


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (3, 0), (4, 2), (5, 4), (6, 8), (10, 128), (12, 300), (500, 300)]
)
def test_wait_doubles_up_to_five_minutes(failures: int, seconds: int) -> None:
    assert seconds_to_wait(failures, NOW, now=NOW) == seconds


def test_wait_runs_from_the_latest_failure() -> None:
    assert seconds_to_wait(6, NOW, now=NOW + timedelta(seconds=5)) == 3
    assert seconds_to_wait(6, NOW, now=NOW + timedelta(seconds=8)) == 0


def test_clock_set_back_never_lengthens_the_wait() -> None:
    assert seconds_to_wait(6, NOW + timedelta(hours=1), now=NOW) == 8


def test_everybody_together_waits_late_and_shortly() -> None:
    assert seconds_to_wait(499, NOW, now=NOW, is_everybody=True) == 0
    assert seconds_to_wait(5000, NOW, now=NOW, is_everybody=True) == 2
