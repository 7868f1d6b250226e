"""One attempt at a seat of the newest workshop, as the view makes it, without the web around it."""

import random
from datetime import UTC, datetime

from sqlalchemy import func, select

from registration.errors import WorkshopFull
from registration.extensions import db
from registration.models import Workshop
from registration.services.registering import register
from tests.races.people import person


def attempt(_chance: random.Random, name: str) -> int:
    """Whether the attempt was taken."""
    newest = db.session.scalar(select(func.max(Workshop.id)))
    db.session.rollback()
    try:
        register(newest, person(name), now=datetime.now(UTC))
    except WorkshopFull:
        return 0
    return 1
