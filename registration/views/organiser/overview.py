"""Numbers for the desk's lists: few grouped queries for all workshops, never one per workshop."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from registration.extensions import db
from registration.models import MailRule, OutboxMessage, Registration, Workshop, WorkshopSession
from registration.steps.completeness import what_to_check
from registration.steps.rejudging import TO_CHECK
from registration.steps.timing import due_mails
from registration.vocabulary import Decision, OutboxState, RegistrationState, WorkshopState

DEADLINE_SOON = timedelta(days=7)
BAR_WIDTH = 100


@dataclass(frozen=True)
class Numbers:
    """How many registrations of a workshop are where.

    `held` are unconfirmed ones whose hold is live, `to_check` those with a seat who have changed their data.
    """

    confirmed: int = 0
    offered: int = 0
    held: int = 0
    in_review: int = 0
    waiting: int = 0
    unconfirmed: int = 0
    to_check: int = 0
    failed_mails: int = 0


@dataclass(frozen=True)
class Part:
    """One piece of the stacked bar, in hundredths of its width."""

    name: str
    word: str
    count: int
    left: float
    width: float


@dataclass(frozen=True)
class Row:
    """A workshop on the desk."""

    workshop: Workshop
    numbers: Numbers
    next_mail: tuple[MailRule, WorkshopSession, datetime] | None
    warnings: list[str] = field(default_factory=list)

    @property
    def free(self) -> int | None:
        if self.workshop.capacity is None:
            return None
        return max(0, self.workshop.capacity - self.taken)

    @property
    def taken(self) -> int:
        holds = self.workshop.review_holds_seat and self.workshop.decision is not Decision.APPLY_FIRST
        numbers = self.numbers
        reviewed = numbers.in_review if holds else 0
        return numbers.confirmed + numbers.offered + numbers.held + reviewed

    @property
    def bar(self) -> list[Part]:
        """Return the pieces; the whole is the capacity, or everybody when they are more."""
        named = (
            ("confirmed", "sicher", self.numbers.confirmed),
            ("offered", "angeboten", self.numbers.offered),
            ("held", "gehalten", self.numbers.held),
            ("in_review", "in Prüfung", self.numbers.in_review),
            ("waiting", "Warteliste", self.numbers.waiting),
        )
        whole = max(self.workshop.capacity or 0, sum(count for *_, count in named), 1)
        parts, left = [], 0.0
        for name, word, count in named:
            width = round(BAR_WIDTH * count / whole, 2)
            parts.append(Part(name, word, count, left, width))
            left += width
        return parts


def rows(workshops: Sequence[Workshop], *, now: datetime) -> list[Row]:
    """Return the rows of the list, the next date first, those without a date at the end."""
    numbers = numbers_of([one.id for one in workshops], now=now)
    found = [_row(one, numbers.get(one.id, Numbers()), now) for one in workshops]
    return sorted(found, key=lambda row: (row.workshop.starts_at is None, row.workshop.starts_at or now))


def numbers_of(workshop_ids: Iterable[int], *, now: datetime) -> dict[int, Numbers]:
    """Count registrations by state, and failed mails, with one query each."""
    ids = list(workshop_ids)
    state = Registration.state
    held = and_(state == RegistrationState.UNCONFIRMED, Registration.seat_held_until > now)
    words = ("confirmed", "offered", "in_review", "waiting", "unconfirmed")
    counted = [func.sum(case((state == RegistrationState(word), 1), else_=0)).label(word) for word in words]
    counted += [
        func.sum(case((held, 1), else_=0)).label("held"),
        func.sum(case((is_to_check(), 1), else_=0)).label("to_check"),
    ]
    query = select(Registration.workshop_id, *counted).group_by(Registration.workshop_id)
    failed = _failed(ids)
    found = db.session.execute(query.where(Registration.workshop_id.in_(ids))).mappings().all()
    by_id = {row["workshop_id"]: {name: row[name] for name in (*words, "held", "to_check")} for row in found}
    everywhere = {*by_id, *failed}
    return {one: Numbers(**by_id.get(one, {}), failed_mails=failed.get(one, 0)) for one in everywhere}


def is_to_check() -> ColumnElement[bool]:
    """Return the condition for seats whose people have changed what the rules ask about."""
    return Registration.state_reason.contains(TO_CHECK, autoescape=True)


TROUBLE = (OutboxState.FAILED, OutboxState.HELD)


def current_workshops(now: datetime) -> list[Workshop]:
    """Return drafts, and everything published that is not over."""
    ahead = Workshop.sessions.any(WorkshopSession.ends_at > now)
    undated = ~Workshop.sessions.any()
    shown = or_(
        Workshop.state == WorkshopState.DRAFT,
        and_(Workshop.state == WorkshopState.PUBLISHED, or_(ahead, undated)),
    )
    return list(db.session.scalars(select(Workshop).where(shown)))


def next_mail(workshop: Workshop, now: datetime) -> tuple[MailRule, WorkshopSession, datetime] | None:
    """Return the timed mail that the plan sends next."""
    if not workshop.is_published:
        return None
    ahead = [(rule, session, due) for rule, session, due, _ in due_mails(workshop) if due > now]
    return min(ahead, key=lambda entry: entry[2], default=None)


def _failed(ids: list[int]) -> dict[int, int]:
    query = (
        select(OutboxMessage.workshop_id, func.count())
        .where(OutboxMessage.workshop_id.in_(ids), OutboxMessage.state.in_(TROUBLE))
        .group_by(OutboxMessage.workshop_id)
    )
    return {workshop_id: count for workshop_id, count in db.session.execute(query) if workshop_id is not None}


def _row(workshop: Workshop, numbers: Numbers, now: datetime) -> Row:
    warnings: list[str] = []
    row = Row(workshop, numbers, next_mail(workshop, now), warnings)
    if workshop.state is WorkshopState.PUBLISHED:
        warnings.extend(sentence for sentence in what_to_check(workshop) if "Zugang" in sentence)
    if numbers.failed_mails:
        lost = numbers.failed_mails
        warnings.append(
            "1 E-Mail ist nicht angekommen." if lost == 1 else f"{lost} E-Mails sind nicht angekommen."
        )
    if row.free and numbers.waiting:
        warnings.append("Plätze sind frei, und es warten Personen.")
    return row
