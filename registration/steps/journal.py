"""Writing the journal: who did what to what, when, why (R-03)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registration.models import JournalEntry
from registration.steps.inserting import insert_one
from registration.vocabulary import ActorKind


@dataclass(frozen=True)
class Actor:
    """Who acts: the participant, the program, or one organiser."""

    kind: ActorKind
    organiser_id: int | None = None


PARTICIPANT = Actor(ActorKind.PARTICIPANT)
SYSTEM = Actor(ActorKind.SYSTEM)


def organiser(organiser_id: int) -> Actor:
    return Actor(ActorKind.ORGANISER, organiser_id)


def write(
    action: str,
    *,
    now: datetime,
    actor: Actor,
    workshop_id: int | None = None,
    registration_id: int | None = None,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> JournalEntry:
    """Append a line and return it with its id; it is nobody's to change."""
    entry = JournalEntry(
        at=now,
        actor=actor.kind,
        organiser_id=actor.organiser_id,
        workshop_id=workshop_id,
        registration_id=registration_id,
        action=action,
        reason=reason,
        details=details or {},
    )
    insert_one(entry)
    return entry
