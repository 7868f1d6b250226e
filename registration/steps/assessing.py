"""Who somebody is in the register, and what the rules of a workshop say about her."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from registration.extensions import db
from registration.models import Organisation, OrganisationAlias, OrganisationDomain, Registration, Workshop
from registration.rules.eligibility import Applicant, OrganisationFacts, Rule, Verdict, judge
from registration.rules.organisations import Candidate, Match, OrganisationIndex
from registration.rules.wall_times import to_local
from registration.vocabulary import Certainty, RuleKind


@dataclass(frozen=True)
class Assessment:
    """The organisation as found, how surely, and the verdict with every reason."""

    organisation_id: int | None
    certainty: Certainty
    verdict: Verdict


_index: tuple[Any, OrganisationIndex] | None = None


def organisation_index() -> OrganisationIndex:
    """Return the search index of the register, built anew only when the register has changed."""
    global _index  # noqa: PLW0603 - one index per process; the stamp tells when it is old
    count_and_change = select(func.count(), func.max(Organisation.changed_at))
    stamp = (str(db.engine.url), *db.session.execute(count_and_change).one())
    if _index is None or _index[0] != stamp:
        _index = (stamp, OrganisationIndex(_candidates()))
    return _index[1]


def assess(
    workshop: Workshop, *, organisation: str, email_domain: str, answers: Mapping[int, str], now: datetime
) -> Assessment:
    """Match the organisation as typed and judge by the rules of the workshop."""
    match = organisation_index().match(organisation, email_domain)
    return _judge(workshop, match, email_domain, answers, now)


def assess_again(registration: Registration, *, now: datetime) -> Assessment:
    """Judge a registration by the rules and the register of today; a sure organisation stays."""
    domain = registration.email_key.rpartition("@")[2]
    answers = {answer.question_id: answer.value for answer in registration.answers}
    match = organisation_index().match(registration.organisation_name, domain)
    if registration.organisation_id and registration.organisation_certainty is Certainty.CERTAIN:
        match = Match(Certainty.CERTAIN, registration.organisation_id)
    return _judge(registration.workshop, match, domain, answers, now)


def _judge(
    workshop: Workshop, match: Match, email_domain: str, answers: Mapping[int, str], now: datetime
) -> Assessment:
    found = db.session.get(Organisation, match.organisation_id) if match.organisation_id else None
    applicant = Applicant(
        organisation=_facts(found) if found else None,
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


def _candidates() -> list[Candidate]:
    aliases: dict[int, list[str]] = {}
    for number, name in db.session.execute(select(OrganisationAlias.organisation_id, OrganisationAlias.name)):
        aliases.setdefault(number, []).append(name)
    domains: dict[int, list[str]] = {}
    for number, name in db.session.execute(
        select(OrganisationDomain.organisation_id, OrganisationDomain.domain)
    ):
        domains.setdefault(number, []).append(name)
    rows = db.session.execute(select(Organisation.id, Organisation.name))
    return [
        Candidate(number, name, tuple(aliases.get(number, ())), tuple(domains.get(number, ())))
        for number, name in rows
    ]
