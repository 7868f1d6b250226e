"""What the feeds tell: workshops that were announced, also called off, and when they last changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select

from registration.extensions import db
from registration.models import JournalEntry, Workshop, WorkshopSession
from registration.steps.catalogue import Stamp, whole_workshops
from registration.steps.keeping import store
from registration.vocabulary import WorkshopState

KEPT_DAYS = 180
"""How long a calendar that follows the feed still shows what is over."""


@dataclass(frozen=True)
class Announced:
    """The workshops by their ids, detached, and when each was last changed; the stamp as in catalogue.py."""

    stamp: Stamp
    workshops: Sequence[Workshop]
    changed_at: Mapping[int, datetime]


_WORKSHOP, _SESSION, _ENTRY = Workshop.__table__, WorkshopSession.__table__, JournalEntry.__table__
# Built once: putting a query together takes longer than the database needs for it.
_STAMP = (
    select(_WORKSHOP.c.id, _WORKSHOP.c.version)
    .where(
        _WORKSHOP.c.state.in_((WorkshopState.PUBLISHED, WorkshopState.CANCELLED)),
        _WORKSHOP.c.published_at.is_not(None),
        select(_SESSION.c.id)
        .where(_SESSION.c.workshop_id == _WORKSHOP.c.id, _SESSION.c.ends_at > bindparam("since"))
        .exists(),
    )
    .order_by(_WORKSHOP.c.id)
)
_CHANGED = (
    select(_ENTRY.c.workshop_id, func.max(_ENTRY.c.at).label("at"))
    .where(_ENTRY.c.workshop_id.in_(bindparam("ids", expanding=True)), _ENTRY.c.registration_id.is_(None))
    .group_by(_ENTRY.c.workshop_id)
)


def announced(now: datetime) -> Announced:
    """Return what is still to come, or was over not long ago."""
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=KEPT_DAYS)
    found = db.session.connection().execute(_STAMP, {"since": since})
    stamp = [(id_, version) for id_, version in found]
    kept: Announced = store("catalogue").get("announced") or Announced((), (), {})
    if kept.stamp != stamp:
        kept = _read(stamp)
        store("catalogue").keep("announced", kept)
    return kept


def _read(stamp: Stamp) -> Announced:
    ids = [id_ for id_, _ in stamp]
    workshops = sorted(whole_workshops(ids), key=lambda one: one.id)
    rows = db.session.connection().execute(_CHANGED, {"ids": ids}) if ids else ()
    told = {row.workshop_id: row.at for row in rows}
    changed_at = {one.id: max(filter(None, (told.get(one.id), *_own(one)))) for one in workshops}
    return Announced(stamp, workshops, changed_at)


def _own(workshop: Workshop) -> tuple[datetime | None, ...]:
    return workshop.created_at, workshop.published_at, workshop.cancelled_at
