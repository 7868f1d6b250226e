"""The daily digest is due on working days at 7:30."""

from datetime import UTC, datetime

import pytest

from registration.rules.digest_times import digest_before, latest_digest, next_digest
from registration.vocabulary import FederalState

BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due", "until"),
    [
        ("2027-02-24T06:30", "2027-02-24T06:30", "2027-02-25T06:30"),  # Wednesday, 07:30
        ("2027-02-24T06:29", "2027-02-23T06:30", "2027-02-24T06:30"),
        ("2027-02-27T12:00", "2027-02-26T06:30", "2027-03-01T06:30"),  # Saturday
        ("2027-03-01T06:29", "2027-02-26T06:30", "2027-03-01T06:30"),  # Monday, before 07:30
        ("2027-03-28T12:00", "2027-03-25T06:30", "2027-03-30T05:30"),  # Easter, and the clock goes forward
    ],
)
def test_a_digest_stands_until_the_next_one(now: str, due: str, until: str) -> None:
    found = latest_digest(utc(now), BERLIN, FederalState.HE)

    assert (found.due, found.pointless) == (utc(due), utc(until))


def test_after_a_weekend_it_looks_back_to_friday() -> None:
    assert digest_before(utc("2027-03-01T06:30"), BERLIN, FederalState.HE) == utc("2027-02-26T06:30")


@pytest.mark.parametrize(
    ("now", "due", "until"),
    [
        ("2027-02-24T06:29", "2027-02-24T06:30", "2027-02-25T06:30"),
        ("2027-02-26T06:30", "2027-03-01T06:30", "2027-03-02T06:30"),  # Friday
    ],
)
def test_the_next_digest_follows_the_one_that_stands(now: str, due: str, until: str) -> None:
    found = next_digest(utc(now), BERLIN, FederalState.HE)

    assert (found.due, found.pointless) == (utc(due), utc(until))
