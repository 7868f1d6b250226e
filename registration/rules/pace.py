"""The pace of sending: evenly spread over the minute, with a little room for single answers (M-55)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

AT_ONCE = 5  # single answers that need not wait for each other
BULK_AT_ONCE = 2
SLOW_PER_MINUTE = 12  # after the server complained


@dataclass(frozen=True)
class Pace:
    """At most `per_minute` mails, and no more than five beyond it in any one minute."""

    per_minute: int

    @property
    def interval(self) -> timedelta:
        return timedelta(minutes=1) / self.per_minute

    def room(self, paced_until: datetime | None, now: datetime, *, is_bulk: bool) -> int:
        """Return how many mails may leave now. Bulk never uses the room of single answers."""
        ahead = self._since(paced_until, now) - now
        return max(0, int((self.interval * (BULK_AT_ONCE if is_bulk else AT_ONCE) - ahead) / self.interval))

    def after(self, count: int, paced_until: datetime | None, now: datetime) -> datetime:
        """Return until when the pace is used up by so many more mails."""
        return self._since(paced_until, now) + count * self.interval

    def _since(self, paced_until: datetime | None, now: datetime) -> datetime:
        """The past is no credit; a distant future was written by a clock gone wrong."""
        if paced_until is None or not now < paced_until <= now + 2 * AT_ONCE * self.interval:
            return now
        return paced_until


def pace(per_minute: int, *, is_slow: bool) -> Pace | None:
    """Return the pace by the setting MAIL_PER_MINUTE; None: as fast as the server takes them."""
    if is_slow:
        return Pace(min(per_minute or SLOW_PER_MINUTE, SLOW_PER_MINUTE))
    return Pace(per_minute) if per_minute > 0 else None
