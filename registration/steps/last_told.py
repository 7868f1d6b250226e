"""When each person was told last how a session is: with her state, or by a later mail that says so."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select

from registration.extensions import db
from registration.models import OutboxMessage, Registration
from registration.vocabulary import TIMED_MAILS, MailKind, OutboxState, RegistrationState

State = RegistrationState
TOLD_STATES = (State.CONFIRMED, State.IN_REVIEW, State.WAITING, State.OFFERED)
"""Whoever waits wants to know the new date, too; an address that nobody has confirmed may be anybody's."""

# all that is to be known in that state: with a seat the room as well
_TELLING = (
    *(MailKind.SEAT_CERTAIN, MailKind.MOVED_UP, MailKind.WORKSHOP_CHANGED),
    *(MailKind.UNDER_REVIEW, MailKind.WAITING_LIST, MailKind.SEAT_OFFERED),
    *(MailKind.REMINDER, MailKind.MEETING_LINK),  # of one session
)
People = dict[int, datetime]


class LastTold:
    """Read once for a workshop: what holds until somebody is told again."""

    def __init__(self, workshop_id: int) -> None:
        people = select(Registration.id, Registration.state_changed_at).where(
            Registration.workshop_id == workshop_id, Registration.state.in_(TOLD_STATES)
        )
        self._states: People = {row.id: row.state_changed_at for row in db.session.execute(people)}
        self._mails = dict(_sent(workshop_id)) if self._states else {}

    def __bool__(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self._states)

    def since(self, person: int, session: int | None) -> datetime:
        """Return when she was told last how this session is."""
        told = (self._mails.get((person, about)) for about in {session, None})
        return max([self._states[person], *(at for at in told if at)])

    def sinces(self, session: int | None) -> list[datetime]:
        """Return that of everybody."""
        return [self.since(person, session) for person in self._states]

    def of_session(self, session: int) -> dict[str, str]:
        """Return as text who was told last by a mail about this session alone: that is forgotten with it."""
        return {
            str(person): at.isoformat()
            for (person, about), at in self._mails.items()
            if about == session and person in self._states
        }


def _sent(workshop_id: int) -> Iterator[tuple[tuple[int, int | None], datetime]]:
    sent = select(
        OutboxMessage.registration_id, OutboxMessage.session_id, func.max(OutboxMessage.sent_at)
    ).where(
        OutboxMessage.workshop_id == workshop_id,
        OutboxMessage.state == OutboxState.SENT,
        OutboxMessage.kind.in_(_TELLING),
        # a timed mail without a session was about one that exists no more
        OutboxMessage.session_id.is_not(None) | OutboxMessage.kind.not_in(TIMED_MAILS),
    )
    for person, session, at in db.session.execute(
        sent.group_by(OutboxMessage.registration_id, OutboxMessage.session_id)
    ):
        if person is not None and at is not None:
            yield (person, session), at
