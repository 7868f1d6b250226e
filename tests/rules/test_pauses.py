"""Pauses, and what becomes of uncertain mails (M-54)."""

from datetime import timedelta

import pytest

from registration.rules.pauses import (
    MOST_UNCERTAIN_ATTEMPTS,
    fate_of_uncertain,
    longest_pause,
    pause_after_refusal,
    pause_of_relay,
)
from registration.vocabulary import MailKind, OutboxState, RelayPause


def minutes(pause: timedelta | None) -> float:
    assert pause is not None
    return pause.total_seconds() / 60


@pytest.mark.parametrize(("attempt", "expected"), [(1, 5), (2, 15), (3, 30), (4, 60), (5, 240), (50, 240)])
def test_a_refused_mail_waits_longer_each_time(attempt: int, expected: float) -> None:
    assert 0.8 * expected <= minutes(pause_after_refusal(attempt)) <= 1.2 * expected


@pytest.mark.parametrize(
    ("failures", "expected"), [(1, 1), (2, 2), (3, 5), (4, 10), (5, 15), (6, 30), (7, 60), (99, 60)]
)
@pytest.mark.parametrize("why", [RelayPause.TEMPORARY, RelayPause.THROTTLED])
def test_an_unusable_server_is_left_alone_longer_each_time(
    why: RelayPause, failures: int, expected: float
) -> None:
    pause = pause_of_relay(why, failures)

    assert 0.8 * expected <= minutes(pause) <= 1.2 * expected
    assert pause is not None
    assert pause <= longest_pause()


def test_pauses_are_scattered_so_that_workers_do_not_come_back_together() -> None:
    assert len({pause_after_refusal(1) for _ in range(20)}) > 10


def test_a_wrong_configuration_is_tried_again_and_a_wish_is_not() -> None:
    assert minutes(pause_of_relay(RelayPause.CONFIGURATION, 9)) == 15
    assert pause_of_relay(RelayPause.REJECTIONS, 1) is None
    assert pause_of_relay(RelayPause.BY_HAND, 1) is None


@pytest.mark.parametrize(
    ("policy", "kind", "state"),
    [
        ("resend", MailKind.REMINDER, OutboxState.QUEUED),
        ("hold", MailKind.REMINDER, OutboxState.HELD),
        ("resend, digest=hold", MailKind.DIGEST, OutboxState.HELD),
        ("resend, digest=hold", MailKind.REMINDER, OutboxState.QUEUED),
        ("hold,confirm_address=resend", MailKind.CONFIRM_ADDRESS, OutboxState.QUEUED),
        ("hold,confirm_address=resend", MailKind.REMINDER, OutboxState.HELD),
    ],
)
def test_the_setting_decides_by_kind_what_becomes_of_an_uncertain_mail(
    policy: str, kind: MailKind, state: OutboxState
) -> None:
    assert fate_of_uncertain(policy, kind, 1)[0] is state


def test_a_mail_that_is_uncertain_again_and_again_waits_for_a_person() -> None:
    assert (
        fate_of_uncertain("resend", MailKind.REMINDER, MOST_UNCERTAIN_ATTEMPTS - 1)[0] is OutboxState.QUEUED
    )
    assert fate_of_uncertain("resend", MailKind.REMINDER, MOST_UNCERTAIN_ATTEMPTS)[0] is OutboxState.HELD
