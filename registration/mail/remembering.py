"""Remembering what many mails have in common: by all the values it is made of, never by time.

Whoever looks something up passes the values of now; when one of them has changed, it is made anew.
"""

from collections.abc import Callable, Hashable
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Generic, TypeVar

from flask import current_app
from sqlalchemy import JSON

from registration.links import public_url
from registration.models import Workshop, WorkshopSession

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """A few values by their keys; empties itself when it is full."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[Hashable, Value] = {}

    def recall(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return what was made for an equal key, or make it."""
        kept = self._kept
        if key not in kept:
            made = make()
            if len(kept) >= self._most:
                kept = self._kept = {}
            kept[key] = made
        return kept[key]


def facts(workshop: Workshop) -> tuple[Any, ...]:
    """Return what is written in the rows of a workshop and its sessions, as it is now; lists are no keys."""
    of_session = _columns(WorkshopSession)
    return (_columns(Workshop)(workshop), *map(of_session, workshop.sessions))


def page_url(endpoint: str, language: str, **values: str) -> str:
    """Return a page's public address; building one takes longer than all else in a line of a mail."""
    return _address(current_app.config["PUBLIC_URL"], endpoint, language, tuple(values.items()))


@lru_cache(maxsize=256)
def _address(_public: str, endpoint: str, language: str, values: tuple[tuple[str, str], ...]) -> str:
    return public_url(endpoint, language, **dict(values))


@cache
def _columns(model: type[Workshop | WorkshopSession]) -> Callable[[Any], Any]:
    columns = model.__mapper__.columns
    return attrgetter(*(name for name, column in columns.items() if not isinstance(column.type, JSON)))
