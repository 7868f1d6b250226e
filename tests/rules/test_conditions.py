"""Which questions are asked, given what was answered."""

import pytest

from registration.rules.conditions import Condition, asked_questions

TRAVEL, NIGHT, MEAL = 1, 2, 3


@pytest.mark.parametrize(
    ("condition", "answer", "is_asked"),
    [
        (Condition(TRAVEL, "yes"), "yes", True),
        (Condition(TRAVEL, "yes"), "no", False),
        (Condition(TRAVEL, "yes"), "", False),
        (Condition(TRAVEL, "Bahn"), "Rad\nBahn", True),
        (Condition(TRAVEL, "Bahn"), "Bahnhof", False),
        (Condition(TRAVEL), "irgendwie", True),
        (Condition(TRAVEL), "", False),
        (None, "", True),
    ],
)
def test_question_is_asked_when_its_condition_is_met(
    condition: Condition | None, answer: str, is_asked: bool
) -> None:
    found = asked_questions({TRAVEL: None, NIGHT: condition}, {TRAVEL: answer})

    assert (NIGHT in found) is is_asked


def test_question_behind_one_that_is_not_asked_is_not_asked() -> None:
    conditions = {TRAVEL: None, NIGHT: Condition(TRAVEL, "yes"), MEAL: Condition(NIGHT, "yes")}

    assert asked_questions(conditions, {TRAVEL: "no", NIGHT: "yes"}) == {TRAVEL}
    assert asked_questions(conditions, {TRAVEL: "yes", NIGHT: "yes"}) == {TRAVEL, NIGHT, MEAL}


def test_condition_on_an_unknown_question_asks() -> None:
    assert asked_questions({NIGHT: Condition(TRAVEL, "yes")}, {}) == {NIGHT}


def test_circle_is_asked_of_nobody() -> None:
    conditions = {TRAVEL: Condition(NIGHT), NIGHT: Condition(TRAVEL)}

    assert asked_questions(conditions, {TRAVEL: "yes", NIGHT: "yes"}) == set()
