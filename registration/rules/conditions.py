"""Which questions are asked: some only when another one is answered in a certain way."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Condition:
    """Asked only when the answer to the question `on` is or contains `value`; without one, any answer."""

    on: int
    value: str = ""

    def is_met(self, answer: str) -> bool:
        """`answer` as it is stored: several choices are lines."""
        return self.value in answer.split("\n") if self.value else bool(answer)


def asked_questions(conditions: Mapping[int, Condition | None], answers: Mapping[int, str]) -> set[int]:
    """Return the ids of the questions that are asked, given what was answered to all of them.

    What is asked only because of a question that is not asked itself, is not asked either. A question whose
    condition names an unknown question is asked; a circle is asked of nobody.
    """
    return {number for number in conditions if _is_asked(number, conditions, answers, frozenset())}


def _is_asked(
    number: int,
    conditions: Mapping[int, Condition | None],
    answers: Mapping[int, str],
    behind: frozenset[int],
) -> bool:
    condition = conditions[number]
    if condition is None or condition.on not in conditions:
        return True
    if condition.on in behind:
        return False
    met = condition.is_met(answers.get(condition.on, ""))
    return met and _is_asked(condition.on, conditions, answers, behind | {number})
