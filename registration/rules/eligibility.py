"""Who may register: every rule of a workshop against one applicant, and what they say together."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from registration.rules.addresses import ascii_domain, belongs_to
from registration.rules.verdicts import Reason, Verdict
from registration.vocabulary import (
    Certainty,
    FederalState,
    OrganisationKind,
    Outcome,
    RuleEffect,
    RuleKind,
)

__all__ = ["Applicant", "OrganisationFacts", "Reason", "Rule", "Verdict", "judge"]


@dataclass(frozen=True)
class Rule:
    """One condition of a workshop; the effect is what happens when it is not met."""

    id: int
    kind: RuleKind
    effect: RuleEffect
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class OrganisationFacts:
    """What the register knows; agreements are (valid from, last valid day or None when open)."""

    id: int
    name: str
    state: FederalState | None
    kind: OrganisationKind
    domains: tuple[str, ...] = ()
    agreements: tuple[tuple[date, date | None], ...] = ()


@dataclass(frozen=True)
class Applicant:
    """Who asks; `answers` by question id: "yes", "no", "unsure" or choices, several as lines.

    `not_asked`: the questions whose condition she does not meet (rules/conditions.py).
    """

    organisation: OrganisationFacts | None
    certainty: Certainty
    email_domain: str
    answers: Mapping[int, str]
    not_asked: Set[int] = frozenset()


# met (None: cannot be told), code, details
_Finding = tuple[bool | None, str, dict[str, str]]


def judge(rules: Sequence[Rule], applicant: Applicant, on: date) -> Verdict:
    """All rules together, as of the day `on` (the first session).

    Whatever cannot be told goes to review, whatever its effect: only a rule that is plainly not met refuses.
    """
    reasons = tuple(_reason(rule, applicant, on) for rule in rules)
    return Verdict(_outcome(reasons), reasons)


def _reason(rule: Rule, applicant: Applicant, on: date) -> Reason:
    met, code, details = _CHECKS[rule.kind](rule.parameters, applicant, on)
    return Reason(rule.id, rule.kind, met, rule.effect, code, details)


def _outcome(reasons: Sequence[Reason]) -> Outcome:
    if any(reason.met is False and reason.effect is RuleEffect.REFUSE for reason in reasons):
        return Outcome.REFUSED
    return Outcome.ELIGIBLE if all(reason.met for reason in reasons) else Outcome.REVIEW


def _check_agreement(parameters: Mapping[str, Any], applicant: Applicant, on: date) -> _Finding:
    """A target agreement that is valid on the day; both ends count."""
    organisation = applicant.organisation
    if organisation is None or applicant.certainty is not Certainty.CERTAIN:
        return _organisation_open(applicant)
    agreements = organisation.agreements
    named = {"organisation": organisation.name}
    if current := [until for start, until in agreements if start <= on and (until is None or on <= until)]:
        return True, "agreement_valid", named | _until(current)
    if future := [start for start, _ in agreements if start > on]:
        return False, "agreement_not_yet", named | {"from": min(future).isoformat()}
    if agreements:
        return False, "agreement_ended", named | _until([until for _, until in agreements])
    return False, "agreement_missing", named


def _check_federal_state(parameters: Mapping[str, Any], applicant: Applicant, on: date) -> _Finding:
    organisation = applicant.organisation
    if organisation is None or applicant.certainty is not Certainty.CERTAIN:
        return _organisation_open(applicant)
    if organisation.state is None:
        return None, "state_unknown", {"organisation": organisation.name}
    details = {"state": organisation.state.value, "states": ", ".join(parameters["states"])}
    matches = organisation.state.value in parameters["states"]
    return matches, "state_matches" if matches else "state_differs", details


def _check_email_domain(parameters: Mapping[str, Any], applicant: Applicant, on: date) -> _Finding:
    """One of the listed domains, one below them, or (where the rule says so) one of the organisation."""
    domains = parameters.get("domains", [])
    details = {"domain": applicant.email_domain}
    if _is_one_of(applicant.email_domain, domains):
        return True, "domain_matches", details
    if not parameters.get("or_organisation"):
        return False, "domain_differs", details
    organisation = applicant.organisation
    if organisation is None or applicant.certainty is not Certainty.CERTAIN:
        return _organisation_open(applicant)
    if not organisation.domains:
        return None, "domain_unknown", details | {"organisation": organisation.name}
    matches = _is_one_of(applicant.email_domain, organisation.domains)
    return matches, "domain_matches" if matches else "domain_differs", details


def _check_question(parameters: Mapping[str, Any], applicant: Applicant, on: date) -> _Finding:
    """An accepted answer, of several at least one; "unsure" and no answer are never refused (U-09).

    To whom a question is not put, its rule does not apply: who asks it only of beginners, wants to know it
    of beginners only. A review would send everybody else to an organiser who has nothing to look at.
    """
    question_id = int(parameters["question_id"])
    if question_id in applicant.not_asked:
        return True, "answer_not_asked", {"question_id": str(question_id)}
    answer = applicant.answers.get(question_id, "")
    chosen = answer.split("\n")
    details = {"question_id": str(question_id), "answer": ", ".join(chosen)}
    is_accepted = not set(chosen).isdisjoint(parameters.get("accepted", ["yes"]))
    code = {"": "answer_missing", "yes": "answer_yes", "no": "answer_no", "unsure": "answer_unsure"}
    if answer in {"", "unsure"} and not is_accepted:
        return None, code[answer], details
    return is_accepted, code.get(answer, "answer_accepted" if is_accepted else "answer_not_accepted"), details


_CHECKS: Mapping[RuleKind, Callable[[Mapping[str, Any], Applicant, date], _Finding]] = {
    RuleKind.AGREEMENT: _check_agreement,
    RuleKind.FEDERAL_STATE: _check_federal_state,
    RuleKind.EMAIL_DOMAIN: _check_email_domain,
    RuleKind.QUESTION: _check_question,
}


def _organisation_open(applicant: Applicant) -> _Finding:
    """It cannot be told while nobody has said for sure which organisation it is."""
    if applicant.organisation is None or applicant.certainty is Certainty.NONE:
        return None, "organisation_unknown", {}
    return None, "organisation_doubtful", {"organisation": applicant.organisation.name}


def _until(ends: Sequence[date | None]) -> dict[str, str]:
    """The last valid day; none when one of them is open."""
    days = [end for end in ends if end is not None]
    return {"until": max(days).isoformat()} if days and len(days) == len(ends) else {}


def _is_one_of(domain: str, listed: Sequence[str]) -> bool:
    own = ascii_domain(domain)
    return bool(own) and any(belongs_to(own, ascii_domain(entry.strip().lstrip("@*."))) for entry in listed)
