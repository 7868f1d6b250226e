"""Limits beside the capacity: of each organisation, and of each option of a question (domain.md, rule 5)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

Choice = tuple[int, str]
"""A question, by its id, and one option of it."""

ORGANISATION = "limit_per_organisation"
OPTION = "option_full"


@dataclass(frozen=True)
class Pool:
    """Seats with a limit of their own: those of one organisation, or those with one option of a question.

    `reason`: why somebody waits while it is exhausted. `owner_id`: of the organisation or the question.
    """

    reason: str
    owner_id: int
    most: int
    option: str = ""

    @property
    def code(self) -> str:
        """The reason as it stands with a registration, with the option that it is about (reason_words.py)."""
        return f"{self.reason}:{quote(self.option, safe='')}" if self.option else self.reason


@dataclass(frozen=True)
class Limits:
    """All limits of a workshop beside its capacity; false where there are none."""

    per_organisation: int | None = None
    per_option: Mapping[Choice, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.per_organisation is not None or bool(self.per_option)

    @property
    def question_ids(self) -> set[int]:
        return {question_id for question_id, _ in self.per_option}

    def pools(self, organisation_id: int | None, choices: Iterable[Choice] = ()) -> tuple[Pool, ...]:
        """Return the pools that somebody of this organisation with these choices takes a seat of."""
        found = [
            Pool(OPTION, question_id, self.per_option[question_id, option], option)
            for question_id, option in choices
            if (question_id, option) in self.per_option
        ]
        if self.per_organisation is not None and organisation_id is not None:
            found.insert(0, Pool(ORGANISATION, organisation_id, self.per_organisation))
        return tuple(found)


def exhausted(pools: Iterable[Pool], taken: Mapping[Pool, int]) -> tuple[Pool, ...]:
    """Return those of the pools that have no seat left."""
    return tuple(pool for pool in pools if taken.get(pool, 0) >= pool.most)


def choices_in(question_id: int, answer: str) -> Iterator[Choice]:
    """Give the options of an answer; several stand in lines."""
    return ((question_id, option) for option in answer.split("\n"))
