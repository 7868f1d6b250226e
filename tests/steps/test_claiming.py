"""Claims: whose mails they are, and how many at a time (M-52, M-55)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, update

from registration.extensions import db, one_transaction
from registration.models import OutboxMessage
from registration.services.pausing import pause_by_hand
from registration.services.recovering import recover_leases
from registration.steps.claiming import BATCH, claim, is_anything_due
from registration.steps.relay import is_paused, is_slow, pause, relay_as_read, relay_row, resume
from registration.vocabulary import OutboxState, RelayPause
from tests.factories import mails, make_workshop, submit
from tests.times import NOW

SECOND = timedelta(seconds=1)


def queue(urgent: int, bulk: int) -> None:
    workshop = make_workshop(capacity=None)
    for number in range(urgent + bulk):
        submit(workshop, f"person{number}")
    later = [mail.id for mail in mails()][urgent:]
    with one_transaction():
        db.session.execute(update(OutboxMessage).where(OutboxMessage.id.in_(later)).values(priority=5))


def test_a_claim_leases_a_batch_and_the_next_takes_the_rest(app_context: Flask) -> None:
    queue(BATCH + 3, 0)

    first, second = claim(NOW), claim(NOW)

    assert (len(first.ids), len(second.ids)) == (BATCH, 3)
    assert not set(first.ids) & set(second.ids)
    assert (first.is_full, second.is_full) == (True, False)
    assert not is_anything_due(NOW)


def test_workers_that_claim_at_the_same_moment_share_no_mail(app_context: Flask) -> None:
    queue(4 * BATCH, 0)
    together = Barrier(2)

    def work() -> list[int]:
        with app_context.app_context():
            together.wait(10)
            return [number for _turn in range(3) for number in claim(NOW).ids]

    with ThreadPoolExecutor(2) as threads:
        ours, theirs = (one.result() for one in [threads.submit(work), threads.submit(work)])

    assert sorted(ours + theirs) == sorted(mail.id for mail in mails())


def test_what_was_claimed_and_not_begun_is_given_back(app_context: Flask) -> None:
    queue(3, 0)

    claim(NOW).release()

    assert {mail.state for mail in mails()} == {OutboxState.QUEUED}
    assert is_anything_due(NOW)


def test_a_lease_is_renewed_when_a_third_of_it_is_over(app_context: Flask) -> None:
    queue(1, 0)
    ours = claim(NOW)
    before = mails()[0].lease_until

    assert ours.renew(NOW + 39 * SECOND, rest=1)
    assert mails()[0].lease_until == before

    assert ours.renew(NOW + 41 * SECOND, rest=1)
    after = mails()[0].lease_until
    assert before is not None
    assert after is not None
    assert after > before


def test_all_workers_share_one_pace(make_app: Callable[..., Flask]) -> None:
    with make_app(MAIL_PER_MINUTE=25).app_context():
        queue(40, 0)

        taken = [len(claim(NOW + n * SECOND).ids) for n in range(60) for _worker in range(2)]

        assert 25 <= sum(taken) <= 30


def test_single_answers_overtake_bulk_and_bulk_leaves_them_room(make_app: Callable[..., Flask]) -> None:
    with make_app(MAIL_PER_MINUTE=25).app_context():
        queue(1, 9)
        urgent = mails()[0].id

        first = claim(NOW).ids
        assert first[0] == urgent
        assert len(first) <= 2

        submit(make_workshop(slug="other"), "late")
        answer = [mail.id for mail in mails() if mail.priority == 0][-1]
        assert claim(NOW).ids == [answer]


def test_a_server_that_complains_gets_one_mail_at_a_time(app_context: Flask) -> None:
    queue(0, 9)
    with one_transaction():
        pause(relay_row(lock=True), RelayPause.THROTTLED, "432 concurrent connections", now=NOW)
        resume(relay_row())

    assert is_slow(relay_as_read(), NOW + SECOND)
    assert len(claim(NOW + SECOND).ids) <= 2


@pytest.mark.parametrize(
    ("why", "minutes", "still"),
    [
        (RelayPause.TEMPORARY, 0.5, True),
        (RelayPause.TEMPORARY, 1.5, False),
        (RelayPause.CONFIGURATION, 14, True),
        (RelayPause.CONFIGURATION, 16, False),
        (RelayPause.REJECTIONS, 60 * 24 * 30, True),
        (RelayPause.BY_HAND, 60 * 24 * 30, True),
    ],
)
def test_how_long_each_pause_lasts(app_context: Flask, why: RelayPause, minutes: float, still: bool) -> None:
    with one_transaction():
        pause(relay_row(lock=True), why, "because", now=NOW)

    assert is_paused(relay_as_read(), NOW + timedelta(minutes=minutes)) is still


def test_what_goes_wrong_does_not_end_what_somebody_wants(app_context: Flask) -> None:
    pause_by_hand("Serverumzug", by="Anna Admin", organiser_id=None, now=NOW)

    with one_transaction():
        pause(relay_row(lock=True), RelayPause.TEMPORARY, "421", now=NOW)

    relay = relay_as_read()
    assert relay is not None
    assert (relay.pause, relay.reason, relay.paused_by) == (RelayPause.BY_HAND, "Serverumzug", "Anna Admin")


def test_a_pause_that_a_wrong_clock_wrote_is_over(app_context: Flask) -> None:
    with one_transaction():
        pause(relay_row(lock=True), RelayPause.TEMPORARY, "421", now=NOW + timedelta(days=1))

    assert not is_paused(relay_as_read(), NOW)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # PostgreSQL scans what is as small as here
@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda: is_anything_due(NOW), "ix_outbox_message_due"),
        (lambda: claim(NOW), "ix_outbox_message_due"),
        (lambda: claim(NOW).release(), "ix_outbox_message_lease"),
        (lambda: recover_leases(now=NOW), "ix_outbox_message_lease"),
    ],
)
def test_what_is_asked_each_second_reads_an_index_and_not_all_mails(
    app_context: Flask, ask: Callable[[], object], index: str
) -> None:
    queue(3, 0)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    ask()
    event.remove(db.engine, "before_cursor_execute", note)

    plans = [_plan(*one) for one in asked if "outbox_message" in one[0] and " IN (?" not in one[0]]
    assert any(index in plan for plan in plans)
    assert not [plan for plan in plans if "SCAN outbox_message" in plan and "USING" not in plan]


def _plan(statement: str, values: Any) -> str:
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    return " / ".join(str(row[-1]) for row in rows)
