"""Mails to be delivered in tests, and what a batch of them returns."""

from collections.abc import Callable
from datetime import timedelta

from registration.vocabulary import OutboxState
from tests.factories import make_workshop, submit

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ADA, BEN = "ada@musterhausen.example.org", "ben@musterhausen.example.org"
Deliver = Callable[..., list[OutboxState]]


def queue(*names: str) -> None:
    """One mail to confirm an address for each name."""
    workshop = make_workshop()
    for name in names:
        submit(workshop, name)
