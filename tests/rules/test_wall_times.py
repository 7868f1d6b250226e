"""Wall times and instants, above all on the days when the clock changes (T-01, T-02, T-06, U-17)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.rules.wall_times import (
    AmbiguousTime,
    NonExistentTime,
    closing_instant,
    parse_local_date,
    parse_local_time,
    to_instant,
    to_local,
    to_nearest_instant,
)

BERLIN = "Europe/Berlin"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall_time", "instant"),
    [
        ("2027-02-24T10:00", "2027-02-24T09:00"),
        ("2027-07-01T10:00", "2027-07-01T08:00"),
        ("2027-03-28T01:59", "2027-03-28T00:59"),
        ("2027-03-28T03:00", "2027-03-28T01:00"),
        ("2027-10-31T03:00", "2027-10-31T02:00"),
        ("2028-03-26T03:00", "2028-03-26T01:00"),
        ("2028-10-29T03:00", "2028-10-29T02:00"),
    ],
)
def test_wall_time_becomes_an_instant_and_back(wall_time: str, instant: str) -> None:
    assert to_instant(local(wall_time), BERLIN) == utc(instant)
    assert to_local(utc(instant), BERLIN).replace(tzinfo=None) == local(wall_time)


@pytest.mark.parametrize("day", ["2027-03-28", "2028-03-26"])
@pytest.mark.parametrize("clock", ["02:00", "02:30", "02:59:30"])
@pytest.mark.parametrize("fold", [None, 0, 1])
def test_the_hour_that_spring_skips_is_refused_with_the_next_time(
    day: str, clock: str, fold: int | None
) -> None:
    with pytest.raises(NonExistentTime) as refusal:
        to_instant(local(f"{day}T{clock}"), BERLIN, fold)

    assert refusal.value.suggestion == local(f"{day}T03:00")


@pytest.mark.parametrize("day", ["2027-10-31", "2028-10-29"])
def test_the_hour_that_autumn_repeats_needs_to_be_told_apart(day: str) -> None:
    twice = local(f"{day}T02:30")

    with pytest.raises(AmbiguousTime):
        to_instant(twice, BERLIN)
    assert to_instant(twice, BERLIN, fold=0) == utc(f"{day}T00:30")
    assert to_instant(twice, BERLIN, fold=1) == utc(f"{day}T01:30")


def test_the_nearest_instant_takes_the_next_time_and_the_first_of_two() -> None:
    assert to_nearest_instant(local("2027-03-28T02:30"), BERLIN) == utc("2027-03-28T01:00")
    assert to_nearest_instant(local("2027-10-31T02:30"), BERLIN) == utc("2027-10-31T00:30")


def test_a_wall_time_with_a_zone_of_its_own_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="zone"):
        to_instant(utc("2027-02-24T10:00"), BERLIN)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds the zone
def test_every_instant_survives_the_way_to_the_wall_and_back(instant: datetime) -> None:
    on_the_wall = to_local(instant, BERLIN)

    assert to_instant(on_the_wall.replace(tzinfo=None, fold=0), BERLIN, on_the_wall.fold) == instant


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        (date(2027, 2, 12), "2027-02-12T23:00"),
        (date(2027, 3, 28), "2027-03-28T22:00"),
        (date(2027, 10, 31), "2027-10-31T23:00"),
        (date(2028, 2, 29), "2028-02-29T23:00"),
    ],
)
def test_a_deadline_day_ends_at_its_local_midnight(day: date, closes: str) -> None:
    assert closing_instant(day, None, BERLIN) == utc(closes)


def test_the_days_of_the_clock_change_have_23_and_25_hours() -> None:
    def hours(day: date) -> timedelta:
        return closing_instant(day, None, BERLIN) - closing_instant(day - timedelta(days=1), None, BERLIN)

    assert hours(date(2027, 3, 28)) == timedelta(hours=23)
    assert hours(date(2027, 10, 31)) == timedelta(hours=25)


def test_a_deadline_may_have_a_clock_time() -> None:
    assert closing_instant(date(2027, 2, 12), time(12), BERLIN) == utc("2027-02-12T11:00")


def test_a_midnight_that_does_not_exist_closes_at_the_next_time() -> None:
    assert closing_instant(date(2027, 4, 29), None, "Africa/Cairo") == utc("2027-04-29T22:00")


@pytest.mark.parametrize("typed", ["24.2.2027", "24.02.2027", " 24. 2. 2027 ", "2027-02-24"])
def test_german_and_iso_dates_are_read(typed: str) -> None:
    assert parse_local_date(typed) == date(2027, 2, 24)


@pytest.mark.parametrize(
    "typed", ["", "24.2.27", "31.2.2027", "2/24/2027", "24.2.0027", "٢٤.٢.٢٠٢٧", "2027-2-24", "morgen"]
)
def test_other_dates_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_local_date(typed)


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("9:00", time(9)),
        ("09:00", time(9)),
        ("9 Uhr", time(9)),
        ("9\u00a0Uhr", time(9)),
        ("9.30 Uhr", time(9, 30)),
        ("9:30 uhr", time(9, 30)),
        ("23:59", time(23, 59)),
        ("0:00", time(0)),
    ],
)
def test_clock_times_are_read(typed: str, clock: time) -> None:
    assert parse_local_time(typed) == clock


@pytest.mark.parametrize("typed", ["", "9", "24:00", "9:60", "9:5", "25 Uhr", "neun"])
def test_other_clock_times_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_local_time(typed)
