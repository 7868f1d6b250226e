"""Nights, free days, changes of the clock, and workers that sleep (T-07, T-09, T-11, T-12)."""

from datetime import time, timedelta

import pytest
from flask import Flask

from registration.models import Workshop
from registration.services.planning import plan_due_mails
from registration.vocabulary import Anchor, MailKind, OffsetUnit, OutboxState
from tests.factories import default_mail_plan, make_session, make_workshop, sign_up
from tests.services.plans import (
    DAY,
    HOUR,
    MINUTE,
    add_rule,
    fresh_mails,
    names,
    quiet,
    seat_since,
    utc,
    wall,
)

pytestmark = pytest.mark.usefixtures("app_context")

SECOND = timedelta(seconds=1)
WEEK_BEFORE = utc("2027-02-17T08:00")


@pytest.fixture
def workshop(app_context: Flask) -> Workshop:
    return make_workshop()


def starting(text: str) -> Workshop:
    return make_workshop(slug=text[:10], sessions=[make_session(wall(text), uid=text)])


# Quiet hours


def test_a_reminder_due_in_the_evening_is_written_and_leaves_in_the_morning(app_context, workshop):
    quiet(app_context)
    add_rule(workshop, MailKind.REMINDER, -7, time(20))
    sign_up(workshop)
    morning = utc("2027-02-18T06:00")

    assert plan_due_mails(now=morning - SECOND) == 0
    assert plan_due_mails(now=morning) == 1
    assert [mail.next_attempt_at for mail in fresh_mails(MailKind.REMINDER)] == [morning]


def test_who_gets_a_seat_while_a_mail_waits_for_the_morning_gets_it_with_the_others(app_context, workshop):
    quiet(app_context)
    add_rule(workshop, MailKind.REMINDER, -7, time(20))
    seat_since(workshop, "ada", utc("2027-02-17T21:00"))

    plan_due_mails(now=utc("2027-02-18T06:00"))

    assert names(MailKind.REMINDER) == ["Ada"]


def test_due_on_friday_and_planned_on_sunday_night_leaves_on_monday_at_eight(app_context):
    quiet(app_context)
    workshop = starting("2027-02-24T10:00")
    add_rule(workshop, MailKind.REMINDER, -5)  # Friday, 19 February, 09:00
    sign_up(workshop)

    plan_due_mails(now=utc("2027-02-21T01:00"))

    (mail,) = fresh_mails(MailKind.REMINDER)
    assert (mail.state, mail.next_attempt_at) == (OutboxState.QUEUED, utc("2027-02-22T07:00"))


def test_what_would_be_too_late_on_monday_leaves_on_sunday_night(app_context):
    quiet(app_context)
    workshop = starting("2027-02-22T07:30")  # Monday morning, before eight
    add_rule(workshop, MailKind.REMINDER, -3)
    sign_up(workshop)

    plan_due_mails(now=utc("2027-02-21T01:00"))

    (mail,) = fresh_mails(MailKind.REMINDER)
    assert (mail.state, mail.next_attempt_at) == (OutboxState.QUEUED, utc("2027-02-21T01:00"))


def test_the_link_and_a_reminder_in_minutes_leave_at_any_hour(app_context):
    quiet(app_context)
    workshop = starting("2027-02-27T20:00")  # Saturday evening
    add_rule(workshop, MailKind.MEETING_LINK, -1, time(21))
    add_rule(workshop, MailKind.REMINDER, -60, unit=OffsetUnit.MINUTES)
    sign_up(workshop)

    plan_due_mails(now=utc("2027-02-26T20:00"))
    plan_due_mails(now=utc("2027-02-27T18:00"))

    leaving = {mail.kind: mail.next_attempt_at for mail in fresh_mails() if mail.mail_rule_id}
    assert leaving == {
        MailKind.MEETING_LINK: utc("2027-02-26T20:00"),
        MailKind.REMINDER: utc("2027-02-27T18:00"),
    }


def test_thanks_and_notes_wait_for_the_next_working_day(app_context):
    quiet(app_context)
    workshop = starting("2027-02-26T16:00")  # Friday until 18:30
    add_rule(workshop, MailKind.THANKS, 60, unit=OffsetUnit.MINUTES, anchor=Anchor.SESSION_END)
    add_rule(workshop, MailKind.DEADLINE_REACHED, 0, unit=OffsetUnit.MINUTES, anchor=Anchor.DEADLINE)
    sign_up(workshop)
    monday = utc("2027-03-01T07:00")

    assert plan_due_mails(now=utc("2027-02-15T07:00")) == 1  # the deadline was the Friday before
    assert plan_due_mails(now=monday - SECOND) == 0
    assert plan_due_mails(now=monday) == 1


