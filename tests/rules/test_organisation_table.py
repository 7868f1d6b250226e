"""The table of spellings: how many are recognised as expected, and that nobody is taken for somebody else."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from registration.rules.organisations import Candidate, OrganisationIndex
from registration.vocabulary import Certainty

TABLE = yaml.safe_load(Path(__file__).with_name("organisation_spellings.yaml").read_text())
LEAST_RIGHT = 0.97


@dataclass(frozen=True)
class Tried:
    """One line of the table, and what came of it."""

    typed: str
    expected: str
    found: str

    @property
    def is_right(self) -> bool:
        return self.found == self.expected

    @property
    def is_wrongly_certain(self) -> bool:
        return self.found.startswith("match ") and not self.is_right

    def __str__(self) -> str:
        return f"{self.typed}: {self.found} instead of {self.expected}"


def index_of(register: list[dict[str, Any]]) -> OrganisationIndex:
    return OrganisationIndex(
        Candidate(number, one["name"], tuple(one.get("aliases", ())), tuple(one.get("domains", ())))
        for number, one in enumerate(register)
    )


def tried(table: dict[str, Any]) -> Iterator[Tried]:
    index = index_of(table["register"])
    for line, expected in table["spellings"].items():
        typed, _, domain = line.partition(" @ ")
        match = index.match(typed, domain)
        is_certain = match.certainty is Certainty.CERTAIN and match.organisation_id is not None
        name = table["register"][match.organisation_id]["name"] if is_certain else ""
        yield Tried(line, expected, f"match {name}" if is_certain else match.certainty.value)


def test_at_least_97_of_100_spellings_are_understood_as_expected() -> None:
    results = list(tried(TABLE))
    wrong = [one for one in results if not one.is_right]

    rate = 1 - len(wrong) / len(results)
    print(f"\n{len(results)} spellings of {len(TABLE['register'])} organisations: {rate:.1%} as expected")
    print("\n".join(str(one) for one in wrong))

    assert rate >= LEAST_RIGHT, "\n".join(str(one) for one in wrong)


def test_no_spelling_is_surely_taken_for_another_organisation() -> None:
    assert [str(one) for one in tried(TABLE) if one.is_wrongly_certain] == []


def test_a_wrong_certain_match_is_noticed() -> None:
    planted = {"register": [{"name": "Stadt Kassel"}], "spellings": {"Stadt Kassel": "doubtful"}}

    assert [one.is_wrongly_certain for one in tried(planted)] == [True]


def test_the_table_is_as_large_as_promised() -> None:
    expected = Counter(one.split()[0] for one in TABLE["spellings"].values())

    assert len(TABLE["register"]) == 60
    assert expected.total() >= 200
    assert set(expected) == {"match", "doubtful", "none"}
