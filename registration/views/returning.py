"""Whether somebody who has withdrawn can come back (M-33)."""

from datetime import datetime

from registration.models import Registration
from registration.views.availability import Chance, availability
from registration.vocabulary import RegistrationState


def can_return(registration: Registration, now: datetime) -> bool:
    """Whether it makes sense to offer it: the seat is still free. Decided is it under the lock."""
    workshop = registration.workshop
    if registration.state != RegistrationState.WITHDRAWN or registration.address_confirmed_at is None:
        return False
    if not workshop.is_published or workshop.is_over(now):
        return False
    seats = availability(workshop, now=now)
    has_room = seats.seats.free is None or (seats.seats.free > 0 and not seats.seats.waiting)
    return has_room or seats.chance == Chance.BY_CHOICE
