"""How long to wait before a mail, or the whole queue, is tried again (M-54)."""

import random
from datetime import timedelta

from registration.vocabulary import OutboxState

GIVE_UP_AFTER = timedelta(days=5)  # RFC 5321 4.5.4.1
_MINUTES = (1, 5, 15, 30, 60, 120, 240)
_LONGEST_RELAY_PAUSE = timedelta(minutes=5)
_SCATTER = 0.2


def pause_after_refusal(attempts: int) -> timedelta:
    """Return the pause after the n-th refusal of one mail: growing, with ±20 % scatter."""
    minutes = _MINUTES[min(attempts, len(_MINUTES)) - 1]
    return timedelta(minutes=minutes) * random.uniform(1 - _SCATTER, 1 + _SCATTER)  # noqa: S311 - no secret


def fate_of_uncertain(policy: str) -> tuple[OutboxState, str]:
    """Return what becomes of a mail that may have arrived, by the setting MAIL_UNCERTAIN, and the words."""
    if policy == "hold":
        return OutboxState.HELD, "ungewiss, ob die E-Mail angekommen ist"
    return (
        OutboxState.QUEUED,
        "ungewiss, ob die E-Mail angekommen ist; sie wird unverändert noch einmal gesendet",
    )


def pause_of_relay(failures: int) -> timedelta:
    """Return the pause of the whole queue after the n-th failure in a row: 5 s, doubled up to 5 min."""
    doublings: int = 2 ** min(failures - 1, 10)
    return min(timedelta(seconds=5) * doublings, _LONGEST_RELAY_PAUSE)
