"""Who somebody is in the register, and what the rules of a workshop say about her."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from registration.extensions import db
from registration.models import Organisation, Registration, Workshop
from registration.rules.eligibility import Applicant, OrganisationFacts, Rule, Verdict, judge
from registration.rules.organisations import Candidate, Match, OrganisationIndex
from registration.rules.wall_times import to_local
from registration.steps.keeping import store
from registration.steps.offers import REGISTER_STAMP
from registration.vocabulary import Certainty, RuleKind


@dataclass(frozen=True)
class Assessment:
    """The organisation as found, how surely, and the verdict with every reason."""

    organisation_id: int | None
    certainty: Certainty
    verdict: Verdict


@dataclass(frozen=True)
class Register:
    """All organisations at the stamp: an index for searching, and what is known by id."""

    stamp: tuple[Any, ...]
    index: OrganisationIndex
    facts: Mapping[int, OrganisationFacts]


def register_of_organisations(stamp: tuple[Any, ...] = ()) -> Register:
    """Return the register, read anew only when it has changed; `stamp` when it is known (offers.py)."""
    stamp = stamp or tuple(db.session.execute(_STAMP).one())
    kept: Register | None = store("register").get("register")
    if kept is None or kept.stamp != stamp:
        kept = _read(stamp)
        store("register").keep("register", kept)
    return kept


def assess(
    workshop: Workshop,
    *,
    organisation: str,
    email_domain: str,
    answers: Mapping[int, str],
    now: datetime,
    register_stamp: tuple[Any, ...] = (),
) -> Assessment:
    """Match the organisation as typed and judge by the rules of the workshop."""
    register = register_of_organisations(register_stamp)
    match = register.index.match(organisation, email_domain)
    return _judge(workshop, register, match, email_domain, answers, now)


def assess_again(registration: Registration, *, now: datetime) -> Assessment:
    """Judge a registration by the rules and the register of today; a sure organisation stays."""
    domain = registration.email_key.rpartition("@")[2]
    answers = {answer.question_id: answer.value for answer in registration.answers}
    register = register_of_organisations()
    match = register.index.match(registration.organisation_name, domain)
    if registration.organisation_id and registration.organisation_certainty is Certainty.CERTAIN:
        match = Match(Certainty.CERTAIN, registration.organisation_id)
    return _judge(registration.workshop, register, match, domain, answers, now)


def _judge(
    workshop: Workshop,
    register: Register,
    match: Match,
    email_domain: str,
    answers: Mapping[int, str],
    now: datetime,
) -> Assessment:
    applicant = Applicant(
        organisation=register.facts.get(match.organisation_id or 0),
        certainty=match.certainty,
        email_domain=email_domain,
        answers=answers,
    )
    verdict = judge([_rule(one) for one in workshop.rules], applicant, _day_that_counts(workshop, now))
    return Assessment(match.organisation_id, match.certainty, verdict)


def _rule(rule: Any) -> Rule:
    parameters = dict(rule.parameters)
    if rule.kind is RuleKind.QUESTION:
        parameters["question_id"] = rule.question_id
    return Rule(rule.id, rule.kind, rule.effect, parameters)


def _day_that_counts(workshop: Workshop, now: datetime) -> date:
    """The local day of the first session (domain.md, Eligibility)."""
    first = workshop.first_session
    return to_local(first.starts_at if first else now, workshop.zone).date()


def _facts(organisation: Organisation) -> OrganisationFacts:
    return OrganisationFacts(
        id=organisation.id,
        name=organisation.name,
        state=organisation.state,
        kind=organisation.kind,
        domains=tuple(one.domain for one in organisation.domains),
        agreements=tuple((one.valid_from, one.valid_until) for one in organisation.agreements),
    )


def _read(stamp: tuple[Any, ...]) -> Register:
    rows = db.session.scalars(_ALL).all()
    index = OrganisationIndex(_candidate(one) for one in rows)
    return Register(stamp, index, {one.id: _facts(one) for one in rows})


def _candidate(organisation: Organisation) -> Candidate:
    return Candidate(
        organisation.id,
        organisation.name,
        tuple(one.name for one in organisation.aliases),
        tuple(one.domain for one in organisation.domains),
    )


_STAMP = select(*REGISTER_STAMP)
_ALL = select(Organisation).execution_options(populate_existing=True)
