"""Opening a workshop for a change: the lock, and the version that somebody has seen (U-20)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from registration.errors import ConcurrentEdit
from registration.models import Workshop
from registration.rules.names import clean_multiline
from registration.steps.journal import organiser, write


def open_for_editing(workshop_id: int, version: int | None = None) -> Workshop:
    """Lock the workshop and return it; raises ConcurrentEdit when `version` is not the stored one any more.

    The version rises with every change, also of sessions, rules, questions and the mail plan. Who has shown
    nothing to anybody names none.
    """
    workshop = Workshop.lock(workshop_id)
    if version is not None and workshop.version != version:
        raise ConcurrentEdit
    flag_modified(
        workshop, "title"
    )  # a change of its parts alone would leave the row, and the version, as it is
    return workshop


def set_columns(record: Any, columns: Mapping[str, Any]) -> list[str]:
    """Set the named columns and return the names of those that really changed.

    A text that a form would only tidy, as browsers send other line breaks, has not changed.
    """
    changed = [name for name, value in columns.items() if not _is_same(getattr(record, name), value)]
    for name in changed:
        setattr(record, name, columns[name])
    return changed


def _is_same(stored: Any, value: Any) -> bool:
    if stored == value:
        return True
    return isinstance(stored, str) and isinstance(value, str) and clean_multiline(stored) == value


def note(
    action: str,
    workshop: Workshop,
    *,
    organiser_id: int,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """Write a line of the workshop's journal in the name of the organiser."""
    write(action, now=now, actor=organiser(organiser_id), workshop_id=workshop.id, details=details)
