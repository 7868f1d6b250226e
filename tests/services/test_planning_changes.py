"""A plan that changes on the way: moved, cancelled, edited, taken out (T-13, T-14, M-57)."""

from datetime import time, timedelta
from typing import Any

import pytest
from flask import Flask

from registration.extensions import db, one_transaction
from registration.mail.still_wanted import reason_to_skip
from registration.models import MailRule, Workshop
from registration.services import furnishing, publishing, scheduling
from registration.services.furnishing import MailRuleFacts
from registration.services.planning import plan_due_mails
from registration.steps.bulk_mails import Fate, insert_mails
from registration.steps.plan_lines import lines_of
from registration.vocabulary import Anchor, MailKind, OffsetUnit, OutboxState, WorkshopState
from tests.factories import make_organiser, make_session, make_workshop, sign_up
from tests.services.plans import (
    DAY,
    HOUR,
    NINE,
    add_rule,
    fresh_mails,
    move,
    names,
    quiet,
    seat_since,
    utc,
    wall,
)

pytestmark = pytest.mark.usefixtures("app_context")

WEEK_BEFORE = utc("2027-02-17T08:00")
SECOND = timedelta(seconds=1)


@pytest.fixture
def workshop(app_context: Flask) -> Workshop:
    return make_workshop()


@pytest.fixture
def rule(workshop: Workshop) -> MailRule:
    return add_rule(workshop, MailKind.REMINDER, -7)


@pytest.fixture
def by(app_context: Flask) -> dict[str, Any]:
    return {"organiser_id": make_organiser().id, "now": WEEK_BEFORE}


def offset(days: int, at: time = NINE, kind: MailKind = MailKind.REMINDER) -> MailRuleFacts:
    return MailRuleFacts(kind=kind, anchor=Anchor.SESSION_START, unit=OffsetUnit.DAYS, offset=days, at=at)


def change(workshop: Workshop, rule: MailRule, facts: MailRuleFacts, by: dict[str, Any]) -> None:
    db.session.rollback()
    version = db.session.get_one(Workshop, workshop.id).version
    furnishing.change_part(workshop.id, rule.id, facts, version=version, **by)


def test_a_moved_session_has_its_mails_due_anew_and_the_old_ones_are_pointless(workshop, rule):
    sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)
    (old,) = fresh_mails(MailKind.REMINDER)

    move(workshop.sessions[0], 7 * DAY)

    assert reason_to_skip(old, now=WEEK_BEFORE) == "der Termin wurde verlegt"
    assert plan_due_mails(now=WEEK_BEFORE + SECOND) == 0
    assert plan_due_mails(now=WEEK_BEFORE + 7 * DAY) == 1


def test_a_session_moved_closer_reminds_at_once_of_the_new_date(workshop, rule):
    sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)

    move(workshop.sessions[0], -3 * DAY)

    assert plan_due_mails(now=WEEK_BEFORE + SECOND) == 1
    assert [mail.revision for mail in fresh_mails(MailKind.REMINDER)] == [1, 2]


def test_a_reminder_moved_to_later_reaches_those_whom_it_has_not_reached_and_nobody_twice(workshop, rule, by):
    seat_since(workshop, "ada", WEEK_BEFORE - DAY)
    plan_due_mails(now=WEEK_BEFORE)
    seat_since(workshop, "ben", WEEK_BEFORE + DAY)

    change(workshop, rule, offset(-3), by)

    assert plan_due_mails(now=WEEK_BEFORE + 2 * DAY) == 0
    assert plan_due_mails(now=WEEK_BEFORE + 4 * DAY) == 1
    assert names(MailKind.REMINDER) == ["Ada", "Ben"]


def test_a_reminder_moved_to_earlier_leaves_at_once_for_all_that_wait_for_it(workshop, rule, by):
    sign_up(workshop)

    change(workshop, rule, offset(-10), by)

    assert plan_due_mails(now=WEEK_BEFORE - DAY) == 1
    assert plan_due_mails(now=WEEK_BEFORE) == 0


def test_a_queued_mail_follows_its_line_to_another_time(app_context, workshop, rule, by):
    quiet(app_context)
    sign_up(workshop)
    evening = utc("2027-02-17T20:00")
    plan_due_mails(now=evening)  # the worker slept all day
    (mail,) = fresh_mails(MailKind.REMINDER)
    assert mail.next_attempt_at == utc("2027-02-18T06:00")

    change(workshop, rule, offset(-5, time(10)), by | {"now": evening})

    (mail,) = fresh_mails(MailKind.REMINDER)
    assert (mail.state, mail.next_attempt_at) == (OutboxState.QUEUED, utc("2027-02-19T09:00"))
    assert plan_due_mails(now=utc("2027-02-19T09:00")) == 0


