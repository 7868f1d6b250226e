"""When timed mails are due (T-08, T-09, M-56)."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from registration.rules.quiet_hours import QuietHours
from registration.rules.reminder_times import Appointment, Timing, due_at, pointless_after, window
from registration.vocabulary import Anchor, FederalState, MailKind, OffsetUnit

NINE = time(9)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WORKSHOP = Appointment(
    starts=utc("2027-02-24T09:00"),  # Wednesday, 10:00 in Berlin
    ends=utc("2027-02-24T11:30"),
    dial_in=utc("2027-02-24T08:45"),
    closes=utc("2027-02-12T23:00"),  # until and including Friday, 12 February
    zone="Europe/Berlin",
)


def due(anchor: Anchor, unit: OffsetUnit, offset: int, at: time | None = None, **changed: object) -> datetime:
    appointment = replace(WORKSHOP, **changed)  # type: ignore[arg-type]
    return due_at(Timing(anchor, unit, offset, at), appointment, FederalState.HE)


def test_a_week_before_is_seven_days_at_a_wall_time() -> None:
    assert due(Anchor.SESSION_START, OffsetUnit.DAYS, -7, NINE) == utc("2027-02-17T08:00")


def test_the_wall_time_stays_when_the_clock_changes_in_between() -> None:
    starts = utc("2027-03-31T08:00")

    assert due(Anchor.SESSION_START, OffsetUnit.DAYS, -7, NINE, starts=starts) == utc("2027-03-24T08:00")


def test_the_last_working_day_before_a_monday_is_the_friday() -> None:
    monday = utc("2027-02-22T09:00")

    assert due(Anchor.SESSION_START, OffsetUnit.WORKING_DAYS, -1, NINE, starts=monday) == utc(
        "2027-02-19T08:00"
    )


def test_the_working_day_before_may_day_week_skips_the_holiday() -> None:
    tuesday = utc("2028-05-02T08:00")

    assert due(Anchor.SESSION_START, OffsetUnit.WORKING_DAYS, -1, NINE, starts=tuesday) == utc(
        "2028-04-28T07:00"
    )


def test_minutes_count_from_the_instant() -> None:
    assert due(Anchor.SESSION_START, OffsetUnit.MINUTES, -60) == utc("2027-02-24T08:00")
    assert due(Anchor.DIAL_IN, OffsetUnit.MINUTES, 0) == utc("2027-02-24T08:45")
    assert due(Anchor.SESSION_END, OffsetUnit.MINUTES, 30) == utc("2027-02-24T12:00")


def test_without_a_dial_in_time_the_start_counts() -> None:
    assert due(Anchor.DIAL_IN, OffsetUnit.MINUTES, -5, dial_in=None) == utc("2027-02-24T08:55")


def test_the_day_of_a_deadline_is_its_last_open_day() -> None:
    assert due(Anchor.DEADLINE, OffsetUnit.DAYS, 0, NINE) == utc("2027-02-12T08:00")
    assert due(Anchor.DEADLINE, OffsetUnit.DAYS, -1, NINE) == utc("2027-02-11T08:00")
    assert due(Anchor.DEADLINE, OffsetUnit.WORKING_DAYS, 1, NINE) == utc("2027-02-15T08:00")


def test_a_deadline_at_noon_has_the_same_day() -> None:
    assert due(Anchor.DEADLINE, OffsetUnit.DAYS, 0, NINE, closes=utc("2027-02-12T11:00")) == utc(
        "2027-02-12T08:00"
    )


def test_a_missing_deadline_is_told() -> None:
    with pytest.raises(ValueError, match="deadline"):
        due(Anchor.DEADLINE, OffsetUnit.DAYS, 0, NINE, closes=None)


def test_without_a_wall_time_the_one_of_the_anchor_counts() -> None:
    assert due(Anchor.SESSION_START, OffsetUnit.DAYS, -1) == utc("2027-02-23T09:00")
    assert due(Anchor.DEADLINE, OffsetUnit.DAYS, -1) == utc("2027-02-11T23:00")
    assert due(Anchor.SESSION_END, OffsetUnit.WORKING_DAYS, 3) == utc("2027-03-01T11:30")


def test_a_wall_time_that_the_clock_skips_becomes_the_next_one() -> None:
    starts = utc("2027-03-29T08:00")

    assert due(Anchor.SESSION_START, OffsetUnit.DAYS, -1, time(2, 30), starts=starts) == utc(
        "2027-03-28T01:00"
    )


def test_a_wall_time_that_comes_twice_is_due_at_the_first() -> None:
    starts = utc("2027-11-01T09:00")

    assert due(Anchor.SESSION_START, OffsetUnit.DAYS, -1, time(2, 30), starts=starts) == utc(
        "2027-10-31T00:30"
    )


def test_days_are_those_of_the_zone_and_not_of_utc() -> None:
    just_after_midnight = utc("2027-02-23T23:30")  # 0:30 on the 24th in Berlin

    assert due(Anchor.SESSION_START, OffsetUnit.DAYS, 0, NINE, starts=just_after_midnight) == utc(
        "2027-02-24T08:00"
    )


def test_reminders_are_pointless_from_the_start_and_links_from_the_end() -> None:
    due_then = utc("2027-02-17T08:00")
    assert pointless_after(MailKind.REMINDER, WORKSHOP, due_then) == WORKSHOP.starts
    assert pointless_after(MailKind.MEETING_LINK, WORKSHOP, due_then) == WORKSHOP.ends


NIGHT = QuietHours(time(19), time(7), FederalState.HE)


def window_of(
    kind: MailKind, timing: Timing, quiet: QuietHours | None = None, **changed: object
) -> tuple[datetime, datetime]:
    appointment = replace(WORKSHOP, **changed)  # type: ignore[arg-type]
    found = window(kind, timing, appointment, FederalState.HE, quiet)
    return found.due, found.pointless


def test_thanks_are_never_due_before_the_session_is_over() -> None:
    at_start = Timing(Anchor.SESSION_START, OffsetUnit.MINUTES, 0)

    assert window_of(MailKind.THANKS, at_start) == (WORKSHOP.ends, WORKSHOP.ends + timedelta(days=14))


def test_certificates_are_never_due_before_the_end_and_of_use_for_a_year() -> None:
    at_start = Timing(Anchor.SESSION_START, OffsetUnit.MINUTES, 0)

    assert window_of(MailKind.CERTIFICATE, at_start) == (WORKSHOP.ends, WORKSHOP.ends + timedelta(days=365))


def test_the_deadline_is_never_told_before_it_is_reached() -> None:
    on_the_day = Timing(Anchor.DEADLINE, OffsetUnit.DAYS, 0, NINE)

    assert window_of(MailKind.DEADLINE_REACHED, on_the_day) == (WORKSHOP.closes, WORKSHOP.starts)


def test_what_can_wait_leaves_after_the_night() -> None:
    evening = Timing(Anchor.SESSION_START, OffsetUnit.DAYS, -7, time(20))

    assert window_of(MailKind.REMINDER, evening, NIGHT)[0] == utc("2027-02-18T06:00")
    assert window_of(MailKind.REMINDER, evening)[0] == utc("2027-02-17T19:00")


def test_the_link_and_reminders_in_minutes_wait_for_no_morning() -> None:
    evening = Timing(Anchor.SESSION_START, OffsetUnit.DAYS, -1, time(20))
    minutes = Timing(Anchor.SESSION_START, OffsetUnit.MINUTES, -14 * 60)

    assert window_of(MailKind.MEETING_LINK, evening, NIGHT)[0] == utc("2027-02-23T19:00")
    assert window_of(MailKind.REMINDER, minutes, NIGHT)[0] == utc("2027-02-23T19:00")


def test_nothing_waits_past_the_point_of_it() -> None:
    the_evening_before = Timing(Anchor.SESSION_START, OffsetUnit.DAYS, -1, time(20))
    early = {"starts": utc("2027-02-24T05:30"), "ends": utc("2027-02-24T07:00")}  # 06:30 in Berlin

    assert window_of(MailKind.REMINDER, the_evening_before, NIGHT, **early)[0] == utc("2027-02-23T19:00")


def test_what_is_planned_late_leaves_at_once_or_after_the_quiet_it_falls_into() -> None:
    friday = Timing(Anchor.SESSION_START, OffsetUnit.DAYS, -12, NINE)
    found = window(MailKind.REMINDER, friday, WORKSHOP, FederalState.HE, NIGHT)

    assert found.due == utc("2027-02-12T08:00")
    assert found.leaves_at(utc("2027-02-12T10:00"), NIGHT) == utc("2027-02-12T10:00")
    assert found.leaves_at(utc("2027-02-14T01:00"), NIGHT) == utc("2027-02-15T07:00")
    assert found.leaves_at(utc("2027-02-14T01:00"), None) == utc("2027-02-14T01:00")
