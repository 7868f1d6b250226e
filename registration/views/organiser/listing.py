"""The list of registrations of a workshop: filter, search, rank, mails, and the verdicts in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from registration.extensions import db
from registration.models import OutboxMessage, Registration
from registration.reason_words import placement_sentences, verdict_sentence
from registration.rules.names import full_name
from registration.rules.verdicts import Verdict
from registration.steps.assessing import assess_again
from registration.views.organiser.overview import TROUBLE, is_to_check
from registration.vocabulary import LIVE_STATES, OutboxState, Outcome, RegistrationState


@dataclass(frozen=True)
class VerdictWords:
    """A verdict as the organiser reads it; `outcome` None for a registration that was never judged."""

    outcome: Outcome | None
    reasons: list[tuple[bool | None, str]]


@dataclass(frozen=True)
class Line:
    """One registration in the list."""

    registration: Registration
    rank: int | None
    then: VerdictWords
    today: VerdictWords
    sent: int
    trouble: int
    queued: int
    colleagues: list[str]  # who else is registered here with the same address: a functional mailbox (U-14)

    @property
    def has_changed(self) -> bool:
        """Whether the rules would say something else today."""
        return self.then != self.today

    @property
    def placement(self) -> list[str]:
        return placement_sentences(self.registration.reasons)


def chosen(
    workshop_id: int, state: RegistrationState | None, search: str, *, only_to_check: bool = False
) -> Select[Any]:
    """Select the registrations that are asked for, the waiting list in its order, the rest newest first."""
    query = select(Registration).where(Registration.workshop_id == workshop_id)
    if state is not None:
        query = query.where(Registration.state == state)
    if only_to_check:
        query = query.where(is_to_check())
    for word in search.split()[:5]:
        columns = ("given_name", "family_name", "email", "organisation_name", "reference")
        query = query.where(
            or_(*(getattr(Registration, name).icontains(word, autoescape=True) for name in columns))
        )
    if state is RegistrationState.WAITING:
        return query.order_by(Registration.address_confirmed_at, Registration.id)
    return query.order_by(Registration.created_at.desc(), Registration.id.desc())


def with_everything(query: Select[Any]) -> Select[Any]:
    """Load what a line shows along with the registrations."""
    return query.options(
        joinedload(Registration.organisation),
        joinedload(Registration.workshop),
        selectinload(Registration.answers),
    )


def lines(registrations: Sequence[Registration], *, now: datetime) -> list[Line]:
    """Return the lines; ranks and mails are counted for all of them at once."""
    ids = [one.id for one in registrations]
    ranks, mails, sharing = _ranks(registrations), _mails(ids), _sharing(registrations)
    return [
        _line(
            one,
            ranks.get(one.id),
            mails.get(one.id),
            now,
            [name for number, name in sharing.get((one.workshop_id, one.email_key), []) if number != one.id],
        )
        for one in registrations
    ]


def verdict_words(verdict: Verdict | None) -> VerdictWords:
    if verdict is None:
        return VerdictWords(None, [])
    reasons = [(one.met, verdict_sentence(one.code, one.details)) for one in verdict.reasons]
    return VerdictWords(verdict.outcome, reasons)


def counts(workshop_id: int) -> dict[RegistrationState, int]:
    """Count the registrations of a workshop by state."""
    query = select(Registration.state, func.count()).where(Registration.workshop_id == workshop_id)
    return dict(db.session.execute(query.group_by(Registration.state)).all())


def to_check(workshop_id: int) -> int:
    """Count those with a seat who have changed their data."""
    query = select(func.count(Registration.id)).where(Registration.workshop_id == workshop_id, is_to_check())
    return db.session.scalar(query) or 0


def _line(one: Registration, rank: int | None, mails: Any, now: datetime, colleagues: list[str]) -> Line:
    stored = Verdict.from_json(one.verdict) if one.verdict else None
    today = assess_again(one, now=now).verdict if one.is_live else stored
    return Line(
        registration=one,
        rank=rank,
        then=verdict_words(stored),
        today=verdict_words(today),
        sent=mails.sent if mails else 0,
        trouble=mails.trouble if mails else 0,
        queued=mails.queued if mails else 0,
        colleagues=colleagues,
    )


def _ranks(registrations: Sequence[Registration]) -> dict[int, int]:
    """Return the rank of everybody who waits, as far as they are listed (R-02)."""
    workshop_ids = {one.workshop_id for one in registrations if one.state is RegistrationState.WAITING}
    in_line = func.row_number().over(
        partition_by=Registration.workshop_id, order_by=(Registration.address_confirmed_at, Registration.id)
    )
    waiting = Registration.state == RegistrationState.WAITING
    query = select(Registration.id, in_line).where(waiting, Registration.workshop_id.in_(workshop_ids))
    return dict(db.session.execute(query).all())


def _sharing(registrations: Sequence[Registration]) -> dict[tuple[int, str], list[tuple[int, str]]]:
    """Return the live registrations with the addresses listed, by workshop and address."""
    query = select(Registration).where(
        Registration.workshop_id.in_({one.workshop_id for one in registrations}),
        Registration.email_key.in_({one.email_key for one in registrations}),
        Registration.state.in_(LIVE_STATES),
    )
    found: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for one in db.session.scalars(query):
        name = full_name(one.given_name, one.family_name)
        found.setdefault((one.workshop_id, one.email_key), []).append((one.id, name))
    return found


def _mails(ids: Sequence[int]) -> dict[int, Any]:
    def number(*states: OutboxState) -> Any:
        return func.sum(case((OutboxMessage.state.in_(states), 1), else_=0))

    query = (
        select(
            OutboxMessage.registration_id,
            number(OutboxState.SENT).label("sent"),
            number(*TROUBLE).label("trouble"),
            number(OutboxState.QUEUED, OutboxState.CLAIMED, OutboxState.SENDING).label("queued"),
        )
        .where(OutboxMessage.registration_id.in_(ids))
        .group_by(OutboxMessage.registration_id)
    )
    return {row.registration_id: row for row in db.session.execute(query)}
