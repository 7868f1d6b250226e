"""A stopwatch that can be read while it runs, also from another thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Stopwatch:
    """How long something took, in all and so far."""

    def __init__(self) -> None:
        self._before, self._since = 0.0, 0.0

    @property
    def seconds(self) -> float:
        since = self._since
        return self._before + (monotonic() - since if since else 0.0)

    @contextmanager
    def running(self) -> Iterator[None]:
        self._since = monotonic()
        try:
            yield
        finally:
            self._before, self._since = self.seconds, 0.0
