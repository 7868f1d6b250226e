"""Keeping the register of organisations, and looking again at who was not recognised."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.models import Agreement, Organisation, OrganisationAlias, OrganisationDomain, Registration
from registration.steps.assessing import assess_again
from registration.steps.journal import organiser, write
from registration.vocabulary import LIVE_STATES, Certainty, FederalState, OrganisationKind

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class OrganisationFacts:
    """An entry of the register as typed; agreements are (from, until or None when open)."""

    name: str
    kind: OrganisationKind = OrganisationKind.MUNICIPALITY
    state: FederalState | None = None
    official_key: str | None = None
    aliases: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    agreements: list[tuple[date, date | None]] = field(default_factory=list)


def add_organisation(facts: OrganisationFacts, *, organiser_id: int, now: datetime) -> int:
    """Add an organisation, judge anew whoever was not recognised, and return its id."""
    with one_transaction():
        one = Organisation()
        _fill(one, facts, now)
        db.session.add(one)
        db.session.flush()
        write("organisation_added", now=now, actor=organiser(organiser_id), details={"organisation": one.id})
        _judge_again(organiser_id, now)
        return one.id


def change_organisation(
    organisation_id: int, facts: OrganisationFacts, *, organiser_id: int, now: datetime
) -> None:
    """Save an organisation with its names, domains and agreements, and judge anew."""
    with one_transaction():
        one = db.session.get_one(Organisation, organisation_id)
        _fill(one, facts, now)
        write(
            "organisation_changed", now=now, actor=organiser(organiser_id), details={"organisation": one.id}
        )
        _judge_again(organiser_id, now)


def add_alias(organisation_id: int, name: str, *, organiser_id: int, now: datetime) -> None:
    """Note another name of a known organisation, so that the next colleague is recognised."""
    with one_transaction():
        one = db.session.get_one(Organisation, organisation_id)
        if name not in {alias.name for alias in one.aliases}:
            one.aliases.append(OrganisationAlias(name=name))
        one.changed_at = _next_change(now)
        details = {"organisation": one.id, "alias": name}
        write("alias_added", now=now, actor=organiser(organiser_id), details=details)
        db.session.flush()
        _judge_again(organiser_id, now)


def _fill(one: Organisation, facts: OrganisationFacts, now: datetime) -> None:
    _refuse_taken(one, facts)
    one.name, one.kind, one.state = facts.name, facts.kind, facts.state
    one.official_key = facts.official_key
    one.changed_at = _next_change(now)
    _keep(one.aliases, "name", facts.aliases, OrganisationAlias)
    _keep(one.domains, "domain", facts.domains, OrganisationDomain)
    one.agreements = [Agreement(valid_from=start, valid_until=end) for start, end in facts.agreements]


def _next_change(now: datetime) -> datetime:
    """Return `now`, or just after the latest change: only so the search index sees that it is old."""
    with db.session.no_autoflush:
        latest = db.session.scalar(select(func.max(Organisation.changed_at)))
    return max(now, latest + _TICK) if latest else now


def _keep(rows: list, column: str, wanted: list[str], record: type) -> None:  # type: ignore[type-arg] # two kinds of rows
    """Add what is new and drop what is gone; rows that stay are left alone (unique keys)."""
    known = {getattr(row, column) for row in rows}
    rows[:] = [row for row in rows if getattr(row, column) in wanted]
    rows.extend(record(**{column: value}) for value in dict.fromkeys(wanted) if value not in known)


def _refuse_taken(one: Organisation, facts: OrganisationFacts) -> None:
    others = select(Organisation.id).where(Organisation.id != (one.id or 0))
    with db.session.no_autoflush:
        if db.session.scalar(others.where(func.lower(Organisation.name) == facts.name.lower()).limit(1)):
            raise NotPossible("Diese Organisation steht schon im Verzeichnis.", field="name")
        same_key = others.where(Organisation.official_key == facts.official_key)
        if facts.official_key and db.session.scalar(same_key.limit(1)):
            raise NotPossible("Diesen Schlüssel hat schon eine andere Organisation.", field="official_key")


def _judge_again(organiser_id: int, now: datetime) -> None:
    """New verdicts for everybody live whose organisation was not sure; the former one goes to the journal."""
    db.session.flush()
    unsure = select(Registration).where(
        Registration.state.in_(LIVE_STATES), Registration.organisation_certainty != Certainty.CERTAIN
    )
    for one in db.session.scalars(unsure).all():
        found = assess_again(one, now=now)
        verdict = found.verdict.as_json()
        if (found.organisation_id, found.certainty, verdict) == (
            one.organisation_id,
            one.organisation_certainty,
            one.verdict,
        ):
            continue
        write(
            "judged_again",
            now=now,
            actor=organiser(organiser_id),
            workshop_id=one.workshop_id,
            registration_id=one.id,
            details={"before": one.verdict},
        )
        one.organisation_id, one.organisation_certainty = found.organisation_id, found.certainty
        one.verdict = verdict
