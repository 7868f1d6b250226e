"""How long to wait before a mail, or the whole queue, is tried again (M-54)."""

import random
from datetime import timedelta

from registration.vocabulary import MailKind, OutboxState, RelayPause

GIVE_UP_AFTER = timedelta(days=5)  # RFC 5321 4.5.4.1
FEWEST_ATTEMPTS = 5  # before it is given up, however old it is
MOST_UNCERTAIN_ATTEMPTS = 5
POISON_CRASHES = 5  # what breaks workers or lines so often is held (M-21)
STEP_ASIDE = timedelta(minutes=1)  # for a mail during which the line broke
SLOW_FOR = timedelta(minutes=15)  # one connection after the server complained
_REFUSED_MINUTES = (5, 15, 30, 60)
_LONG_REFUSED_MINUTES = 240
_TEMPORARY_MINUTES = (1, 2, 5, 10, 15, 30, 60)
_PROBE = timedelta(minutes=15)
_SCATTER = 0.2


def pause_after_refusal(attempts: int) -> timedelta:
    """Return the pause after the n-th refusal of one mail: 5, 15, 30, 60, then 240 min, ±20 %."""
    minutes = (*_REFUSED_MINUTES, _LONG_REFUSED_MINUTES)[min(attempts, len(_REFUSED_MINUTES) + 1) - 1]
    return timedelta(minutes=minutes) * _scattered()


def pause_of_relay(why: RelayPause, failures: int) -> timedelta | None:
    """Return how long the whole queue rests after the n-th failure in a row; None: until somebody resumes.

    A wrong configuration is tried again from time to time, without touching a mail: whoever mends the server
    need not know about us.
    """
    if why is RelayPause.CONFIGURATION:
        return _PROBE
    if why in (RelayPause.TEMPORARY, RelayPause.THROTTLED):
        minutes = _TEMPORARY_MINUTES[min(failures, len(_TEMPORARY_MINUTES)) - 1]
        return timedelta(minutes=minutes) * _scattered()
    return None


def longest_pause() -> timedelta:
    """Return what no pause that ends by itself exceeds: one that does was written by a clock gone wrong."""
    return timedelta(minutes=_TEMPORARY_MINUTES[-1]) * (1 + _SCATTER)


def holds_uncertain(policy: str, kind: MailKind) -> bool:
    """Read MAIL_UNCERTAIN: `resend` or `hold`, and exceptions by kind: `resend,digest=hold`."""
    general, *exceptions = [part.strip() for part in policy.split(",")]
    by_kind = dict(part.split("=", 1) for part in exceptions if "=" in part)
    return by_kind.get(kind, general) == "hold"


def fate_of_uncertain(policy: str, kind: MailKind, attempts: int) -> tuple[OutboxState, str]:
    """Return what becomes of a mail that may have arrived, after so many attempts without an answer."""
    if holds_uncertain(policy, kind):
        return OutboxState.HELD, "ungewiss, ob die E-Mail angekommen ist"
    if attempts >= MOST_UNCERTAIN_ATTEMPTS:
        return OutboxState.HELD, "mehrfach ungewiss, ob die E-Mail angekommen ist"
    return (
        OutboxState.QUEUED,
        "ungewiss, ob die E-Mail angekommen ist; sie wird unverändert noch einmal gesendet",
    )


def _scattered() -> float:
    return random.uniform(1 - _SCATTER, 1 + _SCATTER)  # noqa: S311 - no secret
