"""What people have not been told yet: which changes, for whom, and how urgently (T-11)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from registration.extensions import db
from registration.models import Registration, Workshop, WorkshopSession
from registration.rules.session_changes import (
    Facts,
    end_of,
    knew_it,
    news_of,
    start_of,
    without_room,
)
from registration.rules.wall_times import to_nearest_instant
from registration.steps.noticing import TOLD_STATES, is_over

SOON = timedelta(hours=48)  # a change so close to the start waits for no quiet hours (T-11)


@dataclass(frozen=True)
class Untold:
    """The changes that still matter: sessions with what was told of them, and removed ones."""

    sessions: tuple[WorkshopSession, ...]
    removed: tuple[Facts, ...]

    def __bool__(self) -> bool:
        return bool(self.sessions or self.removed)

    def context(self) -> dict[str, Any]:
        """Return all that is new, as a mail's context holds it."""
        news = {str(one.id): news_of(one.told or {}, one) for one in self.sessions}
        return {"sessions": news, "removed": list(self.removed)}

    def context_for(self, registration: Registration) -> dict[str, Any]:
        """Return what is news to this person: not what she was told with her seat, no room without one."""
        since = registration.state_changed_at
        new_to_her = (one for one in self.sessions if not knew_it(one.told or {}, since))
        news = {str(one.id): news_of(one.told or {}, one) for one in new_to_her}
        if not registration.has_seat:
            news = {number: without_room(changed) for number, changed in news.items()}
        removed = [one for one in self.removed if _knows(one, since)]
        return {"sessions": {number: one for number, one in news.items() if one}, "removed": removed}

    @property
    def is_urgent_from(self) -> datetime:
        """From when on the mail cannot wait: 48 hours before the first start that is concerned (T-11)."""
        return min(self._starts) - SOON

    @property
    def pointless_after(self) -> datetime:
        """When the last of these sessions is over, by the old and by the new time."""
        return max([*(one.ends_at for one in self.sessions), *_instants(self._told, end_of)])

    @property
    def _told(self) -> list[tuple[Facts, str]]:
        told = [(one.told or {}, one.zone) for one in self.sessions]
        return [*told, *((one, one["zone"]) for one in self.removed)]

    @property
    def _starts(self) -> list[datetime]:
        return [*(one.starts_at for one in self.sessions), *_instants(self._told, start_of)]


@dataclass(frozen=True)
class Reader:
    """A person, and what the mail says to her."""

    registration: Registration
    context: dict[str, Any]


def untold(workshop: Workshop, *, now: datetime) -> Untold:
    """Return what nobody has been told yet and somebody should still know."""
    if not workshop.is_published:
        return Untold((), ())
    sessions = (one for one in workshop.sessions if one.told and not is_over(one.told, one, now))
    removed = (one for one in workshop.untold_removals if _ends_at(one, one["zone"]) > now)
    return Untold(tuple(sessions), tuple(removed))


def readers(workshop: Workshop, news: Untold) -> list[Reader]:
    """Return who has to be told, each with what is new to her; those without a seat learn no room."""
    if not news:
        return []
    people = (Registration.workshop_id == workshop.id, Registration.state.in_(TOLD_STATES))
    registrations = db.session.scalars(select(Registration).where(*people).order_by(Registration.id))
    found = (Reader(one, news.context_for(one)) for one in registrations)
    return [one for one in found if one.context["sessions"] or one.context["removed"]]


def _knows(removal: Facts, since: datetime) -> bool:
    """Whether she was told of a session before it was taken out."""
    was_added_before = not removal["known_from"] or since > datetime.fromisoformat(removal["known_from"])
    return was_added_before and not knew_it(removal, since)


def _ends_at(facts: Facts, zone: str) -> datetime:
    return to_nearest_instant(datetime.fromisoformat(facts["ends_local"]), zone)


def _instants(
    told: Sequence[tuple[Facts, str]], which: Callable[[Facts], datetime | None]
) -> Iterator[datetime]:
    for facts, zone in told:
        if (local := which(facts)) is not None:
            yield to_nearest_instant(local, facts.get("zone", zone))
