"""Who holds the old date hears of the new one, however early the session is now (T-13)."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from flask import Flask

from registration.extensions import db
from registration.models import Workshop
from registration.services import scheduling
from registration.services.planning import plan_due_mails
from registration.services.scheduling import SessionFacts
from registration.services.timeline import timeline
from registration.vocabulary import MailKind, OutboxState
from tests.factories import make_organiser, make_workshop
from tests.services.plans import DAY, HOUR, add_rule, fresh_mails, names, quiet, seat_since, utc, wall

pytestmark = pytest.mark.usefixtures("app_context")

SEAT = utc("2027-01-20T12:00")
MOVE = utc("2027-01-21T15:00")
SOON = "2027-01-23T10:00"  # a Saturday; seven days before would have been the 16th


@dataclass
class Desk:
    """An organiser who changes the first session."""

    workshop: Workshop
    organiser_id: int

    def move(self, start: str, now: datetime, **facts: str) -> None:
        db.session.rollback()
        workshop = db.session.get_one(Workshop, self.workshop.id)
        times = SessionFacts(starts_local=wall(start), ends_local=wall(start) + 2 * HOUR, **facts)
        by = {"organiser_id": self.organiser_id, "now": now}
        scheduling.change_session(workshop.id, workshop.sessions[0].id, times, version=workshop.version, **by)


@pytest.fixture
def workshop(app_context: Flask) -> Workshop:
    workshop = make_workshop()
    add_rule(workshop, MailKind.REMINDER, -7)
    return workshop


@pytest.fixture
def desk(workshop: Workshop) -> Desk:
    return Desk(workshop, make_organiser().id)


def test_who_had_a_seat_when_the_session_was_moved_to_earlier_is_reminded_of_the_new_date(workshop, desk):
    seat_since(workshop, "ada", SEAT)
    desk.move(SOON, MOVE)

    assert plan_due_mails(now=MOVE + HOUR) == 1
    assert plan_due_mails(now=MOVE + 2 * HOUR) == 0

    (mail,) = fresh_mails(MailKind.REMINDER)
    assert (mail.state, mail.revision, mail.next_attempt_at) == (OutboxState.QUEUED, 2, MOVE + HOUR)


def test_who_got_the_seat_after_the_move_has_the_new_date_already(workshop, desk):
    desk.move(SOON, MOVE)
    seat_since(workshop, "ada", MOVE + HOUR)

    assert plan_due_mails(now=MOVE + 2 * HOUR) == 0


def test_the_last_move_counts(workshop, desk):
    seat_since(workshop, "ada", SEAT)
    desk.move("2027-01-25T10:00", MOVE)
    seat_since(workshop, "ben", MOVE + HOUR)
    desk.move(SOON, MOVE + 2 * HOUR)
    seat_since(workshop, "cleo", MOVE + 3 * HOUR)

    plan_due_mails(now=MOVE + 4 * HOUR)

    assert names(MailKind.REMINDER) == ["Ada", "Ben"]


def test_another_room_is_no_move(workshop, desk):
    desk.move(SOON, MOVE)
    seat_since(workshop, "ada", MOVE + HOUR)
    desk.move(SOON, MOVE + 2 * HOUR, place="Rathaus")

    assert plan_due_mails(now=MOVE + 3 * HOUR) == 0


def test_a_session_moved_into_the_past_reminds_nobody_and_tells_it(workshop, desk):
    seat_since(workshop, "ada", SEAT)
    desk.move("2027-01-20T18:00", MOVE)

    plan_due_mails(now=MOVE + HOUR)

    (mail,) = fresh_mails(MailKind.REMINDER)
    assert mail.state is OutboxState.SKIPPED


def test_the_time_line_announces_the_reminder_of_the_new_date_when_it_will_leave(app_context, workshop, desk):
    quiet(app_context)
    seat_since(workshop, "ada", SEAT)
    desk.move(SOON, MOVE)
    night = utc("2027-01-21T21:00")

    (reminder,) = [one for one in timeline(workshop, now=night) if one.kind is MailKind.REMINDER]

    assert (reminder.count, reminder.is_past) == (1, False)
    assert reminder.due == utc("2027-01-22T06:00")


def test_after_a_move_a_mail_that_reaches_nobody_is_not_announced_as_coming(workshop, desk):
    desk.move(SOON, MOVE)
    seat_since(workshop, "ada", MOVE + HOUR)

    (reminder,) = [one for one in timeline(workshop, now=MOVE + DAY) if one.kind is MailKind.REMINDER]

    assert (reminder.count, reminder.is_past) == (0, True)
