"""What an examination finds: how bad it is, and what to do, in the words of the terminal and of the desk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Health(StrEnum):
    """How well one thing is; `unknown` when it could not be looked at."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Words:
    """The same in English (terminal) and German (desk)."""

    en: str
    de: str


@dataclass(frozen=True)
class Finding:
    """How one thing is. `to_do` is said unless all is well; `text` is for whoever looks after the domain."""

    health: Health
    what: Words
    to_do: Words | None = None
    text: str = ""


@dataclass(frozen=True)
class Surroundings:
    """What checks look at besides the database. `jobs`: every job and its interval."""

    config: Mapping[str, Any]
    instant: Callable[[], datetime]
    jobs: Mapping[str, timedelta] = field(default_factory=dict)
    nameservers: Sequence[str] = ()
    dns_port: int = 53


@dataclass(frozen=True)
class Check:
    """One thing to look at, within so many seconds; None: there is nothing to say here."""

    name: str
    title: Words
    look: Callable[[Surroundings], Finding | None]
    uses_network: bool = False
    seconds: float = 8.0


@dataclass(frozen=True)
class Result:
    """A finding under the title of its check."""

    name: str
    title: Words
    finding: Finding


def fine(en: str, de: str) -> Finding:
    return Finding(Health.OK, Words(en, de))


def warning(what: Words, to_do: Words, text: str = "") -> Finding:
    return Finding(Health.WARNING, what, to_do, text)


def wrong(what: Words, to_do: Words, text: str = "") -> Finding:
    return Finding(Health.ERROR, what, to_do, text)


def unknown(what: Words, to_do: Words | None = None, text: str = "") -> Finding:
    return Finding(Health.UNKNOWN, what, to_do, text)
