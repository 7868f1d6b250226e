"""The workshops still to come, as the public list searches them.

They are kept per process as long as one small statement finds the same versions (offers.py). Searching them
here costs the database nothing, folds umlauts in the same way on both databases, and takes some milliseconds
for thousands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from registration.extensions import db
from registration.models import Workshop, WorkshopSession
from registration.rules.finding import Facts, folded, lines
from registration.steps.keeping import store
from registration.vocabulary import WorkshopState

Stamp = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Entry:
    """A workshop, detached and only for reading, with what a search looks at."""

    workshop: Workshop
    facts: Facts


@dataclass(frozen=True)
class Catalogue:
    """All workshops still to come; the stamp, ids and versions, is another one after any change."""

    stamp: Stamp
    entries: tuple[Entry, ...]


_WORKSHOP, _SESSION = Workshop.__table__, WorkshopSession.__table__
# Built once: putting a query together takes longer than the database needs for it.
_TO_COME = select(_SESSION.c.workshop_id).where(_SESSION.c.ends_at > bindparam("now"))
# Which of them are published is asked here: SQLite would look through all that ever were, to find these.
_STAMP = (
    select(_WORKSHOP.c.id, _WORKSHOP.c.version, _WORKSHOP.c.state)
    .where(_WORKSHOP.c.id.in_(_TO_COME))
    .order_by(_WORKSHOP.c.id)
)
_WHOLE = (
    select(Workshop)
    .where(Workshop.id.in_(bindparam("ids", expanding=True)))
    .options(selectinload(Workshop.sessions), selectinload(Workshop.questions))
)


def upcoming(now: datetime) -> Catalogue:
    """Return the published workshops that have not ended, by their ids."""
    found = db.session.connection().execute(_STAMP, {"now": now})
    stamp = [(one.id, one.version) for one in found if one.state is WorkshopState.PUBLISHED]
    kept: Catalogue = store("catalogue").get("upcoming") or Catalogue((), ())
    if kept.stamp != stamp:
        kept = Catalogue(stamp, _entries(stamp, kept.entries))
        store("catalogue").keep("upcoming", kept)
    return kept


def _entries(stamp: Stamp, kept: Iterable[Entry]) -> tuple[Entry, ...]:
    known = {(one.workshop.id, one.workshop.version): one for one in kept}
    missing = [id_ for id_, version in stamp if (id_, version) not in known]
    loaded = {one.id: Entry(one, _facts(one)) for one in whole_workshops(missing)}
    found = (loaded.get(id_) or known.get((id_, version)) for id_, version in stamp)
    return tuple(one for one in found if one)


def whole_workshops(ids: Sequence[int]) -> Sequence[Workshop]:
    """Return these workshops with their sessions and questions, detached; in any order."""
    if not ids:
        return []
    with Session(db.engine) as reading:
        workshops = reading.scalars(_WHOLE, {"ids": list(ids)}).all()
    for workshop in workshops:
        for one in workshop.sessions:
            set_committed_value(one, "workshop", workshop)  # later nobody could ask for it
    return workshops


def _facts(workshop: Workshop) -> Facts:
    own = (workshop.title, workshop.subtitle, workshop.series, workshop.summary, workshop.description)
    sessions = (text for one in workshop.sessions for text in (one.title, one.place))
    return Facts(
        words=folded(" ".join((*own, workshop.audience, *sessions))),
        format=workshop.format,
        audience=frozenset(map(folded, lines(workshop.audience))),
        series=folded(workshop.series),
    )
