"""What a clock that is fast has written as too late comes when the clock is right again (T-12)."""

import pytest
from flask import Flask
from sqlalchemy import update

from registration.extensions import db, one_transaction
from registration.models import OutboxMessage, Workshop
from registration.services.planning import plan_due_mails
from registration.services.withdrawing import withdraw
from registration.vocabulary import MailKind, OffsetUnit, OutboxState
from tests.factories import make_workshop, sign_up
from tests.services.plans import HOUR, MINUTE, add_rule, fresh_mails, utc

pytestmark = pytest.mark.usefixtures("app_context")

HALF_AN_HOUR_BEFORE = utc("2027-02-24T08:30")
FAST = HALF_AN_HOUR_BEFORE + HOUR


@pytest.fixture
def workshop(app_context: Flask) -> Workshop:
    workshop = make_workshop(minimum=5)
    for kind in (MailKind.REMINDER, MailKind.MINIMUM_NOT_REACHED):
        add_rule(workshop, kind, -60, unit=OffsetUnit.MINUTES)
    return workshop


def timed() -> dict[MailKind, OutboxMessage]:
    return {mail.kind: mail for mail in fresh_mails() if mail.mail_rule_id}


def test_what_a_fast_clock_has_skipped_is_queued_when_the_clock_is_right(workshop):
    sign_up(workshop)
    plan_due_mails(now=FAST)
    assert {mail.state for mail in timed().values()} == {OutboxState.SKIPPED}

    assert plan_due_mails(now=HALF_AN_HOUR_BEFORE) == 2

    assert len(timed()) == 2
    for mail in timed().values():
        assert (mail.state, mail.state_reason) == (OutboxState.QUEUED, "")
        assert mail.created_at == mail.next_attempt_at == HALF_AN_HOUR_BEFORE
    assert plan_due_mails(now=HALF_AN_HOUR_BEFORE + MINUTE) == 0


def test_what_a_fast_clock_has_skipped_before_its_time_comes_at_its_time(workshop):
    sign_up(workshop)
    plan_due_mails(now=FAST)

    assert plan_due_mails(now=HALF_AN_HOUR_BEFORE - HOUR) == 0
    assert plan_due_mails(now=HALF_AN_HOUR_BEFORE - HOUR / 2) == 2


def test_what_delivering_has_skipped_by_a_fast_clock_is_queued_too(workshop):
    sign_up(workshop)
    plan_due_mails(now=HALF_AN_HOUR_BEFORE - HOUR / 4)
    skipped = {"state": OutboxState.SKIPPED, "state_reason": "zu spät: Der Zeitpunkt ist vorbei"}
    with one_transaction():
        db.session.execute(update(OutboxMessage).values(skipped))

    assert plan_due_mails(now=HALF_AN_HOUR_BEFORE) == 2


def test_only_the_late_ones_of_a_line_are_queued_again(workshop):
    sign_up(workshop)
    ben = sign_up(workshop, "ben")
    plan_due_mails(now=FAST)
    withdraw(ben.id, now=HALF_AN_HOUR_BEFORE - HOUR)
    cleo = sign_up(workshop, "cleo", now=utc("2027-02-12T09:00"))

    plan_due_mails(now=HALF_AN_HOUR_BEFORE)

    states = {mail.registration_id: mail.state for mail in fresh_mails(MailKind.REMINDER)}
    assert states[ben.id] is OutboxState.SKIPPED
    assert states[cleo.id] is OutboxState.QUEUED
    assert len(states) == 3


def test_what_was_skipped_for_another_reason_stays_skipped(workshop):
    sign_up(workshop)
    plan_due_mails(now=HALF_AN_HOUR_BEFORE - HOUR / 4)
    skipped = {"state": OutboxState.SKIPPED, "state_reason": "die Adresse ist unzustellbar"}
    with one_transaction():
        db.session.execute(update(OutboxMessage).values(skipped))

    assert plan_due_mails(now=HALF_AN_HOUR_BEFORE) == 0


def test_what_is_too_late_by_a_right_clock_stays_skipped(workshop):
    sign_up(workshop)
    plan_due_mails(now=FAST)

    assert plan_due_mails(now=FAST + HOUR) == 0
    assert {mail.state for mail in timed().values()} == {OutboxState.SKIPPED}
