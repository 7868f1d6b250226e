"""Timed mails become rows when they are due: each once, for exactly those with a seat (T-08…T-14)."""

from datetime import UTC, datetime, timedelta

import pytest

from registration.extensions import one_transaction
from registration.mail.still_wanted import reason_to_skip
from registration.models import Workshop, WorkshopSession
from registration.services.planning import plan_due_mails
from registration.services.withdrawing import undo_withdrawal, withdraw
from registration.vocabulary import MailKind, OutboxState, WorkshopState
from tests.factories import default_mail_plan, mails, make_workshop, sign_up, submit

pytestmark = pytest.mark.usefixtures("app_context")

WEEK_BEFORE = datetime(2027, 2, 17, 8, 0, tzinfo=UTC)  # 09:00 in Berlin
DAY_BEFORE = datetime(2027, 2, 23, 8, 0, tzinfo=UTC)
DIAL_IN = datetime(2027, 2, 24, 8, 45, tzinfo=UTC)
BEGIN = datetime(2027, 2, 24, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def workshop(app_context) -> Workshop:
    workshop = make_workshop(capacity=2)
    default_mail_plan(workshop)
    return workshop


def test_nothing_is_written_before_it_is_due(workshop):
    sign_up(workshop)
    assert plan_due_mails(now=WEEK_BEFORE - SECOND) == 0


def test_each_timed_mail_is_written_once_however_often_it_is_planned(workshop):
    ada = sign_up(workshop)
    for moment in (WEEK_BEFORE, DAY_BEFORE, DIAL_IN):
        assert plan_due_mails(now=moment) == 1
        assert plan_due_mails(now=moment + SECOND) == 0
    kinds = [mail.kind for mail in mails() if mail.mail_rule_id]
    assert kinds == [MailKind.REMINDER, MailKind.MEETING_LINK, MailKind.MEETING_LINK]
    assert {mail.registration_id for mail in mails() if mail.mail_rule_id} == {ada.id}


def test_only_people_with_a_seat_get_it(workshop):
    for name in ("ada", "ben", "cleo"):
        sign_up(workshop, name)
    submit(workshop, "dora")
    plan_due_mails(now=WEEK_BEFORE)
    people = {mail.registration.given_name for mail in mails(MailKind.REMINDER)}
    assert people == {"Ada", "Ben"}


def test_who_gets_the_seat_after_the_due_time_gets_no_stale_reminder(workshop):
    sign_up(workshop, now=workshop.closes_at - timedelta(hours=1))
    late = sign_up(workshop, "ben", now=workshop.closes_at - timedelta(minutes=1))
    with one_transaction():
        late.state_changed_at = WEEK_BEFORE + SECOND
    plan_due_mails(now=WEEK_BEFORE + timedelta(hours=1))
    assert [mail.registration.given_name for mail in mails(MailKind.REMINDER)] == ["Ada"]


def test_after_a_pause_of_two_days_what_is_still_useful_is_written_and_the_rest_not(workshop):
    sign_up(workshop)
    assert plan_due_mails(now=BEGIN) == 3
    assert [mail.state for mail in mails(MailKind.MEETING_LINK)] == [OutboxState.QUEUED, OutboxState.QUEUED]
    (reminder,) = mails(MailKind.REMINDER)  # pointless from the start on
    assert (reminder.state, reminder.next_attempt_at) == (OutboxState.SKIPPED, WEEK_BEFORE)
    assert reminder.state_reason.startswith("zu spät")


def test_a_cancelled_workshop_plans_nothing(workshop):
    sign_up(workshop)
    with one_transaction():
        Workshop.lock(workshop.id).state = WorkshopState.CANCELLED
    assert plan_due_mails(now=WEEK_BEFORE) == 0


def test_a_moved_session_has_its_mails_due_anew_and_the_old_ones_are_pointless(workshop):
    sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)
    (old,) = mails(MailKind.REMINDER)
    _move_by_a_week(workshop.sessions[0])
    assert reason_to_skip(old, now=WEEK_BEFORE) == "der Termin wurde verlegt"
    assert plan_due_mails(now=WEEK_BEFORE + timedelta(days=7)) == 1


def test_who_withdraws_and_returns_after_the_due_time_has_it_all_in_the_mail_of_return(workshop):
    ada = sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)
    withdraw(ada.id, now=WEEK_BEFORE + SECOND)
    undo_withdrawal(ada.id, now=WEEK_BEFORE + 2 * SECOND)
    assert plan_due_mails(now=WEEK_BEFORE + 3 * SECOND) == 0
    assert mails()[-1].kind is MailKind.SEAT_CERTAIN


def test_a_monday_workshop_sends_the_link_on_friday(app_context):
    monday = datetime(2027, 3, 1, 10, 0)  # noqa: DTZ001 - a wall time
    from tests.factories import make_session

    workshop = make_workshop(slug="montag", sessions=[make_session(monday, uid="monday")])
    default_mail_plan(workshop)
    sign_up(workshop)
    friday = datetime(2027, 2, 26, 8, 0, tzinfo=UTC)
    plan_due_mails(now=friday - SECOND)
    assert mails(MailKind.MEETING_LINK) == []
    plan_due_mails(now=friday)
    assert len(mails(MailKind.MEETING_LINK)) == 1


def _move_by_a_week(session: WorkshopSession) -> None:
    week = timedelta(days=7)
    with one_transaction():
        for name in ("starts_local", "ends_local", "dial_in_local", "starts_at", "ends_at", "dial_in_at"):
            setattr(session, name, getattr(session, name) + week)
        session.revision += 1
        session.sequence += 1
