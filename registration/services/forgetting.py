"""Forgetting what people told us for one event only, some time after it (L-07)."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update

from registration.extensions import db, one_transaction
from registration.models import Registration, WorkshopSession

log = structlog.get_logger(__name__)


def forget_support_needs(*, days: int, now: datetime) -> int:
    """Empty the support needs of every workshop that has been over for so many days; return how many."""
    still_needed = select(WorkshopSession.id).where(
        WorkshopSession.workshop_id == Registration.workshop_id,
        WorkshopSession.ends_at > now - timedelta(days=days),
    )
    due = (Registration.support_needs != "", ~still_needed.exists())
    if db.session.scalar(select(Registration.id).where(*due).limit(1)) is None:
        return 0
    with one_transaction():
        emptied = update(Registration).where(*due).values(support_needs="").returning(Registration.id)
        count = len(db.session.execute(emptied).all())
    log.info("support_needs.forgotten", count=count)
    return count
