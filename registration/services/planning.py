"""Planning timed mails: whatever is due and not yet there becomes a row of the outbox (T-08…T-14).

Safe at any time, any number of times, by any number of workers: the intent key makes a second mail
impossible, and what a pause left undone is still due afterwards (T-09). What became pointless meanwhile is
written as skipped, so that the time line tells it; when the clock was wrong about it, it is queued after all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from registration.extensions import db, one_transaction, wake_workers
from registration.mail import messages
from registration.mail.head_counts import head_counts
from registration.models import MailRule, OutboxMessage, Workshop, WorkshopSession
from registration.steps.attention import Attention, attention
from registration.steps.bulk_mails import (
    Fate,
    count_missing,
    existing_notes,
    ids_from,
    insert_if_new,
    insert_mails,
    requeue_mails,
)
from registration.steps.digests import Digest, digest_of, key_of_digest, window_of_digest
from registration.steps.moves import with_moves
from registration.steps.plan_lines import DigestPlan, Line, plan_of_all
from registration.steps.second_chances import TOO_LATE, queue_again
from registration.steps.timing import quiet_hours
from registration.vocabulary import MailKind, OutboxState

BATCH = 2000  # mails per transaction: for a tenth of a second nobody else writes to an SQLite file
TOLD_FOR = timedelta(days=7)  # what became pointless longer ago is not written any more
SETTLED_AFTER = timedelta(minutes=2)  # by then whoever had a seat before the due time is committed
TOLD_TOO_LATE = f"{TOO_LATE}Der Zeitpunkt, bis zu dem die E-Mail nützt, war schon vorbei"
ENOUGH = "die Mindestzahl ist erreicht"
NO_ADDRESS = "die Ansprechperson hat keine E-Mail-Adresse"


def plan_due_mails(*, now: datetime) -> int:
    """Write what is due; return how many mails are new. When nothing is due, it asks once or twice."""
    plan, seen = plan_of_all(now), attention()
    due = [one for one in plan.lines if _is_due(one, now) and seen.is_due((one.key, one.window.due), now)]
    due = [one for one in with_moves(due) if not one.waits_for_telling(now)]
    planned = _plan_people([one for one in due if not one.is_note], now)
    planned += _plan_notes([one for one in due if one.is_note], now)
    for one in due:
        # who has attended may be entered at any time, for weeks: now and then is often enough to look
        if one.is_note or one.is_certificate or now >= one.seat_by + SETTLED_AFTER:
            seen.found_complete((one.key, one.window.due), now)
    return planned + sum(_plan_digest(one, seen, now) for one in plan.digests)


def _is_due(line: Line, now: datetime) -> bool:
    window = line.window
    makes_sense = window.due < window.pointless and not line.is_idle
    return makes_sense and window.due <= now < window.pointless + TOLD_FOR


def _fate(line: Line, now: datetime) -> Fate:
    if now >= line.window.pointless:
        return Fate(OutboxState.SKIPPED, line.window.due, TOLD_TOO_LATE)
    return Fate(OutboxState.QUEUED, line.window.leaves_at(now, quiet_hours()))


def _plan_people(lines: Sequence[Line], now: datetime) -> int:
    """Mails to everybody who has had a seat for long enough."""
    return sum(_plan_line(line, now) for line in count_missing(lines, now=now))


def _plan_line(line: Line, now: datetime) -> int:
    """In batches, so that registrations come in between."""
    fate, planned, last = _fate(line, now), 0, 0
    while ids := ids_from(line, last, BATCH):
        last = ids[-1]
        with one_transaction():
            planned += _write_batch(line, ids, fate, now)
            wake_workers()
    return planned


def _write_batch(line: Line, ids: Sequence[int], fate: Fate, now: datetime) -> int:
    new = insert_mails(line, ids[0], ids[-1], fate, now=now)
    if new == len(ids) or fate.state is OutboxState.SKIPPED:
        return new
    return new + requeue_mails(line, ids[0], ids[-1], fate, now=now)


def _plan_notes(lines: Sequence[Line], now: datetime) -> int:
    known = existing_notes(lines, now=now)
    return sum(_plan_note(line, now) for line in lines if line.key not in known)


def _plan_note(line: Line, now: datetime) -> int:
    """A note to the organiser; without a reason to send it, it is written as skipped."""
    with one_transaction():
        workshop = db.session.get_one(Workshop, line.workshop_id)
        session = db.session.get(WorkshopSession, line.session_id) if line.session_id else None
        is_gone = db.session.get(MailRule, line.rule_id) is None or not workshop.is_published
        if is_gone or (line.session_id and (session is None or session.revision != line.revision)):
            return 0
        message = messages.timed_note(line.kind, workshop, session, cause=line.key, now=now)
        message.mail_rule_id, message.pointless_after = line.rule_id, line.window.pointless
        return _insert(message, _fate_of_note(line, workshop, now), now)


def _fate_of_note(line: Line, workshop: Workshop, now: datetime) -> Fate:
    fate, reason = _fate(line, now), ""
    if not workshop.contact_email:
        reason = NO_ADDRESS
    elif line.kind is MailKind.MINIMUM_NOT_REACHED:
        reason = ENOUGH if head_counts(workshop, now=now).seats.taken >= (workshop.minimum or 0) else ""
    is_wanted = fate.state is OutboxState.SKIPPED or not reason
    return fate if is_wanted else Fate(OutboxState.SKIPPED, line.window.due, reason)


def _plan_digest(plan: DigestPlan, seen: Attention, now: datetime) -> int:
    window = window_of_digest(plan, now)
    if window is None or not seen.is_due(key := key_of_digest(plan, window), now):
        return 0
    digest = digest_of(plan, window)
    written = _write_digest(digest, now) if digest else 0
    seen.found_complete(key, now)  # not before: what goes wrong on the way is due still
    return written


def _write_digest(digest: Digest, now: datetime) -> int:
    with one_transaction():
        workshop = db.session.get_one(Workshop, digest.workshop_id)
        if not workshop.is_published or not workshop.contact_email:
            return 0
        message = messages.digest(workshop, cause=digest.key, now=now, context=digest.context)
        message.pointless_after = digest.window.pointless
        leaves_at = digest.window.leaves_at(now, quiet_hours())
        return _insert(message, Fate(OutboxState.QUEUED, leaves_at), now)


def _insert(message: OutboxMessage, fate: Fate, now: datetime) -> int:
    message.state, message.state_reason, message.next_attempt_at = fate.state, fate.reason, fate.leaves_at
    wake_workers()
    pointless = message.pointless_after
    if insert_if_new(message):
        return 1
    if fate.state is OutboxState.SKIPPED or pointless is None:
        return 0
    return queue_again([message.intent_key], fate.leaves_at, pointless, now=now)
