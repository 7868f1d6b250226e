"""Deriving instants anew: the wall time is the truth, and rules of time zones change (T-01).

A newer tzdata comes with an upgrade of the system or of Python's package. What was stored by the older one is
found here, once an hour: it is cheap, and then nothing has to be done by hand.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from registration.extensions import db, one_transaction
from registration.models import Workshop, WorkshopSession
from registration.rules.wall_times import closing_instant, instant_again, to_nearest_instant
from registration.steps.editing import open_for_editing, set_columns

RECENTLY = timedelta(days=2)  # a zone hardly ever moves by more than a day
log = structlog.get_logger(__name__)


def derive_instants(*, now: datetime) -> int:
    """Correct the instants of workshops that are not long over; return of how many.

    No revision rises by it: nobody has moved anything, and what was sent is not sent again.
    """
    ahead = select(WorkshopSession.workshop_id).where(WorkshopSession.ends_at > now - RECENTLY)
    with_sessions = select(Workshop).where(Workshop.id.in_(ahead)).options(selectinload(Workshop.sessions))
    wrong = [one.id for one in db.session.scalars(with_sessions) if _differs(one)]
    db.session.rollback()
    for workshop_id in wrong:
        with one_transaction():
            workshop = open_for_editing(workshop_id)
            for record, columns in _derived(workshop):
                set_columns(record, columns)
        log.warning("workshop.instants_derived_anew", workshop=workshop_id)
    return len(wrong)


def _differs(workshop: Workshop) -> bool:
    return any(
        getattr(record, name) != value
        for record, columns in _derived(workshop)
        for name, value in columns.items()
    )


def _derived(workshop: Workshop) -> list[tuple[Workshop | WorkshopSession, dict[str, Any]]]:
    """Each record and the instants that its wall times have by the rules of today."""
    found: list[tuple[Workshop | WorkshopSession, dict[str, Any]]] = []
    if workshop.opens_local:  # none where an earlier version stored the instant alone
        found.append((workshop, {"opens_at": to_nearest_instant(workshop.opens_local, workshop.zone)}))
    if workshop.deadline_on:
        closing = closing_instant(workshop.deadline_on, workshop.deadline_time, workshop.zone)
        found.append((workshop, {"closes_at": closing}))
    for one in workshop.sessions:
        times = {
            "starts_at": (one.starts_local, one.starts_at),
            "ends_at": (one.ends_local, one.ends_at),
            "dial_in_at": (one.dial_in_local, one.dial_in_at),
        }
        known = {name: pair for name, pair in times.items() if pair[0] and pair[1]}
        found.append((one, {name: instant_again(*pair, one.zone) for name, pair in known.items()}))  # type: ignore[arg-type] # both are set
    return found
