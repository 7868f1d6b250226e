"""Watching the sending of mails: what keeps them back, and whom it needs (M-58)."""

from datetime import timedelta
from typing import Any

import pytest

from registration.models import JobRun, MailRelay, OutboxMessage
from registration.services.watching import numbers, watch
from registration.vocabulary import MailKind, OutboxState, RelayPause
from tests.factories import save
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
S = OutboxState


def make_mail(number: int = 1, **columns: Any) -> OutboxMessage:
    defaults: dict[str, Any] = {
        "intent_key": f"test:{number}",
        "message_id": f"<{number}@example.org>",
        "kind": MailKind.TEST,
        "to_address": "team@example.org",
        "created_at": NOW,
        "next_attempt_at": NOW,
    }
    return save(OutboxMessage(**(defaults | columns)))


def pause(why: RelayPause, **columns: Any) -> MailRelay:
    return save(MailRelay(name="default", pause=why, since=NOW, **columns))


def worker_ran(ago: timedelta = timedelta(seconds=5)) -> None:
    save(JobRun(name="deliver", succeeded_at=NOW - ago))


def test_all_is_well_while_the_worker_runs_and_nothing_waits() -> None:
    worker_ran()

    seen = watch(now=NOW)

    assert not seen.is_standing_still
    assert (seen.pause, seen.due, seen.undelivered, seen.oldest_due_age) == (None, 0, 0, timedelta(0))


@pytest.mark.parametrize("why", [RelayPause.CONFIGURATION, RelayPause.REJECTIONS, RelayPause.BY_HAND])
def test_a_pause_that_lasts_until_somebody_acts_stands_still(why: RelayPause) -> None:
    worker_ran()
    pause(why, reason="535 wrong password", paused_by="Ada")

    seen = watch(now=NOW)

    assert seen.is_standing_still
    assert (seen.pause, seen.reason, seen.since, seen.paused_by) == (why, "535 wrong password", NOW, "Ada")


@pytest.mark.parametrize("why", [RelayPause.TEMPORARY, RelayPause.THROTTLED])
def test_a_pause_that_ends_by_itself_is_named_and_is_no_reason_to_worry(why: RelayPause) -> None:
    worker_ran()
    pause(why, paused_until=NOW + timedelta(minutes=5))

    seen = watch(now=NOW)

    assert (seen.pause, seen.is_standing_still) == (why, False)
    assert watch(now=NOW + timedelta(minutes=5)).pause is None


def test_a_due_mail_that_waits_too_long_stands_still() -> None:
    worker_ran()
    make_mail(1, next_attempt_at=NOW - timedelta(minutes=15))
    assert not watch(now=NOW).is_late

    make_mail(2, next_attempt_at=NOW - timedelta(minutes=16))

    seen = watch(now=NOW)
    assert seen.is_standing_still
    assert (seen.due, seen.oldest_due_age) == (2, timedelta(minutes=16))


def test_a_mail_in_the_hands_of_a_dead_worker_grows_old_as_well() -> None:
    worker_ran()
    make_mail(state=S.CLAIMED, claim_token="gone", next_attempt_at=NOW - timedelta(minutes=16))

    assert watch(now=NOW).is_late


def test_a_mail_for_later_is_not_late() -> None:
    worker_ran()
    make_mail(next_attempt_at=NOW + timedelta(hours=1), created_at=NOW - timedelta(days=1))

    seen = watch(now=NOW)

    assert (seen.is_late, seen.due) == (False, 0)


def test_a_worker_that_says_nothing_stands_still() -> None:
    assert watch(now=NOW).is_worker_silent
    worker_ran(timedelta(minutes=3))
    assert watch(now=NOW).is_worker_silent
    assert not watch(now=NOW - timedelta(minutes=2)).is_worker_silent


def test_what_did_not_arrive_is_counted_while_it_is_news() -> None:
    make_mail(1, state=S.FAILED)
    make_mail(2, state=S.HELD)
    make_mail(3, state=S.SENT, sent_at=NOW, bounced_at=NOW)
    make_mail(4, state=S.SENT, sent_at=NOW)
    make_mail(5, state=S.FAILED, created_at=NOW - timedelta(days=31))

    assert watch(now=NOW).undelivered == 3


def test_numbers_count_by_state_and_what_was_tried_lately() -> None:
    make_mail(1, state=S.FAILED)
    make_mail(2, state=S.FAILED, next_attempt_at=NOW - timedelta(hours=25))
    make_mail(3, state=S.SENT, sent_at=NOW, is_uncertain=True)

    found = numbers(now=NOW)

    assert found.by_state == {S.FAILED: 2, S.SENT: 1}
    assert found.lately == {"sent": 1, "failed": 1, "held": 0, "uncertain": 1, "bounced": 0}
    assert found.suppressed == 0
