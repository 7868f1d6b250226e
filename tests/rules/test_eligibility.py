"""Who may register (domain.md, eligibility)."""

import json
from dataclasses import replace
from datetime import date

import pytest

from registration.rules.eligibility import Applicant, OrganisationFacts, Rule, Verdict, judge
from registration.vocabulary import Certainty, FederalState, OrganisationKind, Outcome, RuleEffect, RuleKind

ON = date(2027, 2, 24)
ORGANISATION = OrganisationFacts(
    id=1,
    name="Stadt Beispielhausen",
    state=FederalState.BW,
    kind=OrganisationKind.MUNICIPALITY,
    domains=("beispielhausen.example", "köln.example"),
    agreements=((date(2025, 1, 1), date(2027, 12, 31)),),
)
ADA = Applicant(ORGANISATION, Certainty.CERTAIN, "beispielhausen.example", {5: "yes"})
STRANGER = replace(ADA, organisation=None, certainty=Certainty.NONE, email_domain="example.org")
DOUBTFUL = replace(ADA, certainty=Certainty.DOUBTFUL)

AGREEMENT = Rule(1, RuleKind.AGREEMENT, RuleEffect.REFUSE, {})
STATE = Rule(2, RuleKind.FEDERAL_STATE, RuleEffect.REFUSE, {"states": ["BW", "HE"]})
DOMAIN = Rule(3, RuleKind.EMAIL_DOMAIN, RuleEffect.REFUSE, {"domains": ["Stadt.example", "@köln.example"]})
OWN_DOMAIN = Rule(4, RuleKind.EMAIL_DOMAIN, RuleEffect.REFUSE, {"domains": [], "or_organisation": True})
QUESTION = Rule(6, RuleKind.QUESTION, RuleEffect.REFUSE, {"question_id": 5, "accepted": ["yes"]})


def said(rule: Rule, applicant: Applicant, on: date = ON) -> tuple[Outcome, str]:
    verdict = judge([rule], applicant, on)
    return verdict.outcome, verdict.reasons[0].code


def with_agreements(*agreements: tuple[date, date | None]) -> Applicant:
    return replace(ADA, organisation=replace(ORGANISATION, agreements=agreements))


def test_without_rules_everybody_is_eligible() -> None:
    assert judge([], STRANGER, ON) == Verdict(Outcome.ELIGIBLE, ())


@pytest.mark.parametrize(
    ("agreements", "outcome", "code"),
    [
        ([(date(2025, 1, 1), None)], Outcome.ELIGIBLE, "agreement_valid"),
        ([(ON, ON)], Outcome.ELIGIBLE, "agreement_valid"),
        ([(date(2020, 1, 1), date(2027, 2, 23))], Outcome.REFUSED, "agreement_ended"),
        ([(date(2027, 2, 25), None)], Outcome.REFUSED, "agreement_not_yet"),
        ([], Outcome.REFUSED, "agreement_missing"),
        (
            [(date(2020, 1, 1), date(2021, 1, 1)), (date(2026, 1, 1), None)],
            Outcome.ELIGIBLE,
            "agreement_valid",
        ),
    ],
)
def test_the_agreement_counts_on_the_day_of_the_session(
    agreements: list[tuple[date, date | None]], outcome: Outcome, code: str
) -> None:
    assert said(AGREEMENT, with_agreements(*agreements)) == (outcome, code)


def test_the_reason_names_the_last_day_of_the_agreement() -> None:
    ended = with_agreements((date(2020, 1, 1), date(2021, 6, 30)), (date(2019, 1, 1), date(2019, 12, 31)))

    reason = judge([AGREEMENT], ended, ON).reasons[0]

    assert reason.details == {"organisation": "Stadt Beispielhausen", "until": "2021-06-30"}


@pytest.mark.parametrize("rule", [AGREEMENT, STATE, OWN_DOMAIN])
def test_unknown_and_doubtful_organisations_are_reviewed_and_never_refused(rule: Rule) -> None:
    assert said(rule, STRANGER) == (Outcome.REVIEW, "organisation_unknown")
    assert said(rule, DOUBTFUL) == (Outcome.REVIEW, "organisation_doubtful")


def test_an_ended_agreement_of_a_doubtful_organisation_is_not_held_against_it() -> None:
    doubtful = replace(with_agreements(), certainty=Certainty.DOUBTFUL)

    assert said(AGREEMENT, doubtful)[0] is Outcome.REVIEW


