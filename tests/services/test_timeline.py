"""The time line tells everything that a workshop has sent and will send (domain.md, “Mail plan”)."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from registration.extensions import db, one_transaction
from registration.models import Workshop
from registration.services import furnishing
from registration.services.furnishing import MailRuleFacts
from registration.services.planning import plan_due_mails
from registration.services.timeline import AUDIENCES, Entry, timeline
from registration.services.withdrawing import withdraw
from registration.vocabulary import Anchor, MailKind, OffsetUnit, OutboxState, WorkshopState
from tests.factories import default_mail_plan, mails, make_organiser, make_workshop, sign_up
from tests.services.plans import DAY, HOUR, add_rule, close_on, move, quiet, seat_since, utc
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")

WEEK_BEFORE = utc("2027-02-17T08:00")
DAY_BEFORE = utc("2027-02-23T08:00")
MONDAY_DIGEST = utc("2027-01-18T06:30")
DIAL_IN = utc("2027-02-24T08:45")
Q, S = OutboxState.QUEUED, OutboxState.SKIPPED


@pytest.fixture
def workshop(app_context: Flask) -> Workshop:
    workshop = make_workshop()
    default_mail_plan(workshop)
    return workshop


def of_kind(workshop: Workshop, kind: MailKind, now) -> list[Entry]:
    return [one for one in timeline(workshop, now=now) if one.kind is kind]


def test_what_was_sent_and_what_will_be_stands_in_the_order_of_time(workshop):
    for name in ("ada", "ben"):
        sign_up(workshop, name)

    found = timeline(workshop, now=NOW + HOUR)

    assert [(one.kind, one.due, one.count, one.is_past) for one in found] == [
        (MailKind.CONFIRM_ADDRESS, NOW, 2, True),
        (MailKind.SEAT_CERTAIN, NOW, 2, True),
        (MailKind.REMINDER, WEEK_BEFORE, 2, False),
        (MailKind.MEETING_LINK, DAY_BEFORE, 2, False),
        (MailKind.MEETING_LINK, DIAL_IN, 2, False),
    ]
    assert found[0].states == {Q: 2}
    assert found[2].states == {}
    assert (found[0].audience, found[2].audience) == ("wer sich anmeldet", "alle mit Platz")
    assert (found[2].rule_id, found[2].session_id) == (workshop.mail_rules[0].id, workshop.sessions[0].id)


def test_planned_mails_take_the_place_of_the_plan_and_tell_their_states(workshop):
    sign_up(workshop)
    sign_up(workshop, "ben")
    plan_due_mails(now=WEEK_BEFORE)
    with one_transaction():
        one = mails(MailKind.REMINDER)[0]
        one.state, one.sent_at = OutboxState.SENT, WEEK_BEFORE + timedelta(seconds=3)

    (reminder,) = of_kind(workshop, MailKind.REMINDER, WEEK_BEFORE + HOUR)

    assert (reminder.due, reminder.count, reminder.is_past) == (WEEK_BEFORE, 2, True)
    assert reminder.states == {OutboxState.SENT: 1, Q: 1}


def test_the_head_count_is_the_one_of_now(workshop):
    ada = sign_up(workshop)
    sign_up(workshop, "ben")
    withdraw(ada.id, now=NOW + HOUR)

    (reminder,) = of_kind(workshop, MailKind.REMINDER, NOW + 2 * HOUR)

    assert reminder.count == 1


def test_the_time_is_the_one_after_quiet_hours(app_context, workshop):
    quiet(app_context)
    rule = add_rule(workshop, MailKind.REMINDER, -7, time(20))

    late = next(one for one in timeline(workshop, now=NOW) if one.rule_id == rule.id)

    assert late.due == utc("2027-02-18T06:00")


def test_what_waits_for_the_morning_is_still_ahead(app_context, workshop):
    quiet(app_context)
    sign_up(workshop)
    plan_due_mails(now=utc("2027-02-17T20:00"))

    (reminder,) = of_kind(workshop, MailKind.REMINDER, utc("2027-02-17T21:00"))

    assert (reminder.due, reminder.is_past) == (utc("2027-02-18T06:00"), False)
    assert reminder.states == {Q: 1}


def test_a_moved_session_shows_what_it_sent_before_and_what_it_will_send(workshop):
    sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)
    move(workshop.sessions[0], 7 * DAY)

    reminders = of_kind(workshop, MailKind.REMINDER, WEEK_BEFORE + HOUR)

    assert [(one.due, one.count, one.is_past) for one in reminders] == [
        (WEEK_BEFORE, 1, True),
        (WEEK_BEFORE + 7 * DAY, 1, False),
    ]


def test_a_reminder_moved_to_later_shows_whom_it_will_still_reach(workshop):
    seat_since(workshop, "ada", WEEK_BEFORE - DAY)
    plan_due_mails(now=WEEK_BEFORE)
    seat_since(workshop, "ben", WEEK_BEFORE + HOUR)
    facts = MailRuleFacts(
        kind=MailKind.REMINDER, anchor=Anchor.SESSION_START, unit=OffsetUnit.DAYS, offset=-3, at=time(9)
    )
    by = {"organiser_id": make_organiser().id, "now": WEEK_BEFORE + 2 * HOUR}
    furnishing.change_part(workshop.id, workshop.mail_rules[0].id, facts, version=workshop.version, **by)

    reminders = of_kind(workshop, MailKind.REMINDER, WEEK_BEFORE + 3 * HOUR)

    assert [(one.due, one.count) for one in reminders] == [
        (WEEK_BEFORE + 4 * DAY, 1),
        (WEEK_BEFORE + 4 * DAY, 1),
    ]


def test_missed_mails_are_told_with_their_due_time(workshop):
    sign_up(workshop)
    now = utc("2027-02-25T08:00")
    plan_due_mails(now=now)

    planned = [one for one in timeline(workshop, now=now) if one.rule_id]

    assert [(one.due, one.states) for one in planned] == [
        (WEEK_BEFORE, {S: 1}),
        (DAY_BEFORE, {S: 1}),
        (DIAL_IN, {S: 1}),
    ]


def test_a_mail_to_nobody_is_shown_with_nobody(workshop):
    (reminder,) = of_kind(workshop, MailKind.REMINDER, NOW)
    (later,) = of_kind(workshop, MailKind.REMINDER, WEEK_BEFORE + 10 * DAY)

    assert (reminder.count, reminder.is_past) == (0, False)
    assert (later.count, later.is_past) == (0, True)


def test_notes_go_to_the_contact_and_count_one(app_context):
    workshop = make_workshop(minimum=3)
    add_rule(workshop, MailKind.DEADLINE_REACHED, 0, unit=OffsetUnit.MINUTES, anchor=Anchor.DEADLINE)
    add_rule(workshop, MailKind.MINIMUM_NOT_REACHED, -3)

    notes = timeline(workshop, now=NOW)

    assert [(one.kind, one.count, one.audience) for one in notes] == [
        (MailKind.DEADLINE_REACHED, 1, "die Ansprechperson"),
        (MailKind.MINIMUM_NOT_REACHED, 1, "die Ansprechperson"),
    ]


def test_a_note_that_was_written_is_not_announced_again_unless_the_deadline_moves(app_context):
    workshop = make_workshop()
    add_rule(workshop, MailKind.DEADLINE_REACHED, 0, unit=OffsetUnit.MINUTES, anchor=Anchor.DEADLINE)
    plan_due_mails(now=workshop.closes_at)
    closes_at = workshop.closes_at
    assert len(timeline(workshop, now=closes_at + HOUR)) == 1

    close_on(workshop, date(2027, 2, 15), closes_at + 3 * DAY)

    assert [one.due for one in timeline(workshop, now=closes_at + HOUR)] == [closes_at, closes_at + 3 * DAY]


def test_a_draft_shows_its_plan_and_a_cancelled_workshop_only_what_was_written(workshop):
    with one_transaction():
        workshop.state = WorkshopState.DRAFT
    assert len(timeline(workshop, now=NOW)) == 3
    with one_transaction():
        workshop.state = WorkshopState.CANCELLED
    assert timeline(workshop, now=NOW) == []


def test_every_kind_has_an_audience_in_words():
    assert set(AUDIENCES) == set(MailKind)


def test_who_came_too_late_for_a_mail_is_not_announced_for_it(workshop):
    sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)
    seat_since(workshop, "ben", WEEK_BEFORE + HOUR)

    reminders = of_kind(workshop, MailKind.REMINDER, WEEK_BEFORE + 2 * HOUR)

    assert [one.count for one in reminders] == [1]


def test_a_line_that_would_be_due_when_it_is_pointless_is_not_announced(app_context):
    workshop = make_workshop()
    add_rule(workshop, MailKind.REMINDER, 1)
    sign_up(workshop)

    assert of_kind(workshop, MailKind.REMINDER, NOW) == []


def test_the_next_digest_is_announced_and_whether_there_is_anything_to_tell(app_context):
    workshop = make_workshop(has_daily_digest=True)
    (empty,) = of_kind(workshop, MailKind.DIGEST, NOW)
    sign_up(workshop)
    (digest,) = of_kind(workshop, MailKind.DIGEST, NOW)

    assert (empty.due, empty.count, digest.count) == (MONDAY_DIGEST, 0, 1)
    assert (digest.due, digest.audience, digest.is_past) == (MONDAY_DIGEST, "die Ansprechperson", False)


def test_a_digest_that_is_due_is_announced_until_it_is_written_and_then_the_next(app_context):
    quiet(app_context, until="08:00")
    workshop = make_workshop(has_daily_digest=True)
    sign_up(workshop)
    morning = MONDAY_DIGEST + timedelta(minutes=1)

    assert [one.due for one in of_kind(workshop, MailKind.DIGEST, morning)] == [utc("2027-01-18T07:00")]
    plan_due_mails(now=morning)
    digests = of_kind(workshop, MailKind.DIGEST, morning)
    assert [(one.due, one.count, one.states) for one in digests] == [
        (utc("2027-01-18T07:00"), 1, {Q: 1}),
        (utc("2027-01-19T07:00"), 0, {}),
    ]


def test_the_last_day_of_a_workshop_announces_no_digest_of_the_day_after(app_context):
    workshop = make_workshop(has_daily_digest=True)

    assert of_kind(workshop, MailKind.DIGEST, DIAL_IN) == []


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_the_outbox_is_asked_by_an_index_however_long_it_is(app_context):
    workshop = make_workshop(has_daily_digest=True)
    default_mail_plan(workshop)
    asked: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, values, *_rest):
        asked.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    timeline(workshop, now=NOW)
    event.remove(db.engine, "before_cursor_execute", note)

    connection = db.session.connection()
    mine = [one for one in asked if "FROM outbox_message" in one[0]]
    plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", values).all() for one, values in mine]
    steps = [row.detail for plan in plans for row in plan if "outbox_message" in row.detail]
    assert len(steps) >= 3
    assert [one for one in steps if "USING INDEX" not in one] == []
