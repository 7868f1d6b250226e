"""What happens with one mail after the other, whichever worker sends it: then it is not the mail (M-54)."""

import hashlib
import hmac
from enum import StrEnum
from typing import Self

from flask import current_app

from registration.extensions import one_transaction
from registration.models import MailRelay
from registration.steps.relay import relay_row


class Trouble(StrEnum):
    """The same for different recipients, or, when they are refused for now, for different domains."""

    REJECTED = "rejected"
    UNANSWERED = "unanswered"
    DEFERRED = "deferred"


MOST = {Trouble.REJECTED: 3, Trouble.UNANSWERED: 3, Trouble.DEFERRED: 5}


class InARow:
    """Counted in the row of the mail server, which all workers read: by marks that name nobody.

    `is_begun`: something is counted. A worker learns at its next batch what another one has counted; until
    then a mail that it sends ends nothing.
    """

    def __init__(self, *, is_begun: bool) -> None:
        self._is_begun = is_begun

    @classmethod
    def of(cls, relay: MailRelay | None) -> Self:
        return cls(is_begun=bool(relay and relay.in_a_row))

    def is_too_much(self, what: Trouble, whom: str) -> bool:
        """Count one more; tell whether everything has to stop, and begin anew then."""
        with one_transaction():
            relay = relay_row(lock=True)
            so_far = relay.in_a_row or {}
            marks = {*so_far.get(what, ()), _mark(whom)}
            is_over = len(marks) >= MOST[what]
            relay.in_a_row = {**so_far, what: [] if is_over else sorted(marks)}
        self._is_begun = True
        return is_over

    def end(self) -> None:
        """A mail has been taken."""
        if self._is_begun:
            with one_transaction():
                relay_row(lock=True).in_a_row = None
            self._is_begun = False


def _mark(whom: str) -> str:
    return hmac.new(current_app.config["SECRET_KEY"].encode(), whom.encode(), hashlib.sha256).hexdigest()[:16]
