"""Looking ahead: what comes next of a batch is written while the server thinks about the mail before."""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy.exc import SQLAlchemyError

from registration.extensions import db
from registration.mail.outgoing import Outgoing
from registration.steps.preparing import NotReady, Ready, prepare
from registration.steps.verdicts import Instant

LOOK_AHEAD = 2  # mails: the one that is announced with a final dot, and one that is written meanwhile
FRESH = timedelta(seconds=2)  # what was written longer ago is written again


class Upcoming:
    """The mails of a batch that are still to come, in order; `known` are their records as read with it."""

    def __init__(self, ids: Sequence[int], known: Mapping[int, Outgoing], instant: Instant) -> None:
        self.known, self._instant = known, instant
        self._rest = deque(ids)
        self._ahead: dict[int, tuple[Ready, datetime]] = {}

    def __len__(self) -> int:
        return len(self._rest)

    def next(self) -> int:
        return self._rest.popleft()

    def ready(self, message_id: int) -> Ready:
        """Return a mail as it was prepared a moment ago, or prepare it now. Raises NotReady."""
        now = self._instant()
        ready, at = self._ahead.pop(message_id, (None, now))
        return ready if ready and abs(now - at) < FRESH else prepare(self.known.get(message_id), now)

    def look_ahead(self) -> None:
        """Prepare what comes next; what is wrong with it, or with the database, is found in its turn."""
        with suppress(SQLAlchemyError):
            try:
                for message_id in islice(self._rest, LOOK_AHEAD):
                    if message_id not in self._ahead:
                        self._look_at(message_id)
            finally:
                db.session.rollback()

    def _look_at(self, message_id: int) -> None:
        now = self._instant()
        with suppress(NotReady):
            self._ahead[message_id] = prepare(self.known.get(message_id), now), now

    def prepared(self) -> tuple[int, Ready] | None:
        """Return the next mail, when it is prepared."""
        ahead = self._ahead.get(self._rest[0]) if self._rest else None
        return (self._rest[0], ahead[0]) if ahead else None
