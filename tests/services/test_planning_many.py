"""Planning is cheap when nothing is due, and right when several plan at once (M-51, T-09)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from registration import waking
from registration.extensions import db, one_transaction
from registration.models import OutboxMessage, Registration
from registration.services import planning
from registration.services.planning import plan_due_mails
from registration.vocabulary import Anchor, MailKind, OffsetUnit, RegistrationState
from tests.factories import default_mail_plan, make_workshop, sign_up
from tests.services.plans import DAY, MINUTE, add_rule, fresh_mails, utc
from tests.times import NOW

WEEK_BEFORE = utc("2027-02-17T08:00")
PEOPLE = 300
PLANNERS = 4


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def seat_many(workshop_id: int, count: int) -> None:
    with one_transaction():
        db.session.add_all(_person(workshop_id, number) for number in range(count))


def _person(workshop_id: int, number: int) -> Registration:
    email = f"person.{number}@example.org"
    return Registration(
        reference=f"R-{number}",
        workshop_id=workshop_id,
        family_name=f"Person {number}",
        name_key=f"person {number}",
        email=email,
        email_key=email,
        state=RegistrationState.CONFIRMED,
        state_changed_at=NOW,
        address_confirmed_at=NOW,
        created_at=NOW,
    )


def asked_in_one_run(now) -> int:
    with statements() as asked:
        assert plan_due_mails(now=now) == 0
    return len([one for one in asked if not one.startswith("BEGIN")])


def test_a_run_with_nothing_due_asks_once_or_twice(app_context: Flask):
    for number in range(5):
        workshop = make_workshop(slug=f"w{number}", has_daily_digest=True, minimum=1)
        default_mail_plan(workshop)
        sign_up(workshop)
    before = utc("2027-01-20T10:00")
    plan_due_mails(now=before)
    assert asked_in_one_run(before + MINUTE / 12) == 1
    plan_due_mails(now=WEEK_BEFORE)
    assert asked_in_one_run(WEEK_BEFORE + MINUTE / 12) == 2
    plan_due_mails(now=WEEK_BEFORE + 3 * MINUTE)
    assert asked_in_one_run(WEEK_BEFORE + 4 * MINUTE) == 1


def test_many_mails_are_written_in_batches(app_context: Flask, monkeypatch: pytest.MonkeyPatch):
    workshop = make_workshop(capacity=None)
    add_rule(workshop, MailKind.REMINDER, -7)
    seat_many(workshop.id, 10)
    monkeypatch.setattr(planning, "BATCH", 3)

    with statements() as asked:
        assert plan_due_mails(now=WEEK_BEFORE) == 10

    assert len([one for one in asked if one.startswith("INSERT INTO outbox_message")]) == 4
    assert len({mail.message_id for mail in fresh_mails()}) == 10


@pytest.mark.parametrize("kind", [MailKind.REMINDER, MailKind.DEADLINE_REACHED])
def test_a_planned_mail_wakes_the_workers(app_context: Flask, kind: MailKind):
    workshop = make_workshop()
    sign_up(workshop)
    add_rule(workshop, kind, 0, unit=OffsetUnit.MINUTES, anchor=Anchor.DEADLINE)
    bell = waking.bell(db.engine)
    bell.wait(0.01)

    planned = plan_due_mails(now=utc("2027-02-12T23:00"))

    rang = bell.wait(5)
    bell.close()
    assert (planned, rang) == (1, True)


def test_planners_at_the_same_time_write_each_intent_once(app_context: Flask):
    workshop = make_workshop(capacity=None, minimum=PEOPLE + 1, has_daily_digest=True)
    default_mail_plan(workshop)
    add_rule(workshop, MailKind.MINIMUM_NOT_REACHED, -7)
    workshop_id = workshop.id
    seat_many(workshop_id, PEOPLE)
    planned, together = [0] * PLANNERS, Barrier(PLANNERS)

    def plan(number: int) -> None:
        with app_context.app_context():
            together.wait()
            for run in range(5):
                planned[number] += plan_due_mails(now=WEEK_BEFORE + run * timedelta(seconds=5))

    threads = [Thread(target=plan, args=(number,)) for number in range(PLANNERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.rollback()
    by_kind = select(OutboxMessage.kind, func.count()).group_by(OutboxMessage.kind)
    written = dict(db.session.execute(by_kind).all())
    assert written == {MailKind.REMINDER: PEOPLE, MailKind.MINIMUM_NOT_REACHED: 1}
    assert sum(planned) == PEOPLE + 1


def test_five_thousand_mails_on_a_workshop_are_planned_by_two_planners_after_three_hours(app_context: Flask):
    workshop = make_workshop(capacity=None)
    default_mail_plan(workshop)
    seat_many(workshop.id, 2_500)
    late = utc("2027-02-23T11:00")

    planned = plan_due_mails(now=late) + plan_due_mails(now=late)

    assert planned == 5_000
    keys = select(func.count(), func.count(OutboxMessage.intent_key.distinct()))
    assert tuple(db.session.execute(keys).one()) == (5_000, 5_000)
    assert plan_due_mails(now=late + DAY / 24) == 0