def test_at_a_workshop_in_another_zone_it_is_night_by_its_own_clock(app_context):
    quiet(app_context)
    session = make_session(wall("2027-02-24T10:00"), uid="lisboa", zone="Europe/Lisbon")
    workshop = make_workshop(slug="lisboa", sessions=[session])
    add_rule(workshop, MailKind.REMINDER, -7, time(18, 30))
    sign_up(workshop)

    plan_due_mails(now=utc("2027-02-17T18:30"))

    assert [mail.next_attempt_at for mail in fresh_mails(MailKind.REMINDER)] == [utc("2027-02-17T18:30")]


# Nights in which the clock changes


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2027-03-29T10:00", "2027-03-28T07:00"),  # clocks went forward at 02:00
        ("2027-11-01T10:00", "2027-10-31T08:00"),  # clocks went back at 03:00
    ],
)
def test_nine_o_clock_is_nine_o_clock_on_the_day_of_the_change(start, due):
    workshop = starting(start)
    add_rule(workshop, MailKind.REMINDER, -1)
    sign_up(workshop)

    assert plan_due_mails(now=utc(due) - SECOND) == 0
    assert plan_due_mails(now=utc(due)) == 1
    assert plan_due_mails(now=utc(due) + HOUR) == 0


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2027-03-29T10:00", "2027-03-28T01:00"),  # 02:30 does not exist: 03:00
        ("2027-11-01T10:00", "2027-10-31T00:30"),  # 02:30 comes twice: the first
    ],
)
def test_a_time_that_is_missing_or_comes_twice_sends_one_mail(start, due):
    workshop = starting(start)
    add_rule(workshop, MailKind.REMINDER, -1, time(2, 30))
    sign_up(workshop)
    midnight = utc(due).replace(hour=0, minute=0) - 2 * HOUR

    ticks = [plan_due_mails(now=midnight + number * 5 * MINUTE) for number in range(12 * 8)]

    assert sum(ticks) == 1
    assert midnight + ticks.index(1) * 5 * MINUTE == utc(due)


# Clocks that are wrong, workers that sleep


def test_a_clock_that_jumps_an_hour_forward_and_back_sends_nothing_twice_and_loses_nothing(workshop):
    add_rule(workshop, MailKind.REMINDER, -7)
    seat_since(workshop, "ada", WEEK_BEFORE - DAY)
    half_an_hour_before = WEEK_BEFORE - HOUR / 2

    assert plan_due_mails(now=half_an_hour_before + HOUR) == 1
    seat_since(workshop, "ben", half_an_hour_before + MINUTE)  # the clock is right again
    assert plan_due_mails(now=half_an_hour_before + 2 * MINUTE) == 0
    for minutes in range(3, 60):
        plan_due_mails(now=half_an_hour_before + minutes * MINUTE)

    assert names(MailKind.REMINDER) == ["Ada", "Ben"]


def test_a_clock_that_goes_back_an_hour_sends_nothing_twice(workshop):
    add_rule(workshop, MailKind.REMINDER, -7)
    sign_up(workshop)

    planned = [plan_due_mails(now=WEEK_BEFORE + minutes * MINUTE) for minutes in (0, 30, -30, -10, 0, 30, 60)]

    assert sum(planned) == 1


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_a_worker_asleep_for_two_days_sends_what_is_useful_once_and_tells_the_rest(workshop, hour):
    default_mail_plan(workshop)
    add_rule(workshop, MailKind.REMINDER, -60, unit=OffsetUnit.MINUTES)
    sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)
    wakes = utc("2027-02-24T00:00") + hour * HOUR

    plan_due_mails(now=wakes)
    plan_due_mails(now=utc("2027-02-25T00:00"))

    planned = [mail for mail in fresh_mails() if mail.mail_rule_id]
    assert len(planned) == 4
    skipped = {
        mail.pointless_after <= mail.created_at for mail in planned if mail.state is OutboxState.SKIPPED
    }
    assert skipped <= {True}
    queued = [mail for mail in planned if mail.state is OutboxState.QUEUED]
    assert all(mail.next_attempt_at < mail.pointless_after for mail in queued)
    assert len(queued) == {0: 2, 9: 3, 23: 1}[hour]
