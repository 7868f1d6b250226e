"""Guarding against guessing and against floods, counted over all processes (L-54, L-56)."""

from datetime import datetime, timedelta

from flask import current_app

from registration.errors import TooManyRequests
from registration.extensions import one_transaction
from registration.steps import limits


def count_wrong_link(client: str, *, now: datetime) -> None:
    """Count a link that opens nothing; TooManyRequests above LINK_GUESSES_PER_MINUTE of one client."""
    with one_transaction():
        guesses = limits.count(f"link:{client}", window=timedelta(minutes=1), now=now)
    if guesses > current_app.config["LINK_GUESSES_PER_MINUTE"]:
        raise TooManyRequests()


def count_outlook(client: str, *, now: datetime) -> None:
    """Count a form that was looked at before sending; TooManyRequests above OUTLOOKS_PER_MINUTE."""
    with one_transaction():
        outlooks = limits.count(f"outlook:{client}", window=timedelta(minutes=1), now=now)
    if outlooks > current_app.config["OUTLOOKS_PER_MINUTE"]:
        raise TooManyRequests()


def count_refused_attempt(client: str, *, now: datetime) -> None:
    """Count a form that led to nothing; TooManyRequests above REGISTRATIONS_PER_CLIENT_PER_HOUR.

    What leads to a registration counts itself, in its own transaction and under the same key.
    """
    with one_transaction():
        attempts = limits.count(limits.client_key(client), window=timedelta(hours=1), now=now)
    if attempts > current_app.config["REGISTRATIONS_PER_CLIENT_PER_HOUR"]:
        raise TooManyRequests()
