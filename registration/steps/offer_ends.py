"""Offers of seats when the workshop is moved: none lasts past the start (rule 4)."""

from datetime import datetime

from sqlalchemy import select

from registration.extensions import db
from registration.models import Registration, Workshop
from registration.steps.journal import Actor, write
from registration.vocabulary import RegistrationState


def end_offers_by_the_start(workshop: Workshop, *, actor: Actor, now: datetime) -> None:
    """Let open offers end at the first start at the latest; a start that is moved back prolongs none.

    The workshop is locked, and its sessions stand in memory as they will be: not yet in their order.
    """
    start = min((one.starts_at for one in workshop.sessions), default=None)
    if start is None:
        return
    too_long = select(Registration).where(
        Registration.workshop_id == workshop.id,
        Registration.state == RegistrationState.OFFERED,
        Registration.offered_until > start,
    )
    for one in db.session.scalars(too_long.order_by(Registration.id)).all():
        before, one.offered_until = one.offered_until, start
        write(
            "offer_shortened",
            now=now,
            actor=actor,
            workshop_id=workshop.id,
            registration_id=one.id,
            details={"before": before.isoformat() if before else "", "until": start.isoformat()},
        )
