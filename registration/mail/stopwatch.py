"""A stopwatch that can be read while it runs, also from another thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Stopwatch:
    """How much of the time something takes: `share` is the part of it since `begin()`, 0 to 1."""

    def __init__(self) -> None:
        self._before, self._since = 0.0, 0.0
        self._began, self._before_that = monotonic(), 0.0

    @property
    def seconds(self) -> float:
        """How long it took, in all and so far."""
        since = self._since
        return self._before + (monotonic() - since if since else 0.0)

    @property
    def share(self) -> float:
        return (self.seconds - self._before_that) / max(monotonic() - self._began, 1e-9)

    def begin(self, after_seconds: float = 0.0) -> None:
        """Look at the time from now on, if the last beginning is so long ago."""
        if monotonic() - self._began >= after_seconds:
            self._began, self._before_that = monotonic(), self.seconds

    @contextmanager
    def running(self) -> Iterator[None]:
        self._since = monotonic()
        try:
            yield
        finally:
            self._before, self._since = self.seconds, 0.0