def test_a_queued_mail_of_another_kind_than_its_line_is_skipped_and_the_new_kind_written(workshop, rule, by):
    sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)

    change(workshop, rule, offset(-7, kind=MailKind.MEETING_LINK), by)
    plan_due_mails(now=WEEK_BEFORE + SECOND)

    (reminder,), (link,) = fresh_mails(MailKind.REMINDER), fresh_mails(MailKind.MEETING_LINK)
    assert (reminder.state, link.state) == (OutboxState.SKIPPED, OutboxState.QUEUED)
    assert reminder.state_reason == "im Mailplan steht an dieser Stelle jetzt eine andere E-Mail"


def test_a_mail_taken_out_of_the_plan_is_not_sent_from_the_queue(workshop, rule, by):
    sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)
    version = db.session.get_one(Workshop, workshop.id).version

    furnishing.remove_part(workshop.id, MailRule, rule.id, version=version, **by)

    (left,) = fresh_mails(MailKind.REMINDER)
    assert reason_to_skip(left, now=WEEK_BEFORE) == "die E-Mail wurde aus dem Mailplan entfernt"
    assert plan_due_mails(now=WEEK_BEFORE + HOUR) == 0


def test_a_cancelled_workshop_sends_nothing_that_was_planned(workshop, rule, by):
    sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)
    version = db.session.get_one(Workshop, workshop.id).version

    publishing.cancel(workshop.id, version=version, text="Krank.", **by)

    (queued,) = fresh_mails(MailKind.REMINDER)
    assert reason_to_skip(queued, now=WEEK_BEFORE)
    assert plan_due_mails(now=WEEK_BEFORE + HOUR) == 0


def test_a_workshop_that_is_a_draft_again_sends_nothing_that_was_planned(workshop, rule):
    sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)
    with one_transaction():
        Workshop.lock(workshop.id).state = WorkshopState.DRAFT

    (queued,) = fresh_mails(MailKind.REMINDER)
    assert reason_to_skip(queued, now=WEEK_BEFORE) == "die Veranstaltung ist nicht veröffentlicht"


def test_a_deadline_that_moves_moves_what_counts_from_it(workshop):
    add_rule(workshop, MailKind.REMINDER, -1, anchor=Anchor.DEADLINE)
    sign_up(workshop)
    with one_transaction():
        one = Workshop.lock(workshop.id)
        one.deadline_on, one.closes_at = one.deadline_on - 2 * DAY, one.closes_at - 2 * DAY

    assert plan_due_mails(now=utc("2027-02-09T08:00") - SECOND) == 0
    assert plan_due_mails(now=utc("2027-02-09T08:00")) == 1
    assert plan_due_mails(now=utc("2027-02-11T08:00")) == 0


@pytest.mark.parametrize("change_meanwhile", ["cancelled", "moved", "removed"])
def test_what_changes_between_looking_and_writing_writes_nothing(workshop, rule, change_meanwhile):
    ada = sign_up(workshop)
    (line,) = lines_of(workshop.id)
    fate = Fate(OutboxState.QUEUED, WEEK_BEFORE)
    if change_meanwhile == "moved":
        move(workshop.sessions[0], DAY)
    with one_transaction():
        one = Workshop.lock(workshop.id)
        if change_meanwhile == "cancelled":
            one.state = WorkshopState.CANCELLED
        if change_meanwhile == "removed":
            one.mail_rules.clear()

    with one_transaction():
        assert insert_mails(line, ada.id, ada.id, fate, now=WEEK_BEFORE) == 0


def test_mails_of_a_session_that_is_taken_out_are_skipped_and_stay_to_be_read(app_context, by):
    sessions = [make_session(wall(f"2027-0{month}-10T10:00"), uid=str(month)) for month in (3, 4)]
    workshop = make_workshop(slug="programm", sessions=sessions)
    add_rule(workshop, MailKind.REMINDER, -7)
    sign_up(workshop)
    march = workshop.sessions[0].id
    plan_due_mails(now=utc("2027-03-03T08:00"))
    version = db.session.get_one(Workshop, workshop.id).version

    scheduling.remove_session(workshop.id, march, version=version, **by)

    (left,) = fresh_mails(MailKind.REMINDER)
    assert (left.state, left.state_reason) == (OutboxState.SKIPPED, "der Termin besteht nicht mehr")
    assert left.session_id is None
    assert plan_due_mails(now=utc("2027-03-03T09:00")) == 0
