"""Working days of the federal states (T-03, T-08)."""

from datetime import date

import pytest

from registration.rules.working_days import is_working_day, working_days_after, working_days_before
from registration.vocabulary import FederalState


def test_weekends_are_no_working_days() -> None:
    week = [is_working_day(date(2027, 2, 22 + offset), FederalState.BW) for offset in range(7)]

    assert week == [True] * 5 + [False] * 2


def test_holidays_differ_between_federal_states() -> None:
    epiphany = date(2027, 1, 6)

    assert not is_working_day(epiphany, FederalState.BW)
    assert is_working_day(epiphany, FederalState.HE)


def test_the_working_day_before_a_monday_is_the_friday() -> None:
    assert working_days_before(date(2027, 2, 22), 1, FederalState.BW) == date(2027, 2, 19)


def test_easter_and_may_day_are_passed_over() -> None:
    assert working_days_before(date(2027, 3, 30), 1, FederalState.HE) == date(2027, 3, 25)
    assert working_days_after(date(2028, 4, 28), 1, FederalState.HE) == date(2028, 5, 2)


def test_counting_crosses_the_turn_of_the_year() -> None:
    assert working_days_before(date(2027, 1, 4), 2, FederalState.HE) == date(2026, 12, 30)
    assert working_days_after(date(2026, 12, 30), 2, FederalState.BW) == date(2027, 1, 4)


def test_no_working_days_leave_the_day_as_it_is() -> None:
    assert working_days_before(date(2027, 2, 21), 0, FederalState.BW) == date(2027, 2, 21)


@pytest.mark.parametrize("state", FederalState)
def test_every_federal_state_has_its_calendar(state: FederalState) -> None:
    assert not is_working_day(date(2027, 10, 3), state)
    assert not is_working_day(date(2028, 10, 3), state)
    assert is_working_day(date(2027, 2, 24), state)
