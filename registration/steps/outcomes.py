"""What becomes of a claimed mail: the fence before its final dot, and the outcome after it (M-52, M-53).

Each is one statement, and holds only while the claim is still ours.
"""

import contextlib
import hashlib
from datetime import datetime
from functools import cache
from time import sleep
from typing import Any, cast

import structlog
from flask import current_app
from sqlalchemy import Table, Update, bindparam, exists, update
from sqlalchemy.exc import SQLAlchemyError

from registration.extensions import SingleStatements, db
from registration.mail.outgoing import unchanged
from registration.models import MailRelay, OutboxMessage
from registration.steps.leases import bound_lease, lease_value
from registration.tokens import seal
from registration.vocabulary import OutboxState, RelayPause

_OUTBOX = cast("Table", OutboxMessage.__table__)
_OWN = (_OUTBOX.c.id == bindparam("own_id"), _OUTBOX.c.claim_token == bindparam("own_token"))
_OUTCOME = update(_OUTBOX).where(*_OWN).returning(_OUTBOX.c.id)
_STOPPED = exists().where(MailRelay.pause == RelayPause.BY_HAND)
_KNOWN_AT_LAST = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("own_id"), _OUTBOX.c.is_uncertain)
    .where(_OUTBOX.c.state.in_([OutboxState.QUEUED, OutboxState.HELD]))
    .returning(_OUTBOX.c.id)
)
FENCE_SPARE_SECONDS = 60
_PAUSES = (0.2, 0.5, 1, 2, 5, 10, 20)  # seconds; in all less than the lease behind the fence
log = structlog.get_logger(__name__)


class Outcomes:
    """Writes them for one worker's thread, over one connection."""

    def __init__(self) -> None:
        self._statements = SingleStatements()

    def fence(
        self,
        message_id: int,
        token: str,
        *,
        content: bytes,
        written_at: datetime | None,
        subject: str,
        mark: str,
        now: datetime,
    ) -> bool:
        """Commit that the final dot comes next, with the exact bytes and when they were written.

        Return False when the mail is no more ours, a record no more as `mark` says, or somebody has stopped
        all sending: then no dot is sent.
        """
        config = current_app.config
        seconds = config["MAIL_FINAL_TIMEOUT_SECONDS"] + FENCE_SPARE_SECONDS
        own = {"own_id": message_id, "own_token": token, "own_mark": mark}
        columns = {
            "own_lease": lease_value(seconds, now),
            "state": OutboxState.SENDING,
            "content": seal(content, config["SECRET_KEY"]),
            "content_mark": content_mark(mark),
            "written_at": written_at,
            "subject": subject,
        }
        return self._statements.run(_fence(), own | columns) is not None

    def sent(self, message_id: int, token: str, *, code: int, reply: str, now: datetime) -> None:
        """Record that the server has taken it.

        The disk is not waited for: the next fence brings this to the disk with itself. So the death of the
        machine, too, leaves at most the last mail of each connection uncertain.
        """
        columns = {"state": OutboxState.SENT, "sent_at": now, "last_code": code, "server_reply": reply}
        for pause in _PAUSES:
            try:
                return self._record_sent(message_id, token, columns, at_leisure=True)
            except SQLAlchemyError:  # what the server has taken must not go there twice: insist
                log.warning("mail.sent_not_recorded", mail=message_id, next_try_seconds=pause)
                sleep(pause)
                self._connect_anew()
        return self._record_sent(message_id, token, columns)

    def record(self, message_id: int, token: str, state: OutboxState, **columns: Any) -> None:
        """Write any other outcome and end the lease."""
        self._record(message_id, token, {"state": state, **columns})

    def close(self) -> None:
        self._statements.close()

    def _connect_anew(self) -> None:
        with contextlib.suppress(SQLAlchemyError):
            self._statements.close()
            self._statements = SingleStatements()

    def _record_sent(
        self, message_id: int, token: str, columns: dict[str, Any], *, at_leisure: bool = False
    ) -> None:
        """Record it also when the lease is over, and the mail is about to be sent once more for safety."""
        if not self._record(message_id, token, columns, at_leisure=at_leisure):
            own = {"own_id": message_id, "claim_token": None, "lease_until": None}
            self._statements.run(_KNOWN_AT_LAST, own | columns)

    def _record(
        self, message_id: int, token: str, columns: dict[str, Any], *, at_leisure: bool = False
    ) -> bool:
        own = {"own_id": message_id, "own_token": token, "claim_token": None, "lease_until": None}
        return self._statements.run(_OUTCOME, own | columns, at_leisure=at_leisure) is not None


def content_mark(mark: str) -> str:
    """Return by what one sees later whether the records are still those that the content was written from."""
    return hashlib.sha256(mark.encode()).hexdigest()


def _fence() -> Update:
    return _fence_on(db.engine.dialect.name)


@cache
def _fence_on(dialect: str) -> Update:
    """Put together once: that takes longer than the database needs for it."""
    claimed = _OUTCOME.where(_OUTBOX.c.state == OutboxState.CLAIMED, unchanged(dialect), ~_STOPPED)
    return claimed.values(lease_until=bound_lease(dialect, "own_lease"))
