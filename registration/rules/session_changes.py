"""What people were told of a session, and what of it is different now: time, place and room (C-06).

Values are kept as text, so that they can be stored and compared; wall times as ISO. Former versions of a
session are kept in order, each with the instant `until` which it held: whoever was told last before that
knows this version, unless she knows an earlier one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from registration.vocabulary import WorkshopFormat

WHEN = ("zone", "starts_local", "ends_local", "dial_in_local")
WHERE = ("format", "place", "room_platform")
ROOM = ("room_link", "room_meeting_number", "room_password", "room_phones")

Facts = dict[str, Any]


def facts_of(session: Any) -> Facts:
    """Return time, place and room of a session as they are now; on site nobody has a room online."""
    facts = {name: _text(getattr(session, name)) for name in (*WHEN, *WHERE[1:], *ROOM)}
    meets = session.workshop.format
    unused = ("room_platform", *ROOM) if meets == WorkshopFormat.ON_SITE else ()
    return facts | dict.fromkeys(unused, "") | {"format": str(meets)}


def told_before(
    told: Sequence[Facts] | None, before: Facts, session: Any, now: datetime, sinces: Iterable[datetime]
) -> list[Facts] | None:
    """Return the former versions that somebody still has in mind, now that a session has changed.

    `sinces` are the instants at which people were told last. None when all of them know it as it is.
    """
    kept = still_known([*(told or ()), before | {"until": now.isoformat()}], sinces)
    return kept if any(news_of(one, session) for one in kept) else None


def still_known(versions: Sequence[Facts], sinces: Iterable[datetime]) -> list[Facts]:
    """Return the former versions that one of these people knows."""
    known = [version_known(versions, since) for since in sinces]
    return [one for one in versions if one in known]


def told_nothing(now: datetime) -> list[Facts]:
    """Return the former versions of a session which is new: there was none."""
    return [{"is_new": True, "until": now.isoformat()}]


def version_known(versions: Sequence[Facts] | None, since: datetime) -> Facts | None:
    """Return what somebody knows who was told last at `since`; None when that is how it is now."""
    return next((one for one in versions or () if since <= datetime.fromisoformat(one["until"])), None)


def news_of(told: Mapping[str, Any], session: Any) -> Facts:
    """Return the former values of what is different now; nothing when all is as it was.

    Time and place come as a whole, because they are told in one sentence each; of the room what has changed.
    """
    if told.get("is_new"):
        return {"is_new": True}
    now = facts_of(session)
    changed = {name for name in now if name in told and told[name] != now[name]}
    if now["format"] == WorkshopFormat.ON_SITE:
        changed.discard("dial_in_local")
    of_group = (name for group in (WHEN, WHERE) if changed & set(group) for name in group)
    return {name: told[name] for name in (*of_group, *(name for name in ROOM if name in changed))}


def without_room(news: Facts) -> Facts:
    """Return what concerns whoever has no seat: time and place."""
    return {name: value for name, value in news.items() if name not in ROOM}


def end_of(facts: Mapping[str, Any]) -> datetime | None:
    """The naive wall time at which a session was to end, as it was told; None when it was not told."""
    return datetime.fromisoformat(facts["ends_local"]) if facts.get("ends_local") else None


def start_of(facts: Mapping[str, Any]) -> datetime | None:
    """The same for its start."""
    return datetime.fromisoformat(facts["starts_local"]) if facts.get("starts_local") else None


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value or "")
