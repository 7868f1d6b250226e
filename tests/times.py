"""The instant at which tests happen."""

from datetime import UTC, datetime

NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
"""A Friday, 10:00 in Berlin."""
