"""The pages are looked at on a fixed day."""

import pytest

from registration import clock
from tests.times import NOW


@pytest.fixture
def at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the one clock (T-16)."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
