"""What a mail says of changed sessions: as it was, and as it is at the moment when the mail leaves (C-06)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _

from registration.mail import words
from registration.models import Workshop, WorkshopSession
from registration.rules.date_words import short_date
from registration.rules.session_changes import ROOM, WHEN, WHERE, news_of
from registration.vocabulary import WorkshopFormat


class Aspect(StrEnum):
    """What a mail is mainly about: it decides subject and first sentence."""

    WHEN = "when"
    WHERE = "where"
    ROOM = "room"
    FIRST_ROOM = "first_room"
    ADDED = "added"
    REMOVED = "removed"
    SEVERAL = "several"


@dataclass(frozen=True)
class Change:
    """One session; `old_link` leads to a room that is not used any more (M-93)."""

    title: str
    aspects: frozenset[Aspect]
    facts: tuple[words.Fact, ...] = ()
    old_link: str = ""
    credentials: tuple[str, ...] = ()
    on_day: str = ""


def changes_in(context: Mapping[str, Any], workshop: Workshop, language: str) -> list[Change]:
    """Return what is different for the reader; empty when all is as it was, or nothing of it is left."""
    changed = (_changed(told, one, language) for one, told in _sessions(context, workshop))
    gone = (_removed(one, language) for one in context.get("removed", ()))
    return [*changed, *gone]


def has_news(context: Mapping[str, Any], workshop: Workshop, *, with_room: bool) -> bool:
    """Whether there is something to say; without a seat the room is nothing."""
    told = [news for _session, news in _sessions(context, workshop)]
    if not with_room:
        told = [news for news in told if set(news) - set(ROOM)]
    return bool(told or context.get("removed"))


def aspect_of(changes: list[Change]) -> Aspect:
    """Return what the mail is about: a new time comes before place and room."""
    found = frozenset[Aspect]().union(*(one.aspects for one in changes))
    if len(found) == 1:
        return next(iter(found))
    is_time = Aspect.WHEN in found and not found & {Aspect.ADDED, Aspect.REMOVED}
    return Aspect.WHEN if is_time else Aspect.SEVERAL


def _sessions(
    context: Mapping[str, Any], workshop: Workshop
) -> Iterator[tuple[WorkshopSession, dict[str, Any]]]:
    told = context.get("sessions", {})
    for one in workshop.sessions:
        if news := news_of(told.get(str(one.id), {}), one):
            yield one, news


def _changed(news: Mapping[str, Any], session: WorkshopSession, language: str) -> Change:
    title, on_day = words.session_title(session), short_date(session.starts_local, language)
    when, where = words.when(session, language), words.where(session)
    if news.get("is_new"):
        facts = (words.Fact(_("Wann"), when), words.Fact(_("Wo"), where))
        return Change(title, frozenset({Aspect.ADDED}), facts, on_day=on_day)
    return Change(
        title,
        frozenset(_aspects(news)),
        (
            *(_pair(_("Bisher"), _when(news, language), _("Neu"), when) if WHEN[1] in news else ()),
            *(_pair(_("Ort bisher"), _where(news), _("Ort neu"), where) if WHERE[0] in news else ()),
        ),
        old_link=news.get("room_link", ""),
        credentials=tuple(_credentials(news)),
        on_day=on_day,
    )


def _removed(removal: Mapping[str, Any], language: str) -> Change:
    day = short_date(datetime.fromisoformat(removal["starts_local"]), language)
    fact = words.Fact(_("Entfällt"), _when(removal, language))
    return Change(removal["title"], frozenset({Aspect.REMOVED}), (fact,), on_day=day)


def _aspects(news: Mapping[str, Any]) -> Iterator[Aspect]:
    if WHEN[1] in news:
        yield Aspect.WHEN
    if WHERE[0] in news:
        yield Aspect.WHERE
    room = [news[name] for name in ROOM if name in news]
    if room:
        yield Aspect.ROOM if any(room) else Aspect.FIRST_ROOM


def _pair(old: str, was: str, new: str, now: str) -> tuple[words.Fact, ...]:
    return words.Fact(old, was), words.Fact(new, now)


def _when(told: Mapping[str, Any], language: str) -> str:
    starts, ends, dial_in = (
        datetime.fromisoformat(told[name]) if told.get(name) else None for name in WHEN[1:]
    )
    return words.when_in_words(starts, ends, dial_in, language) if starts and ends else ""


def _where(told: Mapping[str, Any]) -> str:
    return words.where_in_words(WorkshopFormat(told["format"]), told["place"], told["room_platform"])


def _credentials(news: Mapping[str, Any]) -> Iterator[str]:
    """Name what is new; the new values stand with the appointment."""
    names = (_("Link"), _("Meeting-Kennnummer"), _("Passwort"), _("Telefon"))
    yield from (str(word) for name, word in zip(ROOM, names, strict=True) if name in news)