def test_the_federal_state_decides() -> None:
    bavarian = replace(ADA, organisation=replace(ORGANISATION, state=FederalState.BY))
    nowhere = replace(ADA, organisation=replace(ORGANISATION, state=None))

    assert said(STATE, ADA) == (Outcome.ELIGIBLE, "state_matches")
    assert said(STATE, bavarian) == (Outcome.REFUSED, "state_differs")
    assert said(STATE, nowhere) == (Outcome.REVIEW, "state_unknown")


@pytest.mark.parametrize(
    ("domain", "outcome"),
    [
        ("stadt.example", Outcome.ELIGIBLE),
        ("schule.stadt.example", Outcome.ELIGIBLE),
        ("xn--kln-sna.example", Outcome.ELIGIBLE),
        ("anderestadt.example", Outcome.REFUSED),
        ("stadt.example.org", Outcome.REFUSED),
        ("", Outcome.REFUSED),
    ],
)
def test_listed_domains_and_those_below_them_match(domain: str, outcome: Outcome) -> None:
    assert judge([DOMAIN], replace(STRANGER, email_domain=domain), ON).outcome is outcome


def test_the_domain_of_the_own_organisation_matches_where_the_rule_says_so() -> None:
    private = replace(ADA, email_domain="example.org")
    without_domains = replace(private, organisation=replace(ORGANISATION, domains=()))

    assert said(OWN_DOMAIN, ADA) == (Outcome.ELIGIBLE, "domain_matches")
    assert said(OWN_DOMAIN, private) == (Outcome.REFUSED, "domain_differs")
    assert said(OWN_DOMAIN, without_domains) == (Outcome.REVIEW, "domain_unknown")


@pytest.mark.parametrize(
    ("answers", "outcome", "code"),
    [
        ({5: "yes"}, Outcome.ELIGIBLE, "answer_yes"),
        ({5: "no"}, Outcome.REFUSED, "answer_no"),
        ({5: "unsure"}, Outcome.REVIEW, "answer_unsure"),
        ({}, Outcome.REVIEW, "answer_missing"),
        ({5: "beginner"}, Outcome.REFUSED, "answer_not_accepted"),
    ],
)
def test_only_a_plain_answer_refuses(answers: dict[int, str], outcome: Outcome, code: str) -> None:
    assert said(QUESTION, replace(ADA, answers=answers)) == (outcome, code)


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        ("Presse", Outcome.ELIGIBLE, "answer_accepted"),
        ("Presse\nKollegium", Outcome.ELIGIBLE, "answer_accepted"),
        ("Kollegium\nAmt", Outcome.REFUSED, "answer_not_accepted"),
        ("Pressestelle", Outcome.REFUSED, "answer_not_accepted"),
    ],
)
def test_one_accepted_answer_among_several_is_enough(answer: str, outcome: Outcome, code: str) -> None:
    rule = replace(QUESTION, parameters={"question_id": "5", "accepted": ["Presse"]})

    assert said(rule, replace(ADA, answers={5: answer})) == (outcome, code)


def test_several_answers_are_told_in_one_line() -> None:
    reason = judge([QUESTION], replace(ADA, answers={5: "Kollegium\nAmt"}), ON).reasons[0]

    assert reason.details["answer"] == "Kollegium, Amt"


def test_rule_does_not_apply_to_whom_its_question_is_not_put() -> None:
    nobody_asked_her = replace(ADA, answers={}, not_asked={5})

    assert said(QUESTION, nobody_asked_her) == (Outcome.ELIGIBLE, "answer_not_asked")


def test_unsure_may_be_accepted() -> None:
    rule = replace(QUESTION, parameters={"question_id": "5", "accepted": ["yes", "unsure"]})

    assert said(rule, replace(ADA, answers={5: "unsure"})) == (Outcome.ELIGIBLE, "answer_unsure")


def test_an_unmet_rule_with_the_effect_review_only_asks_for_review() -> None:
    rule = replace(QUESTION, effect=RuleEffect.REVIEW)

    assert said(rule, replace(ADA, answers={5: "no"})) == (Outcome.REVIEW, "answer_no")


def test_one_refusal_outweighs_all_else_and_every_reason_is_told() -> None:
    verdict = judge([AGREEMENT, STATE, QUESTION], replace(STRANGER, answers={5: "no"}), ON)

    assert verdict.outcome is Outcome.REFUSED
    assert [(reason.rule_id, reason.met) for reason in verdict.reasons] == [(1, None), (2, None), (6, False)]


def test_a_verdict_survives_its_json_column() -> None:
    verdict = judge([AGREEMENT, STATE, DOMAIN, QUESTION], DOUBTFUL, ON)

    assert Verdict.from_json(json.loads(json.dumps(verdict.as_json()))) == verdict
