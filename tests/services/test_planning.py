"""Timed mails become rows when they are due: each once, for exactly those with a seat (T-08…T-10, T-14)."""

from datetime import timedelta

import pytest

from registration.extensions import db, one_transaction
from registration.models import Workshop
from registration.services.planning import plan_due_mails
from registration.services.withdrawing import undo_withdrawal, withdraw
from registration.vocabulary import MailKind, OutboxState, WorkshopState
from tests.factories import default_mail_plan, find, mails, make_session, make_workshop, sign_up, submit
from tests.services.plans import DAY, HOUR, fresh_mails, names, seat_since, utc, wall

pytestmark = pytest.mark.usefixtures("app_context")

WEEK_BEFORE = utc("2027-02-17T08:00")  # 09:00 in Berlin
DAY_BEFORE = utc("2027-02-23T08:00")
DIAL_IN = utc("2027-02-24T08:45")
BEGIN = utc("2027-02-24T09:00")
END = utc("2027-02-24T11:30")
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
        assert plan_due_mails(now=moment + HOUR / 4) == 0
    planned = [mail for mail in fresh_mails() if mail.mail_rule_id]
    assert [mail.kind for mail in planned] == [
        MailKind.REMINDER,
        MailKind.MEETING_LINK,
        MailKind.MEETING_LINK,
    ]
    assert {mail.registration_id for mail in planned} == {ada.id}


def test_a_planned_mail_is_complete_and_has_a_message_id_of_its_own(workshop):
    for name in ("ada", "ben"):
        sign_up(workshop, name, language="en" if name == "ben" else "de")
    plan_due_mails(now=WEEK_BEFORE)

    to_ada, to_ben = fresh_mails(MailKind.REMINDER)
    assert (to_ada.to_address, to_ada.language) == ("ada@musterhausen.example.org", "de")
    assert (to_ben.to_address, to_ben.language) == ("ben@musterhausen.example.org", "en")
    assert (to_ada.state, to_ada.next_attempt_at, to_ada.pointless_after) == (
        OutboxState.QUEUED,
        WEEK_BEFORE,
        BEGIN,
    )
    assert (to_ada.session_id, to_ada.revision, to_ada.context) == (workshop.sessions[0].id, 1, {})
    for one in (to_ada, to_ben):
        random, domain = one.message_id.strip("<>").split("@")
        assert domain == "example.org"
        assert len(random) == 32
        assert int(random, 16)
    assert to_ada.message_id != to_ben.message_id


def test_single_answers_leave_before_timed_mails(workshop):
    """M-55."""
    sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)

    (reminder,) = fresh_mails(MailKind.REMINDER)
    assert reminder.priority > max(mail.priority for mail in mails() if not mail.mail_rule_id)


def test_only_people_with_a_seat_get_it(workshop):
    for name in ("ada", "ben", "cleo"):
        sign_up(workshop, name)
    submit(workshop, "dora")
    plan_due_mails(now=WEEK_BEFORE)
    assert names(MailKind.REMINDER) == ["Ada", "Ben"]


def test_who_gets_the_seat_after_the_due_time_gets_no_stale_reminder(workshop):
    seat_since(workshop, "ada", WEEK_BEFORE)
    seat_since(workshop, "ben", WEEK_BEFORE + SECOND)
    plan_due_mails(now=WEEK_BEFORE + HOUR)
    assert names(MailKind.REMINDER) == ["Ada"]


def test_who_moves_up_after_the_due_time_has_it_all_in_the_mail_of_moving_up(workshop):
    for name in ("ada", "ben", "cleo"):
        sign_up(workshop, name)
    plan_due_mails(now=WEEK_BEFORE)
    withdraw(find(workshop.id, "ada").id, now=WEEK_BEFORE + HOUR)

    plan_due_mails(now=WEEK_BEFORE + 2 * HOUR)

    assert names(MailKind.MOVED_UP) == ["Cleo"]
    assert names(MailKind.REMINDER) == ["Ada", "Ben"]
    plan_due_mails(now=DAY_BEFORE)
    assert names(MailKind.MEETING_LINK) == ["Ben", "Cleo"]


