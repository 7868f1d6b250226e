"""When sessions were moved, as the journal tells it: who had a seat by then holds the old date (T-13)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from registration.extensions import db
from registration.models import JournalEntry
from registration.steps.plan_lines import Line

_START = {"starts_local", "starts_at", "zone"}  # what the editor raises the revision for
Key = tuple[int, int | None]
"""Workshop and session; None: all of its sessions."""


def with_moves(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, those of moved sessions with the instant of the last move; mostly asks nothing."""
    moved = {one.workshop_id for one in lines if _is_moved(one)}
    instants = _instants(moved) if moved else {}
    return [replace(one, moved_at=_last(one, instants)) if _is_moved(one) else one for one in lines]


def _last(line: Line, instants: dict[Key, datetime]) -> datetime | None:
    """Return when this session was moved, or all of its workshop with it to another zone."""
    keys = ((line.workshop_id, line.session_id), (line.workshop_id, None))
    return max((instants[key] for key in keys if key in instants), default=None)


def _is_moved(line: Line) -> bool:
    return not line.is_note and line.revision is not None and line.revision > 1


def _instants(workshop_ids: set[int]) -> dict[Key, datetime]:
    lines = select(
        JournalEntry.at, JournalEntry.action, JournalEntry.workshop_id, JournalEntry.details
    ).where(
        JournalEntry.workshop_id.in_(workshop_ids),
        JournalEntry.action.in_(["session_changed", "workshop_changed"]),
    )
    found: dict[Key, datetime] = {}
    for at, action, workshop_id, details in db.session.execute(lines):
        of_session = action == "session_changed"
        if (_START if of_session else {"zone"}) & set(details["changed"]):
            key = (workshop_id, details["session"] if of_session else None)
            found[key] = max(at, found.get(key, at))
    return found
