"""What stands in a calendar: a session, or what is left of one that was taken out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registration.mail import words
from registration.models import Workshop, WorkshopSession


@dataclass(frozen=True)
class RemovedSession:
    """A session that exists no more, named as its record was."""

    workshop: Workshop
    calendar_uid: str
    sequence: int
    zone: str
    starts_local: datetime
    ends_local: datetime
    title: str


Slot = WorkshopSession | RemovedSession


def removed_sessions(removals: Iterable[Mapping[str, Any]], workshop: Workshop) -> list[RemovedSession]:
    """Return what `Workshop.untold_removals` or a mail's context holds of them."""
    return [_removed(one, workshop) for one in removals]


def title_of(slot: Slot) -> str:
    return words.session_title(slot) if isinstance(slot, WorkshopSession) else slot.title


def _removed(removal: Mapping[str, Any], workshop: Workshop) -> RemovedSession:
    return RemovedSession(
        workshop=workshop,
        calendar_uid=removal["uid"],
        sequence=removal["sequence"],
        zone=removal["zone"],
        starts_local=datetime.fromisoformat(removal["starts_local"]),
        ends_local=datetime.fromisoformat(removal["ends_local"]),
        title=removal["title"],
    )