def test_who_withdraws_and_returns_after_the_due_time_has_it_all_in_the_mail_of_return(workshop):
    ada = sign_up(workshop)
    plan_due_mails(now=WEEK_BEFORE)
    withdraw(ada.id, now=WEEK_BEFORE + SECOND)
    undo_withdrawal(ada.id, now=WEEK_BEFORE + 2 * SECOND)
    assert plan_due_mails(now=WEEK_BEFORE + 3 * SECOND) == 0
    assert mails()[-1].kind is MailKind.SEAT_CERTAIN


def test_a_seat_from_before_that_is_committed_late_is_found_within_minutes(workshop):
    seat_since(workshop, "ada", WEEK_BEFORE - DAY)
    plan_due_mails(now=WEEK_BEFORE)
    plan_due_mails(now=WEEK_BEFORE + HOUR)
    seat_since(workshop, "ben", WEEK_BEFORE - SECOND)  # by another machine, whose clock is slow

    plan_due_mails(now=WEEK_BEFORE + HOUR + timedelta(minutes=11))

    assert names(MailKind.REMINDER) == ["Ada", "Ben"]


@pytest.mark.parametrize("state", [WorkshopState.CANCELLED, WorkshopState.DRAFT, WorkshopState.ARCHIVED])
def test_only_a_public_workshop_plans(workshop, state):
    sign_up(workshop)
    with one_transaction():
        Workshop.lock(workshop.id).state = state
    assert plan_due_mails(now=WEEK_BEFORE) == 0
    assert plan_due_mails(now=BEGIN) == 0


def test_a_monday_workshop_sends_the_link_on_friday(app_context):
    workshop = make_workshop(slug="montag", sessions=[make_session(wall("2027-03-01T10:00"), uid="monday")])
    default_mail_plan(workshop)
    sign_up(workshop)
    friday = utc("2027-02-26T08:00")
    plan_due_mails(now=friday - SECOND)
    assert fresh_mails(MailKind.MEETING_LINK) == []
    plan_due_mails(now=friday)
    assert len(fresh_mails(MailKind.MEETING_LINK)) == 1


def test_each_session_of_a_programme_has_its_own_mails(app_context):
    sessions = [make_session(wall(f"2027-0{month}-10T10:00"), uid=str(month)) for month in (3, 4)]
    workshop = make_workshop(slug="programm", sessions=sessions)
    default_mail_plan(workshop)
    sign_up(workshop)

    planned = [plan_due_mails(now=utc(f"2027-0{month}-10T08:59")) for month in (3, 4)]

    assert planned == [3, 3]
    assert len({mail.session_id for mail in fresh_mails(MailKind.REMINDER)}) == 2


def test_after_a_pause_of_two_days_what_is_useful_is_queued_and_the_rest_skipped_with_the_reason(workshop):
    sign_up(workshop)
    assert plan_due_mails(now=BEGIN) == 3
    assert [mail.state for mail in fresh_mails(MailKind.MEETING_LINK)] == [OutboxState.QUEUED] * 2
    (reminder,) = mails(MailKind.REMINDER)  # pointless from the start on
    assert (reminder.state, reminder.next_attempt_at) == (OutboxState.SKIPPED, WEEK_BEFORE)
    assert reminder.state_reason.startswith("zu spät")


def test_after_the_session_everything_missed_is_told_and_nothing_leaves(workshop):
    sign_up(workshop)
    assert plan_due_mails(now=END + DAY) == 3
    assert {mail.state for mail in fresh_mails() if mail.mail_rule_id} == {OutboxState.SKIPPED}
    assert plan_due_mails(now=END + DAY + SECOND) == 0


def test_what_became_pointless_more_than_a_week_ago_is_told_no_more(workshop):
    sign_up(workshop)
    assert plan_due_mails(now=END + 8 * DAY) == 0
    db.session.rollback()
