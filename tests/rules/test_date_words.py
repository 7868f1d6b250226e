"""Dates in words (T-15, L-46)."""

import locale
from datetime import date, datetime, time

import pytest

from registration.rules.date_words import (
    clock_time,
    deadline_words,
    long_date,
    long_span,
    month_name,
    relative_days,
    short_date,
    short_month,
    short_weekday,
    subject_date,
    table_date_time,
)

WORKSHOP = datetime.fromisoformat("2027-02-24T10:00+01:00")
END = datetime.fromisoformat("2027-02-24T12:30+01:00")


def test_long_dates_have_no_leading_zero() -> None:
    assert long_date(date(2027, 2, 24), "de") == "Mittwoch, 24. Februar 2027"
    assert long_date(date(2027, 3, 1), "de") == "Montag, 1. März 2027"
    assert long_date(date(2027, 2, 24), "en") == "Wednesday, 24 February 2027"


def test_short_dates_have_two_digits() -> None:
    assert short_date(date(2027, 2, 4), "de") == "04.02.2027"
    assert short_date(date(2027, 2, 4), "en") == "4 Feb 2027"


def test_tables_show_weekday_date_and_time() -> None:
    assert table_date_time(WORKSHOP, "de") == "Mi 24.02.2027 10:00"
    assert table_date_time(WORKSHOP, "en") == "Wed 24 Feb 2027 10:00"


def test_a_span_within_a_day_is_spoken_with_bis() -> None:
    assert long_span(WORKSHOP, END, "de") == "Mittwoch, 24. Februar 2027, 10:00 bis 12:30\u00a0Uhr"
    assert long_span(WORKSHOP, END, "en") == "Wednesday, 24 February 2027, 10:00 to 12:30"


def test_a_span_over_days_names_both_and_the_year_once() -> None:
    start, end = datetime.fromisoformat("2027-04-09T14:00"), datetime.fromisoformat("2027-04-10T16:00")

    assert (
        long_span(start, end, "de")
        == "Freitag, 9. April, 14:00\u00a0Uhr, bis Samstag, 10. April 2027, 16:00\u00a0Uhr"
    )
    assert long_span(start, end, "en") == "Friday, 9 April, 14:00, to Saturday, 10 April 2027, 16:00"


def test_a_span_over_new_year_names_both_years() -> None:
    start, end = datetime.fromisoformat("2027-12-31T20:00"), datetime.fromisoformat("2028-01-01T01:00")

    assert long_span(start, end, "de").startswith("Freitag, 31. Dezember 2027, 20:00")


def test_clock_times_keep_their_uhr_on_the_line() -> None:
    assert clock_time(time(9, 45), "de") == "09:45\u00a0Uhr"
    assert clock_time(WORKSHOP, "en") == "10:00"


def test_deadlines_say_whether_the_day_counts() -> None:
    day = date(2027, 2, 12)

    assert deadline_words(day, None, "de") == "bis einschließlich Freitag, 12. Februar 2027"
    assert deadline_words(day, time(12), "de") == "bis Freitag, 12. Februar 2027, 12:00\u00a0Uhr"
    assert deadline_words(day, None, "en") == "until and including Friday, 12 February 2027"
    assert deadline_words(day, time(12), "en") == "until Friday, 12 February 2027, 12:00"


@pytest.mark.parametrize(
    ("day", "german", "english"),
    [
        (date(2027, 2, 12), "heute", "today"),
        (date(2027, 2, 13), "morgen", "tomorrow"),
        (date(2027, 2, 24), "in 12 Tagen", "in 12 days"),
        (date(2027, 2, 11), "gestern", "yesterday"),
        (date(2027, 2, 9), "vor 3 Tagen", "3 days ago"),
    ],
)
def test_days_are_named_as_seen_from_today(day: date, german: str, english: str) -> None:
    assert relative_days(date(2027, 2, 12), day, "de") == german
    assert relative_days(date(2027, 2, 12), day, "en") == english


def test_months_and_weekdays_have_names_and_short_names() -> None:
    assert (month_name(3, "de"), short_month(3, "de"), short_month(12, "de")) == ("März", "Mär", "Dez")
    assert (month_name(3, "en"), short_month(10, "en")) == ("March", "Oct")
    assert " ".join(short_weekday(date(2027, 2, 22 + n), "de") for n in range(7)) == "Mo Di Mi Do Fr Sa So"


def test_subjects_have_a_short_date() -> None:
    assert subject_date(WORKSHOP, "de") == "Mittwoch, 24.02., 10:00\u00a0Uhr"
    assert subject_date(WORKSHOP, "en") == "Wednesday, 24 Feb, 10:00"


def test_words_do_not_depend_on_the_locale_of_the_server() -> None:
    before = locale.setlocale(locale.LC_TIME)
    try:
        locale.setlocale(locale.LC_TIME, "C")
        assert long_date(date(2027, 2, 24), "de") == "Mittwoch, 24. Februar 2027"
    finally:
        locale.setlocale(locale.LC_TIME, before)


def test_unknown_languages_are_spoken_to_in_german() -> None:
    assert relative_days(date(2027, 2, 12), date(2027, 2, 12), "fr") == "heute"
    assert relative_days(date(2027, 2, 12), date(2027, 2, 12), "en-GB") == "today"
