"""Mails that can wait do not leave at night, at weekends or on public holidays (T-11)."""

from datetime import UTC, datetime, time, timedelta

import pytest

from registration.rules.quiet_hours import QuietHours, end_of_quiet
from registration.vocabulary import FederalState

NIGHT = QuietHours(time(19), time(7), FederalState.HE)
BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ends(text: str, quiet: QuietHours = NIGHT) -> datetime:
    return end_of_quiet(utc(text), BERLIN, quiet)


@pytest.mark.parametrize("moment", ["2027-02-24T06:00", "2027-02-24T08:00", "2027-02-24T17:59:59"])
def test_by_day_on_a_working_day_nothing_waits(moment: str) -> None:
    assert ends(moment) == utc(moment)


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2027-02-24T18:00", "2027-02-25T06:00"),  # Wednesday, 19:00: until Thursday, 07:00
        ("2027-02-24T23:30", "2027-02-25T06:00"),  # Thursday, 00:30
        ("2027-02-25T05:59:59", "2027-02-25T06:00"),
    ],
)
def test_a_night_before_a_working_day_ends_at_its_hour(moment: str, end: str) -> None:
    assert ends(moment) == utc(end)


@pytest.mark.parametrize("moment", ["2027-02-26T18:00", "2027-02-27T11:00", "2027-02-28T22:59"])
def test_a_weekend_ends_on_monday_at_eight(moment: str) -> None:
    assert ends(moment) == utc("2027-03-01T07:00")


def test_easter_ends_on_tuesday_at_eight() -> None:
    good_friday = "2027-03-26T10:00"

    assert ends(good_friday) == utc("2027-03-30T06:00")


def test_a_holiday_of_another_state_is_a_working_day() -> None:
    corpus_christi = utc("2027-05-27T10:00")
    in_berlin = QuietHours(time(19), time(7), FederalState.BE)

    assert end_of_quiet(corpus_christi, BERLIN, in_berlin) == corpus_christi
    assert end_of_quiet(corpus_christi, BERLIN, NIGHT) == utc("2027-05-28T06:00")


def test_the_hours_are_those_of_the_zone() -> None:
    assert end_of_quiet(utc("2027-02-24T18:00"), "Europe/London", NIGHT) == utc("2027-02-24T18:00")


def test_after_the_night_in_which_clocks_go_forward_it_is_eight_by_the_new_time() -> None:
    assert ends("2027-03-28T00:30") == utc("2027-03-30T06:00")  # Easter: Sunday, then Monday is free
    assert ends("2027-10-31T00:30") == utc("2027-11-01T07:00")


def test_quiet_hours_that_end_later_than_eight_count_on_mondays_too() -> None:
    long_nights = QuietHours(time(16), time(9), FederalState.HE)

    assert ends("2027-02-27T11:00", long_nights) == utc("2027-03-01T08:00")


def test_a_quiet_time_at_noon_ends_on_the_same_day() -> None:
    lunch = QuietHours(time(12), time(13), FederalState.HE)

    assert ends("2027-02-24T11:30", lunch) == utc("2027-02-24T12:00")
    assert ends("2027-02-24T20:30", lunch) == utc("2027-02-24T20:30")


def test_the_end_of_quiet_is_never_quiet_itself() -> None:
    for hours in range(24 * 21):
        end = end_of_quiet(utc("2027-03-20T00:00") + timedelta(hours=hours), BERLIN, NIGHT)
        assert end_of_quiet(end, BERLIN, NIGHT) == end
