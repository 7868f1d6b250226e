"""What a worker has found complete a moment ago, and need not look at each time. Nothing depends on it."""

from datetime import datetime, timedelta

from flask import current_app

AGAIN_AFTER = timedelta(minutes=10)
_MOST = 50_000


class Attention:
    """The keys that were found complete, and when; of one process."""

    def __init__(self) -> None:
        self._complete: dict[object, datetime] = {}

    def is_due(self, key: object, now: datetime) -> bool:
        """Return whether it is time to look (again); also when the clock was turned back."""
        seen = self._complete.get(key)
        return seen is None or not seen <= now < seen + AGAIN_AFTER

    def found_complete(self, key: object, now: datetime) -> None:
        if len(self._complete) >= _MOST:
            self._complete.clear()
        self._complete[key] = now


def attention() -> Attention:
    """Return the one of this process."""
    kept: Attention = current_app.extensions.setdefault("registration.attention", Attention())
    return kept
