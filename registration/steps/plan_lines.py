"""The mail plan as lines: each rule for each session, with its window and the key of its intents (M-51)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, bindparam, select

from registration.extensions import db
from registration.models import MailRule, Workshop, WorkshopSession
from registration.rules.reminder_times import Window
from registration.steps.timing import window_of
from registration.vocabulary import TIMED_NOTES, Anchor, MailKind, WorkshopState

TIME_TO_TELL = timedelta(minutes=30)  # for the organiser who has moved a session; then reminders leave
_TOLD_WITH_A_CHANGE = (MailKind.REMINDER, MailKind.MEETING_LINK)
LOOK_BACK = timedelta(days=400)  # a workshop that ended longer ago sends nothing any more


@dataclass(frozen=True)
class Line:
    """One mail of the plan. The intents of a line to participants are `key` and the registration's id.

    A moved session has another key: its mails are due anew (T-13). Another offset has not: nobody gets the
    same mail twice. A note is written once, for the first session or for the deadline; its intent is `key`.
    A certificate belongs to the last session, and to those who have attended any; whatever line or session
    plans it, it is one for each person.
    """

    kind: MailKind
    workshop_id: int
    rule_id: int
    session_id: int | None
    revision: int | None
    key: str
    window: Window
    is_idle: bool = False  # a note about a minimum that is not set
    moved_at: datetime | None = None  # when the session was moved, where somebody has asked (T-13)
    is_untold: bool = False  # somebody may be about to tell that it was moved

    @property
    def told_since(self) -> datetime | None:
        """From when on a mail about the change takes the place of this one; None where it does not (T-13).

        It does when this one was due as the session was moved, or while somebody was about to tell it.
        """
        moved_at = self.moved_at if self.kind in _TOLD_WITH_A_CHANGE else None
        return moved_at if moved_at and self.window.due <= moved_at + TIME_TO_TELL else None

    def waits_for_telling(self, now: datetime) -> bool:
        """Whether the organiser still has time to tell the change, which says more than this mail."""
        since = self.told_since
        return self.is_untold and since is not None and now < since + TIME_TO_TELL

    @property
    def seat_by(self) -> datetime:
        """Until when one must have the seat: whoever gets it later reads all in the mail that says so (T-10).

        Who had it when the session was moved holds the old date, also when the mail was due before. No other
        mail brings a certificate.
        """
        if self.is_certificate:
            return self.window.pointless
        return max(self.window.due, self.moved_at or self.window.due)

    @property
    def is_certificate(self) -> bool:
        return self.kind is MailKind.CERTIFICATE

    @property
    def is_note(self) -> bool:
        return self.kind in TIMED_NOTES


@dataclass(frozen=True)
class DigestPlan:
    """A workshop whose organiser wants to hear each working day what came in."""

    workshop_id: int
    zone: str
    ends_at: datetime


@dataclass(frozen=True)
class Plan:
    """All that workshops will send by time."""

    lines: list[Line]
    digests: list[DigestPlan]


def plan_of_all(now: datetime) -> Plan:
    """Return the plan of all published workshops; one statement."""
    rows = db.session.execute(_ALL, {"published": WorkshopState.PUBLISHED, "since": now - LOOK_BACK}).all()
    return Plan(list(_lines(rows)), list(_digests(rows)))


def plan_of(workshop_id: int) -> Plan:
    """Return the plan of one workshop, in whatever state it is."""
    rows = db.session.execute(_ONE, {"workshop_id": workshop_id}).all()
    return Plan(list(_lines(rows)), list(_digests(rows)))


def lines_of(workshop_id: int) -> list[Line]:
    """Return the lines of that plan."""
    return plan_of(workshop_id).lines


def _lines(rows: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[Line]:
    """Rows are ordered by session: a note takes the first one of its rule, a certificate that ends last."""
    noted = set()
    last = {of: max(map(_end, together)) for of, together in groupby(rows, key=lambda row: row.workshop_id)}
    for row in rows:
        if row.kind is None or (row.anchor is Anchor.DEADLINE and row.closes_at is None):
            continue
        if row.kind is MailKind.CERTIFICATE and _end(row) != last[row.workshop_id]:
            continue
        if row.kind in TIMED_NOTES:
            if row.rule_id in noted:
                continue
            noted.add(row.rule_id)
        yield _line(row)


def _end(row: Row[*tuple[Any, ...]]) -> tuple[datetime, int]:
    return row.ends_at, row.session_id


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    by_deadline = row.kind in TIMED_NOTES and row.anchor is Anchor.DEADLINE
    start = f"rule:{row.rule_id}:{row.kind.value}"
    if row.kind is MailKind.CERTIFICATE:
        key = f"certificate:workshop:{row.workshop_id}"
    elif by_deadline:
        key = f"{start}:closes:{row.closes_at.astimezone(UTC):%Y%m%dT%H%M%S}"
    else:
        key = f"{start}:session:{row.session_id}:r{row.revision}"
    return Line(
        kind=row.kind,
        workshop_id=row.workshop_id,
        rule_id=row.rule_id,
        session_id=None if by_deadline else row.session_id,
        revision=None if by_deadline else row.revision,
        key=key if row.kind in TIMED_NOTES else f"{key}:registration:",
        window=window_of(row, row, row.closes_at),
        is_idle=row.kind is MailKind.MINIMUM_NOT_REACHED and row.minimum is None,
        is_untold=row.is_untold,
    )


def _digests(rows: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[DigestPlan]:
    for workshop_id, of_workshop in groupby(rows, key=lambda row: row.workshop_id):
        together = list(of_workshop)
        if together[0].has_daily_digest:
            yield DigestPlan(workshop_id, together[0].workshop_zone, max(row.ends_at for row in together))


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Workshop.id.label("workshop_id"),
            Workshop.closes_at,
            Workshop.minimum,
            Workshop.has_daily_digest,
            Workshop.zone.label("workshop_zone"),
            MailRule.id.label("rule_id"),
            MailRule.kind,
            MailRule.anchor,
            MailRule.unit,
            MailRule.offset,
            MailRule.at,
            WorkshopSession.id.label("session_id"),
            WorkshopSession.revision,
            WorkshopSession.told.is_not(None).label("is_untold"),
            WorkshopSession.zone,
            WorkshopSession.starts_at,
            WorkshopSession.ends_at,
            WorkshopSession.dial_in_at,
        )
        .join(WorkshopSession, WorkshopSession.workshop_id == Workshop.id)
        .outerjoin(MailRule, MailRule.workshop_id == Workshop.id)
        .order_by(Workshop.id, WorkshopSession.starts_at, WorkshopSession.id, MailRule.position, MailRule.id)
    )


# Built once: putting a query together takes longer than the database needs for it.
_ALL = _rows().where(
    Workshop.state == bindparam("published"),
    Workshop.sessions.any(WorkshopSession.ends_at > bindparam("since")),
)
_ONE = _rows().where(Workshop.id == bindparam("workshop_id"))
