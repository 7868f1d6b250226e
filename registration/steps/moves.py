"""When sessions were moved, as the journal tells it: who had a seat by then holds the old date (T-13)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from registration.extensions import db
from registration.models import JournalEntry
from registration.steps.plan_lines import Line

_START = {"starts_local", "starts_at", "zone"}  # what the editor raises the revision for


def with_moves(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, those of moved sessions with the instant of the last move; mostly asks nothing."""
    moved = {one.workshop_id for one in lines if _is_moved(one)}
    instants = _instants(moved) if moved else {}
    return [replace(one, moved_at=instants.get(one.session_id)) if _is_moved(one) else one for one in lines]


def _is_moved(line: Line) -> bool:
    return not line.is_note and line.revision is not None and line.revision > 1


def _instants(workshop_ids: set[int]) -> dict[int | None, datetime]:
    changes = select(JournalEntry.at, JournalEntry.details).where(
        JournalEntry.workshop_id.in_(workshop_ids), JournalEntry.action == "session_changed"
    )
    found: dict[int | None, datetime] = {}
    for at, details in db.session.execute(changes):
        if _START & set(details["changed"]):
            session_id = details["session"]
            found[session_id] = max(at, found.get(session_id, at))
    return found
