"""The sessions of a workshop: wall times, place, meeting room and agenda."""

import uuid
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import select

from registration.errors import NotPossible, RegistrationError
from registration.extensions import db, one_transaction
from registration.models import AgendaItem, OutboxMessage, Workshop, WorkshopSession
from registration.rules.session_changes import facts_of
from registration.rules.wall_times import to_instant
from registration.steps.editing import note, open_for_editing, set_columns
from registration.steps.journal import organiser
from registration.steps.noticing import note_change, note_new, note_removal
from registration.steps.offer_ends import end_offers_by_the_start
from registration.steps.retiming import skip_session
from registration.vocabulary import OutboxState

MOVED = {"starts_local", "starts_at", "zone"}


@dataclass(frozen=True)
class AgendaLine:
    """One line of the programme: wall time, what, and by whom."""

    at: time
    item: str
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class SessionFacts:
    """A session as typed: naive wall times; `fold` says which of two equal ones is meant (T-06)."""

    starts_local: datetime
    ends_local: datetime
    dial_in_local: datetime | None = None
    fold: int | None = None
    title: str = ""
    place: str = ""
    room_platform: str = ""
    room_link: str = ""
    room_meeting_number: str = ""
    room_password: str = ""
    room_phones: str = ""
    agenda: tuple[AgendaLine, ...] = ()


def add_session(
    workshop_id: int, facts: SessionFacts, *, version: int, organiser_id: int, now: datetime
) -> int:
    """Add a meeting and return its id; raises for times that do not exist or do not follow each other."""
    with one_transaction():
        workshop = open_for_editing(workshop_id, version)
        one = WorkshopSession(**_columns(facts, workshop.zone), calendar_uid=f"s-{uuid.uuid4()}")
        one.agenda = _agenda(facts)
        workshop.sessions.append(one)
        note_new(one, now=now)
        db.session.flush()
        end_offers_by_the_start(workshop, actor=organiser(organiser_id), now=now)
        note("session_added", workshop, organiser_id=organiser_id, now=now, details={"session": one.id})
        return one.id


def change_session(
    workshop_id: int, session_id: int, facts: SessionFacts, *, version: int, organiser_id: int, now: datetime
) -> list[str]:
    """Save a session and return the names of changed columns.

    What calendars show raises `sequence` (C-06); another start raises `revision`, mails are due anew (T-13).
    Another time, place or room is kept to be told (services/telling_changes.py).
    """
    with one_transaction():
        workshop = open_for_editing(workshop_id, version)
        one = _session(workshop, session_id)
        before = facts_of(one)
        changed = set_columns(one, _columns(facts, workshop.zone))
        if _lines(one.agenda) != list(facts.agenda):
            one.agenda = _agenda(facts)
            changed.append("agenda")
        if set(changed) - {"agenda"}:
            one.sequence += 1
            note_change(one, before, now=now)
        if MOVED & set(changed):
            one.revision += 1
            end_offers_by_the_start(workshop, actor=organiser(organiser_id), now=now)
        if changed:
            details = {"session": one.id, "changed": changed}
            note("session_changed", workshop, organiser_id=organiser_id, now=now, details=details)
        return changed


def remove_session(
    workshop_id: int, session_id: int, *, version: int, organiser_id: int, now: datetime
) -> None:
    """Take a meeting out; who knows of it will be told (services/telling_changes.py).

    Raises NotPossible for the last one of a public workshop, and for one whose mails tell of the past.
    """
    with one_transaction():
        workshop = open_for_editing(workshop_id, version)
        one = _session(workshop, session_id)
        if workshop.is_published and len(workshop.sessions) == 1:
            raise NotPossible(
                "Ein veröffentlichter Workshop braucht einen Termin. Sagen Sie ihn stattdessen ab."
            )
        is_ahead = workshop.is_published and one.starts_at > now
        if not is_ahead and _has_sent(session_id):
            raise NotPossible("Zu diesem Termin sind schon E-Mails verschickt. Er bleibt stehen.")
        note_removal(one, now=now)
        skip_session(session_id)
        workshop.sessions.remove(one)
        end_offers_by_the_start(workshop, actor=organiser(organiser_id), now=now)
        note("session_removed", workshop, organiser_id=organiser_id, now=now, details={"session": session_id})


def _has_sent(session_id: int) -> bool:
    of_session = OutboxMessage.session_id == session_id
    sent = select(OutboxMessage.id).where(of_session, OutboxMessage.state == OutboxState.SENT)
    return db.session.scalar(sent.limit(1)) is not None


def _session(workshop: Workshop, session_id: int) -> WorkshopSession:
    return next(one for one in workshop.sessions if one.id == session_id)


def _columns(facts: SessionFacts, zone: str) -> dict[str, Any]:
    columns = {name: getattr(facts, name) for name in _PLAIN}
    instants = {
        "starts_at": to_instant(facts.starts_local, zone, facts.fold),
        "ends_at": to_instant(facts.ends_local, zone, facts.fold),
        "dial_in_at": to_instant(facts.dial_in_local, zone, facts.fold) if facts.dial_in_local else None,
    }
    if instants["starts_at"] >= instants["ends_at"]:  # type: ignore[operator] # both are set just above
        raise RegistrationError("Das Ende liegt nicht nach dem Beginn.", field="ends")
    if instants["dial_in_at"] and instants["dial_in_at"] > instants["starts_at"]:  # type: ignore[operator] # the same
        raise RegistrationError("Die Einwahl beginnt erst nach dem Beginn.", field="dial_in")
    return columns | instants | {"zone": zone}


_PLAIN = (
    *("starts_local", "ends_local", "dial_in_local", "title", "place", "room_platform", "room_link"),
    *("room_meeting_number", "room_password", "room_phones"),
)


def _agenda(facts: SessionFacts) -> list[AgendaItem]:
    return [
        AgendaItem(position=position, at=line.at, item=line.item, by=line.by)
        for position, line in enumerate(facts.agenda, 1)
    ]


def _lines(agenda: list[AgendaItem]) -> list[AgendaLine]:
    return [AgendaLine(one.at, one.item, one.by) for one in agenda]
