"""The time line of a workshop: everything that it has sent and will send by mail (domain.md, “Mail plan”)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from registration.extensions import db
from registration.models import OutboxMessage, Workshop
from registration.steps.bulk_mails import count_missing, existing_notes
from registration.steps.digests import digest_of, window_of_digest, window_of_next_digest
from registration.steps.moves import with_moves
from registration.steps.plan_lines import DigestPlan, Line, plan_of
from registration.steps.timing import quiet_hours
from registration.vocabulary import (
    DESK_MAILS,
    TIMED_MAILS,
    MailKind,
    OutboxState,
    WorkshopState,
)

TO_ORGANISER, TO_SEATS = "die Ansprechperson", "alle mit Platz"
AUDIENCES = {
    MailKind.CONFIRM_ADDRESS: "wer sich anmeldet",
    MailKind.UNDER_REVIEW: "wer geprüft wird",
    MailKind.SEAT_CERTAIN: "wer einen Platz erhält",
    MailKind.WAITING_LIST: "wer auf die Warteliste kommt",
    MailKind.MOVED_UP: "wer nachrückt",
    MailKind.DECLINED: "wer keinen Platz erhält",
    MailKind.WITHDRAWN: "wer sich abmeldet",
    MailKind.CANCELLED: "wessen Anmeldung storniert wird",
    MailKind.WORKSHOP_CANCELLED: "alle Angemeldeten",
    MailKind.SUBSTITUTED: "wer vertreten wird",
    MailKind.WORKSHOP_CHANGED: "alle, für die sich etwas ändert",
    MailKind.SEAT_OFFERED: "wer einen Platz angeboten bekommt",
    MailKind.OFFER_ENDED: "wessen Angebot endet",
    MailKind.CONFIRM_NEW_ADDRESS: "wer eine neue Adresse nennt",
    MailKind.ADDRESS_CHANGED: "wessen Adresse sich ändert",
    MailKind.ALREADY_REGISTERED: "wer sich noch einmal anmeldet",
    MailKind.NEW_LINK: "wer einen neuen Link anfordert",
    **dict.fromkeys(TIMED_MAILS, TO_SEATS),
    MailKind.CERTIFICATE: "wer teilgenommen hat",
    **dict.fromkeys(DESK_MAILS, TO_ORGANISER),
}
Key = tuple[MailKind, int | None, int | None, int | None]
"""Kind, rule, session and its revision: what one entry is about."""


@dataclass(frozen=True)
class Entry:
    """Mails of one kind on events, or by one line of the plan for one session.

    Written ones: `states` says what has become of the `count` mails, `due` when the first left or leaves.
    Not yet written: `states` is empty, `due` is after quiet hours, `count` is who would get it now; for a
    digest 0 while there is nothing to tell. What will not be written any more is past.
    """

    due: datetime
    kind: MailKind
    rule_id: int | None
    session_id: int | None
    audience: str
    count: int
    states: dict[OutboxState, int] = field(default_factory=dict)
    is_past: bool = False


def timeline(workshop: Workshop, *, now: datetime) -> list[Entry]:
    """Return all mails of the workshop in the order of time; reads only."""
    written = dict(_written(workshop.id, now))
    sends = workshop.state in (WorkshopState.DRAFT, WorkshopState.PUBLISHED)
    if not sends:
        return sorted(written.values(), key=_in_time)
    plan = plan_of(workshop.id)
    ahead = _ahead(with_moves(plan.lines), set(written), now)
    return sorted([*written.values(), *ahead, *_next_digests(plan.digests, now)], key=_in_time)


def _in_time(entry: Entry) -> datetime:
    return entry.due


def _written(workshop_id: int, now: datetime) -> Iterator[tuple[Key, Entry]]:
    """Group what stands in the outbox; one statement."""
    mail = OutboxMessage
    about = (mail.kind, mail.mail_rule_id, mail.session_id, mail.revision)
    first = func.min(func.coalesce(mail.sent_at, mail.next_attempt_at))
    query = select(*about, mail.state, func.count(), first).where(mail.workshop_id == workshop_id)
    groups: dict[Key, tuple[dict[OutboxState, int], list[datetime]]] = {}
    for kind, rule_id, session_id, revision, state, count, moment in db.session.execute(
        query.group_by(*about, mail.state)
    ):
        states, moments = groups.setdefault((kind, rule_id, session_id, revision), ({}, []))
        states[state] = count
        moments.append(moment)
    for key, (states, moments) in groups.items():
        kind, rule_id, session_id, _ = key
        due, count = min(moments), sum(states.values())
        yield key, Entry(due, kind, rule_id, session_id, AUDIENCES[kind], count, states, due <= now)


def _ahead(lines: list[Line], written: set[Key], now: datetime) -> Iterator[Entry]:
    """Yield what nobody has written yet, also to those whom a line that was moved has not reached.

    What would be due only when it is pointless is never written.
    """
    missing = count_missing([one for one in lines if not one.is_note], now=now)
    noted = existing_notes([one for one in lines if one.is_note], now=now)
    for one in lines:
        if one.window.due >= one.window.pointless:
            continue
        is_over = now >= one.window.pointless
        if one.is_note:
            is_done, count = one.key in noted, int(not one.is_idle)
        else:
            is_begun = (one.kind, one.rule_id, one.session_id, one.revision) in written
            count = missing.get(one, 0)
            is_done = is_begun and (is_over or not count)
        if not is_done:
            waits_for_entries = one.is_certificate and not is_over
            is_past = is_over or (one.window.due <= now and not count and not waits_for_entries)
            due = one.window.due if is_past else one.window.leaves_at(now, quiet_hours())
            audience = AUDIENCES[one.kind]
            yield Entry(due, one.kind, one.rule_id, one.session_id, audience, count, {}, is_past)


def _next_digests(plans: list[DigestPlan], now: datetime) -> Iterator[Entry]:
    """Yield the digest that is due and not yet written, otherwise the next one."""
    for plan in plans:
        window = window_of_digest(plan, now)
        digest = digest_of(plan, window) if window else None
        if digest is None:
            window = window_of_next_digest(plan, now)
            digest = digest_of(plan, window) if window else None
        if window is not None:
            due, audience = window.leaves_at(now, quiet_hours()), AUDIENCES[MailKind.DIGEST]
            yield Entry(due, MailKind.DIGEST, None, None, audience, int(digest is not None))
