"""Test mode: every mail goes to one address instead, and says so in its subject (M-60)."""

from collections.abc import Mapping
from typing import Any

PREFIX = "[TEST] "
LONGEST_SUBJECT = 150  # characters (M-08)


def is_on(config: Mapping[str, Any]) -> bool:
    return bool(config["MAIL_TEST_ADDRESS"])


def as_they_leave(to_address: str, subject: str, config: Mapping[str, Any]) -> tuple[str, str]:
    """Return address and subject as the mail leaves: both unchanged without test mode.

    The subject is marked once, and keeps its length: the end gives way.
    """
    if not is_on(config):
        return to_address, subject
    marked = subject if subject.startswith(PREFIX) else PREFIX + subject
    if len(marked) > LONGEST_SUBJECT:
        marked = marked[: LONGEST_SUBJECT - 1].rstrip() + "…"
    return str(config["MAIL_TEST_ADDRESS"]), marked
