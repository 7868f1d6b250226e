"""The one place that reads the time, so that a test (or `faketime`) can move it (T-16)."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return datetime.now(UTC)
