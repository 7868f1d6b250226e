"""Examples lie around today, on the weekdays of the original."""

from datetime import date, timedelta

import pytest

from registration.demo.dates import shift_for
from registration.vocabulary import FederalState

DEADLINE, MEETING = date(2021, 2, 12), date(2021, 2, 24)
TODAYS = [date(2026, 11, 21) + timedelta(days=number) for number in range(0, 400, 9)]


@pytest.mark.parametrize("today", TODAYS, ids=str)
def test_deadline_lies_ahead_and_every_weekday_stays(today: date) -> None:
    shift = shift_for(DEADLINE, [MEETING], today=today, days_ahead=14, state=FederalState.HE)
    deadline, meeting = DEADLINE + shift, MEETING + shift
    assert deadline >= today + timedelta(days=14)
    assert (deadline.weekday(), meeting.weekday()) == (4, 2)
    assert meeting - deadline == timedelta(days=12)


def test_meeting_moves_on_by_a_week_when_it_would_fall_on_a_holiday() -> None:
    deadline, thursday = date(2021, 4, 27), date(2021, 5, 6)
    today = date(2027, 4, 7)  # the next fitting Thursday would be Ascension Day, 6 May 2027
    shift = shift_for(deadline, [thursday], today=today, days_ahead=14, state=FederalState.HE)
    assert thursday + shift == date(2027, 5, 13)


def test_example_of_the_past_stays_in_the_past() -> None:
    today = date(2027, 1, 15)
    shift = shift_for(DEADLINE, [MEETING], today=today, days_ahead=-8, state=FederalState.HE)
    assert today - timedelta(days=8) <= DEADLINE + shift < today
