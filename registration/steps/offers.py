"""A workshop with its parts as the public reads it, kept as long as its version stays the same.

Every change of a workshop, its sessions, agenda, rules and questions raises `Workshop.version`
(editing.py), so one small statement tells whether what is kept is still right. Nobody is given a seat by
what is kept: that is decided under the lock, on rows read anew.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from registration.extensions import db
from registration.models import Organisation, Registration, Workshop, WorkshopSession
from registration.rules.slugs import is_slug
from registration.steps.keeping import store
from registration.vocabulary import RegistrationState


@dataclass(frozen=True)
class Offer:
    """The workshop, detached and only for reading, and what was counted in this moment."""

    workshop: Workshop
    count: Any = None  # confirmed, offered, in_review, waiting, held
    register: tuple[Any, ...] = ()  # how many organisations, and when the last one was changed


_WORKSHOP, _ORGANISATION, _REGISTRATION = (
    Workshop.__table__,
    Organisation.__table__,
    Registration.__table__,
)
_STATE = _REGISTRATION.c.state
MOVES_UP_BY_ITSELF = _REGISTRATION.c.state_reason != "by_hand"
"""The condition for those who wait in line; whom an organiser lets wait keeps nobody out."""


def _number(*conditions: Any) -> ColumnElement[int]:
    return func.count(_REGISTRATION.c.id).filter(and_(*conditions))


COUNTS = (
    _number(_STATE == RegistrationState.CONFIRMED).label("confirmed"),
    _number(_STATE == RegistrationState.OFFERED).label("offered"),
    _number(_STATE == RegistrationState.IN_REVIEW).label("in_review"),
    _number(_STATE == RegistrationState.WAITING, MOVES_UP_BY_ITSELF).label("waiting"),
    _number(
        _STATE == RegistrationState.UNCONFIRMED, _REGISTRATION.c.seat_held_until > bindparam("now")
    ).label("held"),
)
"""The numbers of seats of a workshop at the instant `now`."""
REGISTER_STAMP = (
    select(func.count()).select_from(_ORGANISATION).scalar_subquery().label("organisations"),
    select(func.max(_ORGANISATION.c.changed_at)).scalar_subquery().label("register_changed_at"),
)
"""Two numbers that change with every change of the register of organisations."""


def _stamp(*columns: Any) -> Select[Any]:
    of_workshop = _REGISTRATION.c.workshop_id == _WORKSHOP.c.id
    return (
        select(_WORKSHOP.c.id, _WORKSHOP.c.version, *COUNTS, *columns)
        .select_from(_WORKSHOP.outerjoin(_REGISTRATION, of_workshop))
        .where(_WORKSHOP.c.slug == bindparam("slug"))
        .group_by(_WORKSHOP.c.id)
    )


# Built once: putting a query together takes longer than the database needs for it.
_BY_SLUG, _BY_SLUG_WITH_REGISTER = _stamp(), _stamp(*REGISTER_STAMP)
_BY_ID = select(_WORKSHOP.c.version, *REGISTER_STAMP).where(_WORKSHOP.c.id == bindparam("id"))
_WHOLE = (
    select(Workshop)
    .where(Workshop.id == bindparam("id"))
    .options(
        joinedload(Workshop.rules),
        selectinload(Workshop.questions),
        selectinload(Workshop.sessions).joinedload(WorkshopSession.agenda),
    )
)


def find_offer(slug: str, *, now: datetime, with_register: bool = False) -> Offer | None:
    """Return the workshop of this address with its numbers of seats, in whatever state it is."""
    if not is_slug(slug):  # PostgreSQL takes no NUL, not even to look for it
        return None
    query = _BY_SLUG_WITH_REGISTER if with_register else _BY_SLUG
    found = db.session.connection().execute(query, {"slug": slug, "now": now}).one_or_none()
    if found is None:
        return None
    register = (found.organisations, found.register_changed_at) if with_register else ()
    return Offer(whole_workshop(found.id, found.version), found, register)


def offer_of(workshop_id: int) -> Offer:
    """Return the workshop without its numbers, with the stamp of the register; raises when there is none."""
    found = db.session.connection().execute(_BY_ID, {"id": workshop_id}).one()
    return Offer(whole_workshop(workshop_id, found.version), register=tuple(found[1:]))


def whole_workshop(workshop_id: int, version: int) -> Workshop:
    """Return the workshop with sessions, agenda, rules and questions, at least as new as `version`."""
    kept = store("workshops")
    workshop: Workshop | None = kept.get(workshop_id)
    if workshop is None or workshop.version != version:
        # in a session of its own: the records of the request stay apart, and these are nobody's to change
        with Session(db.engine) as reading:
            workshop = reading.execute(_WHOLE, {"id": workshop_id}).unique().scalar_one()
            for one in workshop.sessions:
                set_committed_value(one, "workshop", workshop)  # later nobody could ask for it
        kept.keep(workshop_id, workshop)
    return workshop
