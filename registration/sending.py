"""Senders: threads of the worker, each with one connection to the mail server when one is free."""

import threading
from collections.abc import Callable
from itertools import pairwise

import structlog
from flask import Flask

from registration import clock
from registration.advisory import Locks
from registration.extensions import db
from registration.mail.transport import Transport
from registration.services.delivering import deliver_due
from registration.steps.claiming import is_anything_due
from registration.steps.relay import is_slow, relay_as_read

IDLE_SECONDS = 5  # then a connection is closed, and another worker may have its place
MOST_CONNECTIONS = 4
WAITING = 0.5  # of its time: then another connection is worth it, and not before
LATELY_SECONDS = 10  # how far back its time is looked at
log = structlog.get_logger(__name__)


class Sender:
    """Sends what is due over a connection of its own (M-55).

    The connections of all workers together are counted by locks: who holds `mail-connection-n` may have one.
    """

    def __init__(self, app: Flask, locks: Locks, wants_to_stop: Callable[[], bool]) -> None:
        self.wanted = threading.Event()
        self.next: Sender | None = None
        self._app, self._locks, self._wants_to_stop = app, locks, wants_to_stop
        self._transport = Transport(app.config)
        self._place: str | None = None
        self._is_full = False

    def deliver(self) -> int:
        """Send until nothing is due; inside an application context. Return how many mails were dealt with."""
        total = 0
        self._transport.waiting.begin()
        while not self._wants_to_stop() and is_anything_due(clock.now()) and self._has_place():
            done = self._deliver_batch()
            total += done
            if done == 0:
                break
        if not self._transport.is_open or self._transport.idle_seconds > IDLE_SECONDS:
            self.rest()
        return total

    def _deliver_batch(self) -> int:
        self._transport.waiting.begin(after_seconds=LATELY_SECONDS)
        try:
            return deliver_due(
                self._transport,
                instant=clock.now,
                wants_to_stop=self._wants_to_stop,
                when_full=self._has_more,
            )
        finally:
            self._is_full = False

    def _has_more(self) -> None:
        """There is more than one of us can send at once."""
        self._is_full = True
        self.share()

    def share(self) -> None:
        """Let the next one help, if there is more to send and ours lately waits most of its time.

        Beside a quick server a second one would only fight for the same processor. Asked after each mail, and
        each second by the worker's clock: the server may think about one mail for minutes.
        """
        if self.next and self._is_full and self._transport.waiting.share > WAITING:
            self.next.wanted.set()

    @property
    def has_place(self) -> bool:
        return self._place is not None

    def rest(self) -> None:
        """Close the connection and let somebody else have its place."""
        self._transport.close()
        if self._place:
            self._locks.give_back(self._place)
            self._place = None

    def _has_place(self) -> bool:
        places = self._places()
        if self._place in places and self._locks.holds(self._place):
            return True
        self.rest()
        self._place = next((one for one in places if self._locks.take(one)), None)
        return self._place is not None

    def _places(self) -> list[str]:
        allowed = min(self._app.config["MAIL_CONNECTIONS"], MOST_CONNECTIONS)
        relay = relay_as_read()
        db.session.rollback()
        return [f"mail-connection-{n + 1}" for n in range(1 if is_slow(relay, clock.now()) else allowed)]


def senders(app: Flask, locks: Locks, wants_to_stop: Callable[[], bool]) -> list[Sender]:
    """Return the senders of one worker, each knowing whom to wake when there is too much for it."""
    config = app.config
    count = max(1, min(config["MAIL_CONNECTIONS"], config["MAIL_CONNECTIONS_PER_WORKER"], MOST_CONNECTIONS))
    ours = [Sender(app, locks, wants_to_stop) for _ in range(count)]
    for one, other in pairwise(ours):
        one.next = other
    return ours
