"""Noticing that people have not been told of a change, under the lock of the workshop.

What they may know stands in `WorkshopSession.told`, what was taken out in `Workshop.untold_removals`.
"""

from collections.abc import Iterable
from datetime import datetime

from registration.mail import words
from registration.models import Workshop, WorkshopSession
from registration.rules.session_changes import (
    WHEN,
    WHERE,
    Facts,
    end_of,
    facts_of,
    still_known,
    told_before,
    told_nothing,
)
from registration.rules.wall_times import to_nearest_instant
from registration.steps.last_told import LastTold


def note_change(session: WorkshopSession, before: Facts, *, now: datetime) -> None:
    """Keep what people may know from before a change; forget it when all know how it is."""
    if not session.workshop.is_published or is_over([before], session, now):
        return
    sinces = LastTold(session.workshop_id).sinces(session.id)
    session.told = told_before(session.told, before, session, now, sinces)


def note_new(session: WorkshopSession, *, now: datetime) -> None:
    """Remember that nobody has been told of a new session."""
    workshop = session.workshop
    if workshop.is_published and session.ends_at > now and LastTold(workshop.id):
        session.told = told_nothing(now)


def note_removal(session: WorkshopSession, *, now: datetime) -> None:
    """Remember what stands in calendars although it will not take place, in each version that was told."""
    workshop = session.workshop
    if not workshop.is_published or is_over(session.told or (), session, now):
        return
    last_told = LastTold(workshop.id)
    until_now = facts_of(session) | {"until": now.isoformat()}
    versions = still_known([*(session.told or ()), until_now], last_told.sinces(session.id))
    known = [one for one in versions if "zone" in one]
    if not known:
        return
    removal = {name: known[0][name] for name in (*WHEN, *WHERE)} | {
        "session_id": session.id,
        "uid": session.calendar_uid,
        "sequence": session.sequence + 1,
        "title": words.session_title(session),
        "versions": [_without_room(one) for one in versions],
        "sent": last_told.of_session(session.id),
    }
    workshop.untold_removals = [*workshop.untold_removals, removal]


def forget(workshop: Workshop) -> None:
    """From now on people know everything as it is, or shall not be told."""
    workshop.untold_removals = []
    for session in workshop.sessions:
        session.told = None


def is_over(versions: Iterable[Facts], session: WorkshopSession, now: datetime) -> bool:
    """Whether a session is over by all former times and by the new one."""
    ends = (
        to_nearest_instant(former, str(one.get("zone", session.zone)))
        for one in versions
        if (former := end_of(one))
    )
    return max([session.ends_at, *ends]) <= now


def _without_room(version: Facts) -> Facts:
    kept = (*WHEN, *WHERE, "until", "is_new")
    return {name: version[name] for name in kept if name in version}
