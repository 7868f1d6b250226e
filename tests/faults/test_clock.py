"""A clock that jumps, a worker that sleeps: every mail that is still of use leaves once (T-09 to T-14)."""

from collections import Counter
from datetime import timedelta

import pytest

from registration.extensions import db, one_transaction
from registration.services.confirming import confirm_address
from registration.steps.claiming import claim
from registration.steps.relay import pause, relay_row
from registration.vocabulary import MailKind, OutboxState, RelayPause
from tests.factories import START, find, instant
from tests.faults.trouble import Day
from tests.servers.scripted_smtp import CUT

QUEUED, SENT, SKIPPED = OutboxState.QUEUED, OutboxState.SENT, OutboxState.SKIPPED
LINK, REMINDER, CONFIRM = MailKind.MEETING_LINK, MailKind.REMINDER, MailKind.CONFIRM_ADDRESS


def confirm(day: Day, address: str) -> None:
    with day.app.app_context():
        confirm_address(find(day.workshop_id, address.split("@", maxsplit=1)[0]).id, now=day.now)


def each_once(day: Day, people: list[str]) -> None:
    assert Counter(day.server.recipients) == Counter(people)


def test_who_registers_while_the_clock_is_an_hour_ahead_gets_each_mail_once(day: Day) -> None:
    people = day.register(2)
    day.later(hours=1)
    people += day.register(2)
    confirmed = people[1]
    confirm(day, confirmed)
    day.later(hours=-1)
    people += day.register(2)

    day.deliver()
    each_once(day, people)  # at once, and not an hour later
    for _ in range(4):
        day.later(minutes=30)
        day.deliver()

    each_once(day, people)  # the confirmed one: not asked any more, but told of her seat
    assert day.mails(confirmed) == {CONFIRM: SKIPPED, MailKind.SEAT_CERTAIN: SENT}


def test_reminders_that_left_while_the_clock_was_ahead_do_not_leave_again(day: Day) -> None:
    (ada,) = day.register()
    confirm(day, ada)
    day.deliver()
    day.server.taken.clear()

    day.now = instant(START.replace(day=17, hour=8, minute=30))
    for hours in (0, 1, -1, 1, 0):  # due at nine
        day.later(hours=hours)
        day.plan()
        day.deliver()

    each_once(day, [ada])
    assert day.mails(ada)[REMINDER] is SENT


def test_reminder_of_a_moment_that_the_clock_skipped_leaves_once(day: Day) -> None:
    (ada,) = day.register()
    confirm(day, ada)
    day.deliver()
    day.server.taken.clear()

    day.now = instant(START.replace(day=17, hour=8, minute=59))
    for _ in range(3):
        day.later(hours=1)
        day.plan()
        day.deliver()

    each_once(day, [ada])


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # on PostgreSQL the database's clock counts
def test_lease_of_a_dead_worker_whose_clock_was_ahead_ends_at_once(day: Day) -> None:
    people = day.register(2)
    day.later(hours=1)
    with day.app.app_context():
        assert len(claim(day.now).ids) == 2
        db.session.rollback()
    day.later(hours=-1)

    day.deliver()

    each_once(day, people)


@pytest.mark.parametrize("hours", [1, 24 * 365])
def test_pause_from_a_clock_that_was_ahead_lasts_no_longer_than_the_longest(day: Day, hours: int) -> None:
    people = day.register(2)
    day.later(hours=hours)
    if hours == 1:
        day.server.next("CONNECT", CUT)
        day.deliver()
    else:  # those who registered would be too late by then
        with day.app.app_context(), one_transaction():
            pause(relay_row(), RelayPause.TEMPORARY, "because", now=day.now)
    day.later(hours=-hours)

    for _ in range(8):
        day.deliver()
        day.later(minutes=10)

    each_once(day, people)


def test_worker_that_slept_for_two_days_sends_what_is_of_use_and_says_why_not_the_rest(day: Day) -> None:
    (dora,) = day.register()
    confirm(day, dora)
    day.now = instant(START) - timedelta(days=2, hours=2)
    day.plan()
    day.deliver()
    day.server.taken.clear()

    ada, ben = day.register(2)  # and nobody sends now
    confirm(day, ada)
    day.later(days=1)
    (cleo,) = day.register()
    day.later(days=1)
    day.plan()
    day.deliver()

    each_once(day, [ada, ada, cleo, dora])
    assert day.mails(ada) == {CONFIRM: SKIPPED, MailKind.SEAT_CERTAIN: SENT, LINK: SENT}
    assert day.mails(ben) == {CONFIRM: SKIPPED}
    assert day.mail_to(ben).state_reason
    assert day.mails(cleo) == {CONFIRM: SENT}
    assert day.mails(dora)[LINK] is SENT

    day.server.taken.clear()
    day.later(days=2)  # over the start, and over the end
    day.plan()
    day.deliver()
    each_once(day, [])
