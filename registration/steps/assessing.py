"""Who somebody is in the register, and what the rules of a workshop say about her."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from registration.models import Registration, Workshop
from registration.rules.conditions import Condition, asked_questions
from registration.rules.eligibility import Applicant, Rule, Verdict, judge
from registration.rules.organisations import Match
from registration.rules.wall_times import to_local
from registration.steps.register import Register, register_of_organisations
from registration.vocabulary import Certainty, RuleKind


@dataclass(frozen=True)
class Assessment:
    """The organisation as found, how surely, and the verdict with every reason."""

    organisation_id: int | None
    certainty: Certainty
    verdict: Verdict


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


def asked_of(workshop: Workshop, answers: Mapping[int, str]) -> set[int]:
    """Return the ids of the questions that are asked of somebody with these answers."""
    conditions = {
        one.id: Condition(one.depends_on_id, one.depends_on_value) if one.depends_on_id else None
        for one in workshop.questions
    }
    return asked_questions(conditions, answers)


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
        not_asked={one.id for one in workshop.questions} - asked_of(workshop, answers),
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
