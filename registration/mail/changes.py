"""What a mail says of changed sessions: as it was, and as it is at the moment when the mail leaves (C-06)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _

from registration.mail import words
from registration.models import Workshop, WorkshopSession
from registration.rules.date_words import short_date
from registration.rules.session_changes import ROOM, WHEN, WHERE, facts_of, news_of, without_room
from registration.vocabulary import WorkshopFormat


class Aspect(StrEnum):
    """What a mail is mainly about: it decides subject and first sentence."""

    WHEN = "when"
    WHERE = "where"
    ROOM = "room"
    FIRST_ROOM = "first_room"
    ROOM_GONE = "room_gone"
    ADDED = "added"
    REMOVED = "removed"
    SEVERAL = "several"


@dataclass(frozen=True)
class Difference:
    """Time or place as it was and as it is; one of them is missing for what is new, or what is gone."""

    was: words.Fact | None
    now: words.Fact | None


@dataclass(frozen=True)
class Change:
    """One session; `old_link` leads to a room that is not used any more (M-93).

    `credentials` names what of the room is new, `dropped` what is not needed any more.
    """

    title: str
    aspects: frozenset[Aspect]
    differences: tuple[Difference, ...] = ()
    old_link: str = ""
    credentials: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    on_day: str = ""

    @property
    def facts(self) -> list[words.Fact]:
        """Line by line, the former before the new one."""
        return [fact for one in self.differences for fact in (one.was, one.now) if fact]


def changes_in(
    context: Mapping[str, Any], workshop: Workshop, language: str, *, with_room: bool
) -> list[Change]:
    """Return what is different for the reader; empty when all is as it was, or nothing of it is left."""
    changed = (_changed(told, one, language) for one, told in _sessions(context, workshop, with_room))
    gone = (_removed(one, language) for one in context.get("removed", ()))
    return [*changed, *gone]


def has_news(context: Mapping[str, Any], workshop: Workshop, *, with_room: bool) -> bool:
    """Whether there is something to say; without a seat the room is nothing."""
    return bool(context.get("removed")) or any(_sessions(context, workshop, with_room))


def aspect_of(changes: list[Change]) -> Aspect:
    """Return what the mail is about: a new time comes before the place, and both before the room."""
    found = frozenset[Aspect]().union(*(one.aspects for one in changes))
    if len(found) == 1:
        return next(iter(found))
    if found & {Aspect.ADDED, Aspect.REMOVED}:
        return Aspect.SEVERAL
    return next(one for one in (Aspect.WHEN, Aspect.WHERE, Aspect.ROOM, Aspect.SEVERAL) if one in found)


def _sessions(
    context: Mapping[str, Any], workshop: Workshop, with_room: bool
) -> Iterator[tuple[WorkshopSession, dict[str, Any]]]:
    told = context.get("sessions", {})
    for one in workshop.sessions:
        news = news_of(told.get(str(one.id), {}), one)
        if known := news if with_room else without_room(news):
            yield one, known


def _changed(news: Mapping[str, Any], session: WorkshopSession, language: str) -> Change:
    now, meets = facts_of(session), session.workshop.format
    title, on_day = words.session_title(session), short_date(session.starts_local, language)
    when, where = words.when(session, language), words.where(session)
    if news.get("is_new"):
        new = (Difference(None, words.Fact(_("Wann"), when)), Difference(None, words.Fact(_("Wo"), where)))
        return Change(title, frozenset({Aspect.ADDED}), new, on_day=on_day)
    return Change(
        title,
        frozenset(_aspects(news, now)),
        (
            *(
                [_both(_("Bisher"), _when({"format": meets, **news}, language), _("Neu"), when)]
                if WHEN[1] in news
                else ()
            ),
            *([_both(_("Ort bisher"), _where(news), _("Ort neu"), where)] if WHERE[0] in news else ()),
        ),
        old_link=news.get("room_link", ""),
        credentials=tuple(_credentials(name for name in news if now.get(name))),
        dropped=tuple(_credentials(name for name in news if not now.get(name))),
        on_day=on_day,
    )


def _removed(removal: Mapping[str, Any], language: str) -> Change:
    day = short_date(datetime.fromisoformat(removal["starts_local"]), language)
    gone = Difference(words.Fact(_("Entfällt"), _when(removal, language)), None)
    return Change(removal["title"], frozenset({Aspect.REMOVED}), (gone,), on_day=day)


def _aspects(news: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Aspect]:
    if WHEN[1] in news:
        yield Aspect.WHEN
    if WHERE[0] in news:
        yield Aspect.WHERE
    room = [name for name in ROOM if name in news]
    if room and not any(now[name] for name in room):
        yield Aspect.ROOM_GONE
    elif room:
        yield Aspect.ROOM if any(news[name] for name in room) else Aspect.FIRST_ROOM


def _both(old: str, was: str, new: str, now: str) -> Difference:
    return Difference(words.Fact(old, was), words.Fact(new, now))


def _when(told: Mapping[str, Any], language: str) -> str:
    starts, ends, dial_in = (
        datetime.fromisoformat(told[name]) if told.get(name) else None for name in WHEN[1:]
    )
    opening = dial_in if told["format"] != WorkshopFormat.ON_SITE else None
    return words.when_in_words(starts, ends, opening, language) if starts and ends else ""


def _where(told: Mapping[str, Any]) -> str:
    return words.where_in_words(WorkshopFormat(told["format"]), told["place"], told["room_platform"])


def _credentials(names: Iterable[str]) -> Iterator[str]:
    """Name them only; the values that hold stand with the appointment."""
    called = (_("Link"), _("Meeting-Kennnummer"), _("Passwort"), _("Telefon"))
    found = set(names)
    yield from (str(word) for name, word in zip(ROOM, called, strict=True) if name in found)
