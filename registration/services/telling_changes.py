"""Telling people that time, place or room of a session are not as they know them, or deciding not to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import update

from registration.errors import NotPossible
from registration.extensions import db, one_transaction, wake_workers
from registration.mail import messages
from registration.models import JournalEntry, OutboxMessage, Workshop
from registration.rules.quiet_hours import end_of_quiet
from registration.steps.editing import open_for_editing
from registration.steps.inserting import insert_all
from registration.steps.journal import organiser, write
from registration.steps.last_told import LastTold
from registration.steps.noticing import forget
from registration.steps.timing import quiet_hours
from registration.steps.unsent import in_words, with_unsent
from registration.steps.untold import Reader, Untold, readers, untold
from registration.vocabulary import OutboxState

REPLACED = "eine neuere Änderung sagt alles zusammen"
_AT_ONCE = 1000
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Prospect:
    """What telling would do now: whom it reaches, and when the mails leave."""

    news: Untold
    readers: list[Reader]
    leaves_at: datetime

    @property
    def seats(self) -> int:
        """How many of them have a seat."""
        return sum(one.registration.has_seat for one in self.readers)


def prospect(workshop: Workshop, *, now: datetime) -> Prospect | None:
    """Return what is still to be told, and to whom; None when there is nothing, or nobody. Reads only."""
    news = untold(workshop, now=now)
    told, _replaced = _readers(workshop, news) if news else ([], {})
    return Prospect(news, told, _leaves_at(news, workshop, now)) if told else None


def tell_changes(workshop_id: int, *, version: int, text: str, organiser_id: int, now: datetime) -> int:
    """Write one mail to everybody to whom something is new, in one transaction; return how many.

    They leave by day, but at once when it is less than 48 hours to the start (T-11). Raises NotPossible when
    there is nothing to tell, ConcurrentEdit when the organiser has not seen all of it.
    """
    with one_transaction():
        workshop = _open(workshop_id, version)
        news = _untold(workshop, now)
        told, replaced = _readers(workshop, news)
        entry = _note("changes_told", workshop, news, organiser_id, now, people=len(told), text=text)
        _skip([one.id for one in replaced.values()])
        leaves_at = _leaves_at(news, workshop, now)
        insert_all([_mail(one, entry, news, text, leaves_at, now) for one in told])
        forget(workshop)
        wake_workers()
    log.info("changes.told", workshop=workshop_id, organiser=organiser_id, told=len(told))
    return len(told)


def keep_quiet(workshop_id: int, *, version: int, organiser_id: int, now: datetime) -> None:
    """Tell nobody: the journal says who has decided so. Raises as `tell_changes`."""
    with one_transaction():
        workshop = _open(workshop_id, version)
        news = _untold(workshop, now)
        _note("changes_not_told", workshop, news, organiser_id, now)
        forget(workshop)
    log.info("changes.not_told", workshop=workshop_id, organiser=organiser_id)


def _readers(workshop: Workshop, news: Untold) -> tuple[list[Reader], dict[int, OutboxMessage]]:
    last_told = LastTold(workshop.id)
    return with_unsent(readers(workshop, news, last_told), workshop, last_told)


def _open(workshop_id: int, version: int) -> Workshop:
    """Refuse first what somebody has done already: a second click is no conflict."""
    workshop = Workshop.lock(workshop_id)
    if not workshop.untold_removals and all(one.told is None for one in workshop.sessions):
        raise NotPossible("Es gibt keine Änderung mehr mitzuteilen.")
    return open_for_editing(workshop_id, version)


def _untold(workshop: Workshop, now: datetime) -> Untold:
    if news := untold(workshop, now=now):
        return news
    raise NotPossible("Die geänderten Termine sind vorbei: Es gibt nichts mehr mitzuteilen.")


def _note(
    action: str, workshop: Workshop, news: Untold, organiser_id: int, now: datetime, **details: Any
) -> JournalEntry:
    """Without the former values: links and passwords do not belong into the journal."""
    about = {
        "sessions": [one.id for one in news.sessions],
        "removed": [one["session_id"] for one in news.removed],
    }
    return write(
        action, now=now, actor=organiser(organiser_id), workshop_id=workshop.id, details=about | details
    )


def _leaves_at(news: Untold, workshop: Workshop, now: datetime) -> datetime:
    """After quiet hours, and 48 hours before the first start at the latest."""
    quiet = quiet_hours()
    if quiet is None:
        return now
    return min(end_of_quiet(now, workshop.zone, quiet), max(now, news.is_urgent_from))


def _mail(
    reader: Reader, entry: JournalEntry, news: Untold, text: str, leaves_at: datetime, now: datetime
) -> OutboxMessage:
    person = reader.registration
    cause = f"registration:{person.id}:journal:{entry.id}"
    mail = messages.workshop_changed(person, cause=cause, now=now, context=in_words(reader.context, text))
    mail.priority = messages.TIMED if now >= news.is_urgent_from else messages.BULK
    mail.next_attempt_at, mail.pointless_after = leaves_at, news.pointless_after
    return mail


def _skip(ids: Sequence[int]) -> None:
    """Mails that a worker has in hand are asked again before they leave (mail/still_wanted.py)."""
    skipped = {"state": OutboxState.SKIPPED, "state_reason": REPLACED}
    for start in range(0, len(ids), _AT_ONCE):
        mails = OutboxMessage.id.in_(ids[start : start + _AT_ONCE])
        change = update(OutboxMessage).where(mails, OutboxMessage.state == OutboxState.QUEUED)
        db.session.execute(change.values(skipped).execution_options(synchronize_session=False))
