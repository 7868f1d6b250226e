"""What people were told of a session, and what of it is different now: time, place and room (C-06).

Values are kept as text, so that they can be stored and compared; wall times as ISO. What was told has an
instant `changed_at`: that of the last change, which whoever gets a seat later knows already.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

WHEN = ("zone", "starts_local", "ends_local", "dial_in_local")
WHERE = ("format", "place", "room_platform")
ROOM = ("room_link", "room_meeting_number", "room_password", "room_phones")

Facts = dict[str, Any]


def facts_of(session: Any) -> Facts:
    """Return time, place and room of a session as they are now."""
    plain = {name: _text(getattr(session, name)) for name in (*WHEN, *WHERE[1:], *ROOM)}
    return plain | {"format": str(session.workshop.format)}


def told_before(told: Facts | None, before: Facts, session: Any, now: datetime) -> Facts | None:
    """Return what people were told last, now that a session has changed; None when they know it as it is.

    Several changes become one: the first one keeps what was told, later ones only their instant.
    """
    known = (before if told is None else told) | {"changed_at": now.isoformat()}
    return known if news_of(known, session) else None


def told_nothing(now: datetime) -> Facts:
    """Return that of a session which is new."""
    return {"is_new": True, "changed_at": now.isoformat()}


def news_of(told: Mapping[str, Any], session: Any) -> Facts:
    """Return the former values of what is different now; nothing when all is as it was.

    Time and place come as a whole, because they are told in one sentence each; of the room what has changed.
    """
    if told.get("is_new"):
        return {"is_new": True}
    now = facts_of(session)
    changed = {name for name in now if name in told and told[name] != now[name]}
    of_group = (name for group in (WHEN, WHERE) if changed & set(group) for name in group)
    return {name: told[name] for name in (*of_group, *(name for name in ROOM if name in changed))}


def without_room(news: Facts) -> Facts:
    """Return what concerns whoever has no seat: time and place."""
    return {name: value for name, value in news.items() if name not in ROOM}


def knew_it(told: Mapping[str, Any], since: datetime) -> bool:
    """Whether whoever has her state since then was told the new facts with it."""
    return since > datetime.fromisoformat(told["changed_at"])


def end_of(facts: Mapping[str, Any]) -> datetime | None:
    """The naive wall time at which a session was to end, as it was told; None when it was not told."""
    return datetime.fromisoformat(facts["ends_local"]) if facts.get("ends_local") else None


def start_of(facts: Mapping[str, Any]) -> datetime | None:
    """The same for its start."""
    return datetime.fromisoformat(facts["starts_local"]) if facts.get("starts_local") else None


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value or "")
