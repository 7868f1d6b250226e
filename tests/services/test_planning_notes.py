"""Notes to the organiser by time: deadline reached, minimum not reached, the daily digest."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from registration.extensions import db, one_transaction
from registration.mail.rendering import render
from registration.mail.still_wanted import reason_to_skip
from registration.models import MailRule, Workshop
from registration.services.planning import plan_due_mails
from registration.services.withdrawing import withdraw
from registration.vocabulary import Anchor, MailKind, OffsetUnit, OutboxState
from tests.factories import make_session, make_workshop, sign_up, submit
from tests.services.plans import DAY, HOUR, add_rule, close_on, fresh_mails, move, utc, wall

pytestmark = pytest.mark.usefixtures("app_context")

CLOSES = utc("2027-02-12T23:00")  # the end of Friday, 12 February
THREE_DAYS_BEFORE = utc("2027-02-21T08:00")
SECOND = timedelta(seconds=1)


def deadline_rule(workshop: Workshop) -> MailRule:
    minutes = OffsetUnit.MINUTES
    return add_rule(workshop, MailKind.DEADLINE_REACHED, 0, unit=minutes, anchor=Anchor.DEADLINE)


def test_the_organiser_is_told_once_when_the_deadline_is_reached():
    workshop = make_workshop()
    rule = deadline_rule(workshop)
    sign_up(workshop)

    assert plan_due_mails(now=CLOSES - SECOND) == 0
    assert plan_due_mails(now=CLOSES) == 1
    assert plan_due_mails(now=CLOSES + HOUR) == 0

    (note,) = fresh_mails(MailKind.DEADLINE_REACHED)
    assert (note.to_address, note.registration_id) == ("projektleitung@example.org", None)
    assert (note.mail_rule_id, note.pointless_after) == (rule.id, workshop.starts_at)


def test_the_note_counts_people_when_it_leaves_and_names_nobody():
    workshop = make_workshop(capacity=1)
    deadline_rule(workshop)
    for name in ("ada", "ben"):
        sign_up(workshop, name)
    submit(workshop, "cleo")
    plan_due_mails(now=CLOSES)
    (note,) = fresh_mails(MailKind.DEADLINE_REACHED)

    text = render(note, now=CLOSES).text

    for line in ("Platz sicher: 1", "Warteliste: 1", "E-Mail bestätigen: 1", "Freie Plätze: 0"):
        assert line in text
    assert [name for name in ("Ada", "Ben", "Cleo", "musterhausen") if name in text] == []


def test_a_programme_has_one_note_for_all_its_sessions():
    sessions = [make_session(wall(f"2027-0{month}-10T10:00"), uid=str(month)) for month in (3, 4)]
    workshop = make_workshop(sessions=sessions, minimum=5)
    deadline_rule(workshop)
    add_rule(workshop, MailKind.MINIMUM_NOT_REACHED, -3)

    for moment in (CLOSES, utc("2027-03-07T08:00"), utc("2027-04-07T08:00")):
        plan_due_mails(now=moment)

    assert len(fresh_mails(MailKind.DEADLINE_REACHED)) == len(fresh_mails(MailKind.MINIMUM_NOT_REACHED)) == 1


def test_a_deadline_that_is_moved_to_later_is_told_when_it_is_reached():
    workshop = make_workshop()
    deadline_rule(workshop)
    plan_due_mails(now=CLOSES)
    (first,) = fresh_mails(MailKind.DEADLINE_REACHED)

    close_on(workshop, date(2027, 2, 15), CLOSES + 3 * DAY)

    assert reason_to_skip(first, now=CLOSES + HOUR) == "die Anmeldung ist wieder offen"
    assert plan_due_mails(now=CLOSES + HOUR) == 0
    assert plan_due_mails(now=CLOSES + 3 * DAY) == 1


def test_a_minimum_that_is_not_reached_is_told():
    workshop = make_workshop(minimum=2)
    add_rule(workshop, MailKind.MINIMUM_NOT_REACHED, -3)
    sign_up(workshop)

    assert plan_due_mails(now=THREE_DAYS_BEFORE) == 1

    (note,) = fresh_mails(MailKind.MINIMUM_NOT_REACHED)
    assert note.state is OutboxState.QUEUED
    assert "Vergebene Plätze: 1\nMindestzahl: 2" in render(note, now=THREE_DAYS_BEFORE).text
    sign_up(workshop, "ben")
    assert reason_to_skip(note, now=THREE_DAYS_BEFORE) == "die Mindestzahl ist inzwischen erreicht"


def test_a_minimum_that_is_reached_by_then_is_no_news_afterwards():
    workshop = make_workshop(minimum=1)
    add_rule(workshop, MailKind.MINIMUM_NOT_REACHED, -3)
    ada = sign_up(workshop)
    plan_due_mails(now=THREE_DAYS_BEFORE)
    withdraw(ada.id, now=THREE_DAYS_BEFORE + HOUR)

    plan_due_mails(now=THREE_DAYS_BEFORE + 2 * HOUR)

    (note,) = fresh_mails(MailKind.MINIMUM_NOT_REACHED)
    assert (note.state, note.state_reason) == (OutboxState.SKIPPED, "die Mindestzahl ist erreicht")


def test_without_a_minimum_there_is_nothing_to_tell():
    workshop = make_workshop()
    add_rule(workshop, MailKind.MINIMUM_NOT_REACHED, -3)

    assert plan_due_mails(now=THREE_DAYS_BEFORE) == 0


def test_a_moved_session_asks_anew_for_its_minimum():
    workshop = make_workshop(minimum=1)
    add_rule(workshop, MailKind.MINIMUM_NOT_REACHED, -3)
    plan_due_mails(now=THREE_DAYS_BEFORE)
    (old,) = fresh_mails(MailKind.MINIMUM_NOT_REACHED)

    move(workshop.sessions[0], 7 * DAY)

    assert reason_to_skip(old, now=THREE_DAYS_BEFORE) == "der Termin wurde verlegt"
    assert plan_due_mails(now=THREE_DAYS_BEFORE + 7 * DAY) == 1


def test_a_note_to_nobody_is_skipped_and_says_so():
    workshop = make_workshop(contact_email="")
    deadline_rule(workshop)

    plan_due_mails(now=CLOSES)

    (note,) = fresh_mails(MailKind.DEADLINE_REACHED)
    assert note.state_reason == "die Ansprechperson hat keine E-Mail-Adresse"


def test_a_note_that_was_missed_is_told_as_skipped():
    workshop = make_workshop()
    deadline_rule(workshop)

    plan_due_mails(now=workshop.starts_at + HOUR)

    (note,) = fresh_mails(MailKind.DEADLINE_REACHED)
    assert note.state is OutboxState.SKIPPED
    assert note.state_reason.startswith("zu spät")


def test_thanks_go_to_all_with_a_seat_after_the_session():
    workshop = make_workshop()
    add_rule(workshop, MailKind.THANKS, 1, anchor=Anchor.SESSION_END)
    sign_up(workshop)
    submit(workshop, "ben")
    next_morning = utc("2027-02-25T08:00")

    assert plan_due_mails(now=next_morning - SECOND) == 0
    assert plan_due_mails(now=next_morning) == 1

    (thanks,) = fresh_mails(MailKind.THANKS)
    assert reason_to_skip(thanks, now=next_morning + 13 * DAY) is None
    assert reason_to_skip(thanks, now=next_morning + 14 * DAY)


# The digest: working days, 07:30

FRIDAY = utc("2027-01-15T06:30")  # ten people sign up at 10:00 on this day
MONDAY = utc("2027-01-18T06:30")
TUESDAY = utc("2027-01-19T06:30")


@pytest.fixture
def workshop(app_context: Flask) -> Workshop:
    return make_workshop(has_daily_digest=True)


def test_what_came_in_is_told_on_the_next_working_day(workshop):
    for name in ("ada", "ben"):
        sign_up(workshop, name)
    submit(workshop, "cleo")

    assert plan_due_mails(now=MONDAY - SECOND) == 0
    assert plan_due_mails(now=MONDAY) == 1
    assert plan_due_mails(now=MONDAY + HOUR) == 0

    (digest,) = fresh_mails(MailKind.DIGEST)
    assert digest.pointless_after == TUESDAY
    text = render(digest, now=MONDAY).text
    assert "Gezählt seit: Freitag, 15. Januar 2027, 07:30\u00a0Uhr\nNeue Anmeldungen: 2\n" in text


def test_a_day_without_registrations_has_no_digest(workshop):
    sign_up(workshop)
    plan_due_mails(now=MONDAY)

    assert plan_due_mails(now=TUESDAY) == 0
    assert len(fresh_mails(MailKind.DIGEST)) == 1


def test_a_day_on_which_no_worker_was_awake_is_told_with_the_next(workshop):
    sign_up(workshop)
    plan_due_mails(now=MONDAY)
    sign_up(workshop, "ben", now=MONDAY + HOUR)  # no worker on Tuesday

    plan_due_mails(now=TUESDAY + DAY)

    assert [mail.context["new"] for mail in fresh_mails(MailKind.DIGEST)] == [1, 1]


def test_a_digest_that_could_not_be_written_is_written_by_the_next_run(workshop):
    sign_up(workshop)

    def refuse(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO outbox_message"):
            raise ConnectionError

    event.listen(db.engine, "before_cursor_execute", refuse)
    with pytest.raises(ConnectionError):
        plan_due_mails(now=MONDAY)
    event.remove(db.engine, "before_cursor_execute", refuse)

    assert plan_due_mails(now=MONDAY + SECOND) == 1


def test_a_digest_begins_where_the_last_one_of_its_own_workshop_ended(workshop):
    sign_up(workshop)
    plan_due_mails(now=MONDAY)
    sign_up(workshop, "ben", now=MONDAY + HOUR)
    with one_transaction():
        db.session.get_one(Workshop, workshop.id).has_daily_digest = False
    for number in range(10):  # one of them has a number that begins as that of the workshop does
        sign_up(make_workshop(slug=f"w{number}", has_daily_digest=True), now=MONDAY + HOUR)
    plan_due_mails(now=TUESDAY)
    with one_transaction():
        db.session.get_one(Workshop, workshop.id).has_daily_digest = True

    plan_due_mails(now=TUESDAY + DAY)

    digest = [one for one in fresh_mails(MailKind.DIGEST) if one.workshop_id == workshop.id][-1]
    assert (digest.context["new"], digest.context["since"]) == (1, MONDAY.isoformat())


def test_nobody_counts_twice_in_digests(workshop):
    sign_up(workshop)
    plan_due_mails(now=MONDAY)
    ben = sign_up(workshop, "ben", now=MONDAY + HOUR)
    withdraw(ben.id, now=MONDAY + 2 * HOUR)

    plan_due_mails(now=TUESDAY)

    newest = fresh_mails(MailKind.DIGEST)[-1]
    assert (newest.context["new"], newest.context["withdrawn"]) == (1, 1)


def test_a_workshop_that_does_not_ask_for_it_gets_no_digest():
    sign_up(make_workshop(slug="still"))

    assert plan_due_mails(now=MONDAY) == 0


def test_a_workshop_that_is_over_gets_no_digest(workshop):
    sign_up(workshop, now=workshop.closes_at - HOUR)
    with one_transaction():
        workshop.sessions[0].ends_at = utc("2027-02-12T20:00")
        workshop.sessions[0].starts_at = utc("2027-02-12T18:00")
        workshop.sessions[0].dial_in_at = None

    assert plan_due_mails(now=utc("2027-02-15T06:30")) == 0
