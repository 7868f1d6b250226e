"""Rules, questions, and the mail plan of a workshop."""

from dataclasses import replace
from datetime import time

import pytest
from flask import Flask

from registration.errors import ConcurrentEdit, NotPossible
from registration.extensions import db
from registration.models import EligibilityRule, MailRule, Question, Workshop
from registration.services import furnishing
from registration.services.furnishing import MailRuleFacts, QuestionFacts, RuleFacts
from registration.vocabulary import Anchor, MailKind, OffsetUnit, QuestionKind, RuleEffect, RuleKind
from tests.factories import make_organiser, make_workshop, sign_up
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
QUESTION = QuestionFacts(kind=QuestionKind.YES_NO_UNSURE, label="Vorkenntnisse?")
REMINDER = MailRuleFacts(
    kind=MailKind.REMINDER, anchor=Anchor.SESSION_START, unit=OffsetUnit.DAYS, offset=-2, at=time(9)
)


@pytest.fixture
def by(app_context: Flask) -> dict:
    return {"organiser_id": make_organiser().id, "now": NOW}


@pytest.fixture
def workshop_id(app_context: Flask) -> int:
    return make_workshop().id


def version(workshop_id: int) -> int:
    db.session.expire_all()
    return db.session.get_one(Workshop, workshop_id).version


def asking(question_id: int) -> RuleFacts:
    return RuleFacts(
        kind=RuleKind.QUESTION,
        effect=RuleEffect.REFUSE,
        parameters={"accepted": ["yes"]},
        question_id=question_id,
    )


def test_parts_stand_in_the_order_in_which_they_came(workshop_id: int, by: dict) -> None:
    for label in ("Erste?", "Zweite?"):
        facts = QuestionFacts(kind=QuestionKind.SHORT_TEXT, label=label)
        furnishing.add_part(workshop_id, facts, version=version(workshop_id), **by)

    assert [one.label for one in db.session.get_one(Workshop, workshop_id).questions] == ["Erste?", "Zweite?"]


def test_part_can_be_changed(workshop_id: int, by: dict) -> None:
    part_id = furnishing.add_part(workshop_id, REMINDER, version=1, **by)
    minutes = MailRuleFacts(
        kind=MailKind.MEETING_LINK, anchor=Anchor.DIAL_IN, unit=OffsetUnit.MINUTES, offset=0
    )

    furnishing.change_part(workshop_id, part_id, minutes, version=2, **by)

    rule = db.session.get_one(MailRule, part_id)
    assert (rule.kind, rule.unit, rule.at) == (MailKind.MEETING_LINK, OffsetUnit.MINUTES, None)


def test_part_can_be_removed(workshop_id: int, by: dict) -> None:
    part_id = furnishing.add_part(workshop_id, REMINDER, version=1, **by)

    furnishing.remove_part(workshop_id, MailRule, part_id, version=2, **by)

    assert db.session.get(MailRule, part_id) is None


def test_old_version_is_refused(workshop_id: int, by: dict) -> None:
    furnishing.add_part(workshop_id, REMINDER, version=1, **by)
    with pytest.raises(ConcurrentEdit):
        furnishing.add_part(workshop_id, REMINDER, version=1, **by)


def test_question_that_a_rule_asks_for_stays(workshop_id: int, by: dict) -> None:
    question_id = furnishing.add_part(workshop_id, QUESTION, version=1, **by)
    rule_id = furnishing.add_part(workshop_id, asking(question_id), version=2, **by)

    with pytest.raises(NotPossible):
        furnishing.remove_part(workshop_id, Question, question_id, version=3, **by)

    furnishing.remove_part(workshop_id, EligibilityRule, rule_id, version=3, **by)
    furnishing.remove_part(workshop_id, Question, question_id, version=4, **by)
    assert db.session.get(Question, question_id) is None


def test_answered_question_stays(workshop_id: int, by: dict) -> None:
    question_id = furnishing.add_part(workshop_id, QUESTION, version=1, **by)
    sign_up(db.session.get_one(Workshop, workshop_id), answers={question_id: "yes"})

    with pytest.raises(NotPossible):
        furnishing.remove_part(workshop_id, Question, question_id, version=2, **by)


def test_rule_asks_for_questions_of_its_own_workshop_only(workshop_id: int, by: dict) -> None:
    other = make_workshop(slug="andere")
    foreign = furnishing.add_part(other.id, QUESTION, version=1, **by)

    with pytest.raises(NotPossible):
        furnishing.add_part(workshop_id, asking(foreign), version=1, **by)


ON_SITE = QuestionFacts(kind=QuestionKind.CHOICES, label="Wie?", options=["vor Ort", "online", "egal"])


def answered(workshop_id: int, by: dict) -> int:
    question_id = furnishing.add_part(workshop_id, ON_SITE, version=version(workshop_id), **by)
    sign_up(db.session.get_one(Workshop, workshop_id), "ada", answers={question_id: "vor Ort\nonline"})
    return question_id


@pytest.mark.parametrize(
    "facts",
    [
        replace(ON_SITE, options=["Vor Ort", "online", "egal"]),
        replace(ON_SITE, options=["vor Ort", "egal"]),
        replace(ON_SITE, kind=QuestionKind.CHOICE),
        replace(ON_SITE, kind=QuestionKind.DATE, options=[]),
    ],
    ids=["renamed", "removed", "one of many", "another kind"],
)
def test_question_stays_as_its_answers_need_it(workshop_id: int, by: dict, facts: QuestionFacts) -> None:
    question_id = answered(workshop_id, by)

    with pytest.raises(NotPossible) as refusal:
        furnishing.change_part(workshop_id, question_id, facts, version=version(workshop_id), **by)

    assert refusal.value.field == "options"
    db.session.expire_all()
    assert db.session.get_one(Question, question_id).options == ON_SITE.options


def test_what_nobody_has_chosen_can_be_changed(workshop_id: int, by: dict) -> None:
    question_id = answered(workshop_id, by)
    facts = replace(ON_SITE, label="Wie sind Sie dabei?", options=["online", "vor Ort", "beides"])

    furnishing.change_part(workshop_id, question_id, facts, version=version(workshop_id), **by)

    assert db.session.get_one(Question, question_id).options == facts.options
