"""Moving people up from the waiting list when a held seat came free by time alone."""

from datetime import datetime

import structlog
from sqlalchemy import select

from registration.extensions import db, one_transaction
from registration.models import Registration, Workshop
from registration.steps.counting import seats_of
from registration.steps.seating import fill_free_seats
from registration.vocabulary import RegistrationState, WorkshopState

log = structlog.get_logger(__name__)


def move_up_everywhere(*, now: datetime) -> int:
    """Fill free seats of every published workshop in which somebody waits; return how many moved up."""
    waiting = (
        select(Registration.workshop_id)
        .join(Workshop)
        .where(Workshop.state == WorkshopState.PUBLISHED, Registration.state == RegistrationState.WAITING)
        .distinct()
    )
    moved = 0
    for workshop_id in sorted(db.session.scalars(waiting)):
        if seats_of(db.session.get_one(Workshop, workshop_id), now=now).is_full:
            continue  # looked at without the lock: who is wrong here is right some seconds later
        with one_transaction():
            moved_here = fill_free_seats(Workshop.lock(workshop_id), now=now)
        if moved_here:
            log.info("workshop.moved_up", workshop=workshop_id, count=moved_here)
        moved += moved_here
    return moved
