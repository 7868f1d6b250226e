"""What a measure gives: a value beside its limit. And how much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How much is measured: clients at once, seconds per round, rounds, and how many of each."""

    clients: int = 4
    seconds: float = 1.0
    rounds: int = 3
    registrations: int = 120
    mails: int = 600
    lags: int = 200
    far_mails: int = 300
    far_alone: int = 12
    claims: int = 200
    outbox: int = 1_000_000
    idle: float = 20.0
    planned: int = 100_000
    registered: int = 100_000
    organisations: int = 11_000


@dataclass(frozen=True)
class Row:
    """One line of the result: the aim is one for value / limit, or, with `aims_at_value`, for the value.

    With `aims_low` it should stay below the aim.
    """

    database: str
    measure: str
    unit: str
    value: float
    limit_name: str
    limit: float
    aim: float
    aims_low: bool = False
    aims_at_value: bool = False

    @property
    def ratio(self) -> float:
        return self.value / self.limit

    @property
    def is_reached(self) -> bool:
        reached = self.value if self.aims_at_value else self.ratio
        return reached <= self.aim if self.aims_low else reached >= self.aim
