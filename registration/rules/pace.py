"""The pace of sending: evenly spread over the minute, with a little room for single answers (M-55)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

AT_ONCE = 5  # single answers that need not wait for each other
BULK_AT_ONCE = 2
SLOW_PER_MINUTE = 12  # after the server complained
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Pace:
    """At most `per_minute` mails in any one minute, those that left at once among them."""

    per_minute: int

    @property
    def at_once(self) -> int:
        """How many single answers may leave together: a fifth of the minute's, five at most."""
        return max(1, min(AT_ONCE, self.per_minute // AT_ONCE))

    @property
    def interval(self) -> timedelta:
        """What lies between two mails, rounded up, so that those sent at once fit into the minute."""
        return -(-MINUTE // (self.per_minute - self.at_once + 1))

    def room(self, paced_until: datetime | None, now: datetime, *, is_bulk: bool) -> int:
        """Return how many mails may leave now. Bulk never uses the room of single answers."""
        ahead = self._since(paced_until, now) - now
        at_once = min(BULK_AT_ONCE, self.at_once) if is_bulk else self.at_once
        return max(0, (self.interval * at_once - ahead) // self.interval)

    def after(self, count: int, paced_until: datetime | None, now: datetime) -> datetime:
        """Return until when the pace is used up by so many more mails."""
        return self._since(paced_until, now) + count * self.interval

    def settled(
        self, paced_until: datetime | None, claimed: "Claimed", left: Sequence[datetime]
    ) -> datetime | None:
        """Return until when the pace is used up by when mails really `left`, and not when they were claimed.

        A slow server may have let them leave late, and together. Those that did not leave at all are given
        back: others may leave in their place.
        """
        if paced_until is None:
            return None
        supposed, real = self.after(claimed.count, claimed.paced_until, claimed.at), claimed.paced_until
        for instant in left:
            real = self.after(1, real, instant)
        if left and real is not None and real >= supposed:
            return max(paced_until, real)
        unused = supposed - real if left and real is not None else claimed.count * self.interval
        return paced_until - unused

    def _since(self, paced_until: datetime | None, now: datetime) -> datetime:
        """The past is no credit; a distant future was written by a clock gone wrong."""
        if paced_until is None or not now < paced_until <= now + 2 * self.at_once * self.interval:
            return now
        return paced_until


@dataclass(frozen=True)
class Claimed:
    """So many mails were taken to be sent, and when; `paced_until`: as it was before."""

    count: int
    at: datetime
    paced_until: datetime | None


def pace(per_minute: int, *, is_slow: bool) -> Pace | None:
    """Return the pace by the setting MAIL_PER_MINUTE; None: as fast as the server takes them."""
    if is_slow:
        return Pace(min(per_minute or SLOW_PER_MINUTE, SLOW_PER_MINUTE))
    return Pace(per_minute) if per_minute > 0 else None
