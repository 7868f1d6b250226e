"""Finished lists of workshops, kept per process while nothing on them has changed (decision 0011).

A list is used again only for the same catalogue, with the same seats, counted for this very request, and
before the next instant at which time alone changes it.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request

from registration.models import Workshop
from registration.steps.catalogue import Catalogue
from registration.steps.keeping import store
from registration.views.availability import Availability
from registration.views.languages import reader_language
from registration.views.listing import Count, count_at
from registration.views.page_cache import instants_after

Counted = tuple[Sequence[Workshop], dict[int, Availability]]


@dataclass(frozen=True)
class _Kept:
    catalogue: Catalogue
    counted: list[Counted]
    made_at: datetime
    good_until: datetime
    text: str


def kept_list(*asked: Hashable, catalogue: Catalogue, now: datetime, make: Callable[[Count], str]) -> str:
    """Return the list as it was made for the same question, or make it.

    `make` counts seats with what it is given, so that they can be counted again.
    """
    key = (request.endpoint, request.script_root, reader_language(), *asked)
    kept: _Kept | None = store("lists").get(key)
    if kept is None or not _is_good(kept, catalogue, now):
        kept = _made(catalogue, now, make)
        store("lists").keep(key, kept)
    return kept.text


def _is_good(kept: _Kept, catalogue: Catalogue, now: datetime) -> bool:
    count = count_at(now)
    return (
        kept.catalogue is catalogue
        and kept.made_at <= now < kept.good_until
        and all(count(workshops) == seats for workshops, seats in kept.counted)
    )


def _made(catalogue: Catalogue, now: datetime, make: Callable[[Count], str]) -> _Kept:
    counted: list[Counted] = []
    count = count_at(now)

    def count_and_note(workshops: Sequence[Workshop]) -> dict[int, Availability]:
        counted.append((workshops, count(workshops)))
        return counted[-1][1]

    text = make(count_and_note)
    return _Kept(catalogue, counted, now, min(_changes(catalogue, counted, now), default=now), text)


def _changes(catalogue: Catalogue, counted: list[Counted], now: datetime) -> Iterator[datetime]:
    """When the next session ends, and whatever changes the seats of those that were counted."""
    for entry in catalogue.entries:
        yield from (one.ends_at for one in entry.workshop.sessions if one.ends_at > now)
    for workshops, _ in counted:
        for workshop in workshops:
            yield from instants_after(now, workshop)
