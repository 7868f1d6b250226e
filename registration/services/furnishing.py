"""What a workshop consists of beside its sessions: eligibility rules, questions, and the mail plan."""

from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from sqlalchemy import select

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.models import Answer, EligibilityRule, MailRule, Question, Workshop
from registration.steps.answered import refuse_unlike_answers
from registration.steps.dependencies import refuse_when_needed, refuse_wrong_dependency
from registration.steps.editing import note, open_for_editing, set_columns
from registration.steps.retiming import apply_to_queue
from registration.vocabulary import Anchor, MailKind, OffsetUnit, QuestionKind, RuleEffect, RuleKind


@dataclass(frozen=True, kw_only=True)
class RuleFacts:
    """Who may register, and what happens when it is not met (parameters: see rules/eligibility.py)."""

    kind: RuleKind
    effect: RuleEffect
    parameters: dict[str, Any] = field(default_factory=dict)
    question_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class QuestionFacts:
    """What is asked, in what shape, why (L-06), and of whom (rules/conditions.py)."""

    kind: QuestionKind
    label: str
    purpose: str = ""
    is_required: bool = False
    options: list[str] = field(default_factory=list)
    help_text: str = ""
    option_limits: dict[str, int] = field(default_factory=dict)
    depends_on_id: int | None = None
    depends_on_value: str = ""


@dataclass(frozen=True, kw_only=True)
class MailRuleFacts:
    """One line of the mail plan; `offset` is negative before the anchor, `at` a wall time for days (T-08).

    `text`: what a mail to participants says besides, in the organiser's words.
    """

    kind: MailKind
    anchor: Anchor
    unit: OffsetUnit
    offset: int
    at: time | None = None
    text: str = ""


Facts = RuleFacts | QuestionFacts | MailRuleFacts
Part = EligibilityRule | Question | MailRule

RECORDS: dict[type[Any], type[Any]] = {
    RuleFacts: EligibilityRule,
    QuestionFacts: Question,
    MailRuleFacts: MailRule,
}
RELATIONS: dict[type[Any], str] = {EligibilityRule: "rules", Question: "questions", MailRule: "mail_rules"}


def add_part(workshop_id: int, facts: Facts, *, version: int, organiser_id: int, now: datetime) -> int:
    """Add a rule, a question or a line of the mail plan at the end, and return its id."""
    with one_transaction():
        workshop = open_for_editing(workshop_id, version)
        record = RECORDS[type(facts)]
        siblings = _siblings(workshop, record)
        position = 1 + max((one.position for one in siblings), default=0)
        one = record(position=position, **vars(facts))
        _check_question(workshop, one)
        siblings.append(one)
        db.session.flush()
        _note("added", one, workshop, organiser_id, now)
        return int(one.id)


def change_part(
    workshop_id: int, part_id: int, facts: Facts, *, version: int, organiser_id: int, now: datetime
) -> None:
    """Save a rule, a question or a line of the mail plan; mails of that line in the queue follow it.

    Raises NotPossible for a question that given answers would not fit any more.
    """
    with one_transaction():
        workshop = open_for_editing(workshop_id, version)
        one = _part(workshop, RECORDS[type(facts)], part_id)
        if isinstance(facts, QuestionFacts):
            refuse_unlike_answers(one, facts.kind, facts.options)
        kind_before = one.kind
        if set_columns(one, vars(facts)):
            _check_question(workshop, one)
            if isinstance(one, MailRule):
                apply_to_queue(one, kind_before, now=now)
            _note("changed", one, workshop, organiser_id, now)


def remove_part(
    workshop_id: int, record: type[Any], part_id: int, *, version: int, organiser_id: int, now: datetime
) -> None:
    """Take it out; raises NotPossible for a question with answers, or that a rule or another one needs."""
    with one_transaction():
        workshop = open_for_editing(workshop_id, version)
        one = _part(workshop, record, part_id)
        if isinstance(one, Question):
            refuse_when_needed(workshop, one)
            _refuse_used(workshop, one)
        _siblings(workshop, record).remove(one)
        _note("removed", one, workshop, organiser_id, now)


def _siblings(workshop: Workshop, record: type[Any]) -> list[Any]:
    siblings: list[Any] = getattr(workshop, RELATIONS[record])
    return siblings


def _part(workshop: Workshop, record: type[Any], part_id: int) -> Any:
    return next(one for one in _siblings(workshop, record) if one.id == part_id)


def _check_question(workshop: Workshop, one: Any) -> None:
    if isinstance(one, Question):
        refuse_wrong_dependency(workshop, one)
    if isinstance(one, EligibilityRule) and one.question_id:
        own = {question.id for question in workshop.questions}
        if one.question_id not in own:
            raise NotPossible("Diese Frage gehört zu einem anderen Workshop.", field="question_id")


def _refuse_used(workshop: Workshop, question: Question) -> None:
    if any(rule.question_id == question.id for rule in workshop.rules):
        raise NotPossible(
            "Eine Voraussetzung fragt nach dieser Antwort. Entfernen Sie zuerst die Voraussetzung."
        )
    if db.session.scalar(select(Answer.id).where(Answer.question_id == question.id).limit(1)):
        raise NotPossible("Auf diese Frage gibt es schon Antworten. Sie kann nicht mehr entfernt werden.")


_WORDS: dict[type[Any], str] = {EligibilityRule: "rule", Question: "question", MailRule: "mail_rule"}


def _note(verb: str, one: Any, workshop: Workshop, organiser_id: int, now: datetime) -> None:
    word = _WORDS[type(one)]
    note(f"{word}_{verb}", workshop, organiser_id=organiser_id, now=now, details={word: one.id})
