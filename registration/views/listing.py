"""Workshops as somebody wants them: found, in order, a page of them with their seats."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from registration.models import Workshop, WorkshopSession
from registration.rules.finding import Search, Wanted, first_of_month, folded, lines
from registration.steps.catalogue import Catalogue, Entry
from registration.views.availability import Availability, Chance, availabilities

PAGE_SIZE = 20
MOST_CHOICES = 30
TO_BE_HAD = {Chance.FREE, Chance.UNLIMITED, Chance.BY_CHOICE}


@dataclass(frozen=True)
class Hit:
    """A workshop that was found, and its session that comes next, or that falls into the month asked for."""

    workshop: Workshop
    session: WorkshopSession


@dataclass(frozen=True)
class Card:
    """One workshop on the list."""

    workshop: Workshop
    session: WorkshopSession
    availability: Availability

    @property
    def month(self) -> date:
        """The first day of the month under which it stands."""
        return first_of_month(self.session.starts_local)


@dataclass(frozen=True)
class Listing:
    """A page of what was found."""

    cards: Sequence[Card]
    total: int
    page: int
    pages: int

    @property
    def months(self) -> list[tuple[date, list[Card]]]:
        return [(month, list(cards)) for month, cards in groupby(self.cards, key=lambda card: card.month)]


@dataclass(frozen=True)
class Choices:
    """What one can filter by, as far as there is a choice."""

    months: Sequence[date]
    series: Sequence[str]
    audience: Sequence[str]


Count = Callable[[Sequence[Workshop]], dict[int, Availability]]


def listing(hits: Sequence[Hit], number: int, count: Count, *, size: int = PAGE_SIZE) -> Listing:
    """The page of this number, or the last one; seats are counted for what is shown."""
    pages = max(1, -(-len(hits) // size))
    number = min(number, pages)
    shown = hits[(number - 1) * size : number * size]
    seats = count([hit.workshop for hit in shown])
    cards = [Card(hit.workshop, hit.session, seats[hit.workshop.id]) for hit in shown]
    return Listing(cards, len(hits), number, pages)


def find(catalogue: Catalogue, wanted: Wanted, count: Count, *, now: datetime) -> list[Hit]:
    """What is wanted, next first; seats are counted only when free ones are asked for."""
    search = Search.of(wanted)
    found = (_hit(one, wanted.month, now) for one in catalogue.entries if search.finds(one.facts))
    hits = [hit for hit in found if hit]
    if wanted.free:
        seats = count([hit.workshop for hit in hits])
        hits = [hit for hit in hits if seats[hit.workshop.id].chance in TO_BE_HAD]
    return sorted(hits, key=lambda hit: (hit.session.starts_at, hit.workshop.id))


def count_at(now: datetime) -> Count:
    """The seats of workshops at this instant, with one query for all of them."""
    return lambda workshops: availabilities(workshops, now=now) if workshops else {}


def choices(catalogue: Catalogue, now: datetime) -> Choices:
    """Months, series and audiences of all that is to come; the most frequent ones when they are many."""
    workshops = [one.workshop for one in catalogue.entries]
    months = {first_of_month(one.starts_local) for workshop in workshops for one in _to_come(workshop, now)}
    series = (workshop.series for workshop in workshops if workshop.series)
    audience = (group for workshop in workshops for group in lines(workshop.audience))
    return Choices(sorted(months)[:MOST_CHOICES], _most_frequent(series), _most_frequent(audience))


def _hit(entry: Entry, month: date | None, now: datetime) -> Hit | None:
    sessions = _to_come(entry.workshop, now)
    fitting = (one for one in sessions if month is None or first_of_month(one.starts_local) == month)
    session = next(fitting, None)
    return Hit(entry.workshop, session) if session else None


def _to_come(workshop: Workshop, now: datetime) -> list[WorkshopSession]:
    return [one for one in workshop.sessions if one.ends_at > now]


def _most_frequent(texts: Iterable[str]) -> list[str]:
    """In the order of the alphabet, spellings that mean the same once."""
    counted = Counter(texts)
    spelling: dict[str, str] = {}
    for text, _ in counted.most_common():
        spelling.setdefault(folded(text), text)
    return [text for _, text in sorted(list(spelling.items())[:MOST_CHOICES])]
