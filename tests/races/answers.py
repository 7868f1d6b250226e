"""What journal, people and outbox say of the same steps."""

from collections import Counter

from sqlalchemy import or_, select

from registration.extensions import db
from registration.models import JournalEntry, OutboxMessage, Registration
from registration.vocabulary import RegistrationState

State = RegistrationState
ANSWERED = {*State} - {State.UNCONFIRMED, State.LAPSED}
"""Each of these steps is told by one mail, and so is the end of an offer."""


def untrue_states() -> list[str]:
    """Whose state is another than the journal's last word."""
    last: dict[int | None, str] = {}
    for line in db.session.scalars(select(JournalEntry).order_by(JournalEntry.id)):
        if line.action in set(State):
            last[line.registration_id] = line.action
    people = db.session.scalars(select(Registration))
    return [one.reference for one in people if last.get(one.id, State.UNCONFIRMED) != one.state]


def mails_per_answer() -> dict[str, int]:
    """How many mails each step of the journal has caused."""
    is_told = or_(JournalEntry.action.in_(ANSWERED), JournalEntry.reason == "offer_ended")
    lines = db.session.scalars(select(JournalEntry).where(is_told))
    keys = {f"registration:{one.registration_id}:journal:{one.id}" for one in lines}
    written = Counter(key.rpartition(":")[0] for key in db.session.scalars(select(OutboxMessage.intent_key)))
    return {key: written[key] for key in keys}
