"""What people have not been told yet: which changes, for whom, and how urgently (T-11)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from registration.extensions import db
from registration.models import Registration, Workshop, WorkshopSession
from registration.rules.session_changes import (
    WHEN,
    WHERE,
    Facts,
    end_of,
    news_of,
    start_of,
    version_known,
    without_room,
)
from registration.rules.wall_times import to_nearest_instant
from registration.steps.last_told import TOLD_STATES, LastTold
from registration.steps.noticing import is_over

SOON = timedelta(hours=48)  # a change so close to the start waits for no quiet hours (T-11)


@dataclass(frozen=True)
class Untold:
    """The changes that still matter: sessions with what was told of them, and removed ones."""

    sessions: tuple[WorkshopSession, ...]
    removed: tuple[Facts, ...]

    def __bool__(self) -> bool:
        return bool(self.sessions or self.removed)

    def context(self) -> dict[str, Any]:
        """Return all that is new, as a mail's context holds it for who knows the oldest version."""
        news = {str(one.id): next(_news(one)) for one in self.sessions}
        return {"sessions": news, "removed": [_as_known(one, one) for one in self.removed]}

    def context_for(self, registration: Registration, last_told: LastTold) -> dict[str, Any]:
        """Return what is news to this person: from what she knows to how it is, no room without a seat."""
        sessions: dict[str, Facts] = {}
        for one in self.sessions:
            known = version_known(one.told, last_told.since(registration.id, one.id))
            news = news_of(known, one) if known else {}
            if news := news if registration.has_seat else without_room(news):
                sessions[str(one.id)] = news
        gone = (_removal_for(one, registration.id, last_told) for one in self.removed)
        return {"sessions": sessions, "removed": [one for one in gone if one]}

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
        told = [(version, one.zone) for one in self.sessions for version in one.told or ()]
        return [*told, *((version, one["zone"]) for one in self.removed for version in one["versions"])]

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
    sessions = (one for one in workshop.sessions if any(_news(one)) and not is_over(one.told or (), one, now))
    removed = (one for one in workshop.untold_removals if _ends_at(one) > now)
    return Untold(tuple(sessions), tuple(removed))


def readers(workshop: Workshop, news: Untold, last_told: LastTold) -> list[Reader]:
    """Return who has to be told, each with what is new to her; those without a seat learn no room."""
    if not news:
        return []
    people = (Registration.workshop_id == workshop.id, Registration.state.in_(TOLD_STATES))
    registrations = db.session.scalars(select(Registration).where(*people).order_by(Registration.id))
    found = (Reader(one, news.context_for(one, last_told)) for one in registrations)
    return [one for one in found if one.context["sessions"] or one.context["removed"]]


def _news(session: WorkshopSession) -> Iterator[Facts]:
    """What is different from each former version, the oldest first."""
    return (news for one in session.told or () if (news := news_of(one, session)))


def _removal_for(removal: Facts, person: int, last_told: LastTold) -> Facts | None:
    """A removed session as she knows it; None when she was never told of it, or only after it was gone."""
    by_mail = removal["sent"].get(str(person))
    since = last_told.since(person, None)
    known = version_known(
        removal["versions"], max(since, datetime.fromisoformat(by_mail)) if by_mail else since
    )
    return _as_known(removal, known) if known and "zone" in known else None


def _as_known(removal: Facts, known: Facts) -> Facts:
    about = {name: removal[name] for name in ("session_id", "uid", "sequence", "title")}
    return about | {name: known[name] for name in (*WHEN, *WHERE)}


def _ends_at(removal: Facts) -> datetime:
    return max(_instants([(one, removal["zone"]) for one in removal["versions"]], end_of))


def _instants(
    told: Sequence[tuple[Facts, str]], which: Callable[[Facts], datetime | None]
) -> Iterator[datetime]:
    for facts, zone in told:
        if (local := which(facts)) is not None:
            yield to_nearest_instant(local, facts.get("zone", zone))
