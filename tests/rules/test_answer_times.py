"""A request is answered within one month (Art. 12 (3) GDPR)."""

from datetime import date

import pytest

from registration.rules.answer_times import month_after


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        (date(2027, 1, 16), date(2027, 2, 16)),
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2027, 12, 31), date(2028, 1, 31)),
        (date(2027, 11, 30), date(2027, 12, 30)),
    ],
)
def test_a_month_ends_on_the_same_day_or_on_its_last(asked: date, until: date) -> None:
    assert month_after(asked) == until
