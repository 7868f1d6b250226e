"""Changes that were told, but whose mails have not left: the next mail says both."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from registration.extensions import db
from registration.models import OutboxMessage, Workshop
from registration.rules.session_changes import WHEN, Facts, news_of
from registration.steps.last_told import LastTold
from registration.steps.untold import Reader
from registration.vocabulary import MailKind, OutboxState

_ON_ITS_WAY = (OutboxState.QUEUED, OutboxState.CLAIMED)  # provably not sent
_NOT_READ = (*_ON_ITS_WAY, OutboxState.SKIPPED)  # it said what was not true any more


def with_unsent(
    found: Sequence[Reader], workshop: Workshop, last_told: LastTold
) -> tuple[list[Reader], dict[int, OutboxMessage]]:
    """Return the readers, with what an earlier mail says that has not left, and these mails by person.

    Whoever has not got the first mail hears of both changes in the second one, in the words of both.
    """
    earlier = _unread(workshop)
    merged, replaced = [], {}
    for one in found:
        context, before = one.context, earlier.get(one.registration.id)
        if before is not None:
            context = _merged(before, context, workshop, last_told)
        if before is not None and before.state in _ON_ITS_WAY:
            replaced[one.registration.id] = before
            context = context | {"text": (before.context or {}).get("text", "")}
        if context["sessions"] or context["removed"]:
            merged.append(Reader(one.registration, context))
    return merged, replaced


def in_words(context: dict[str, Any], text: str) -> dict[str, Any]:
    """Add the organiser's words to those that an earlier mail would have said."""
    said = [context.get("text", ""), text]
    return context | {"text": "\n\n".join(dict.fromkeys(filter(None, said)))}


def _unread(workshop: Workshop) -> dict[int, OutboxMessage]:
    """The last mail about changes to each person, if she has not got it."""
    about = (OutboxMessage.workshop_id == workshop.id, OutboxMessage.kind == MailKind.WORKSHOP_CHANGED)
    last = select(func.max(OutboxMessage.id)).where(*about).group_by(OutboxMessage.registration_id)
    unread = select(OutboxMessage).where(OutboxMessage.id.in_(last), OutboxMessage.state.in_(_NOT_READ))
    return {one.registration_id: one for one in db.session.scalars(unread) if one.registration_id}


def _merged(
    mail: OutboxMessage, after: dict[str, Any], workshop: Workshop, last_told: LastTold
) -> dict[str, Any]:
    """What she was told last is what the earlier mail names as former, unless another mail told her since.

    What a skipped mail said besides is over.
    """
    before, is_on_its_way = mail.context or {}, mail.state in _ON_ITS_WAY
    by_id = {str(one.id): one for one in workshop.sessions}
    unread = {
        number: told
        for number, told in before.get("sessions", {}).items()
        if last_told.since(int(mail.registration_id or 0), int(number)) <= mail.created_at
    }
    sessions: dict[str, Facts] = {}
    for number in {**unread, **after["sessions"]} if is_on_its_way else after["sessions"]:
        told = after["sessions"].get(number, {}) | unread.get(number, {})
        news = news_of(told, by_id[number]) if number in by_id else {}
        sessions |= {number: news} if news else {}
    removed = [_as_told(one, unread.get(str(one["session_id"]), {})) for one in after["removed"]]
    gone = before.get("removed", ()) if is_on_its_way else ()
    return {"sessions": sessions, "removed": [*gone, *(one for one in removed if one)]}


def _as_told(removal: Facts, earlier: Facts) -> Facts | None:
    """A removed session as she knows it; None when she never heard of it."""
    return (
        None if earlier.get("is_new") else removal | {name: earlier[name] for name in WHEN if name in earlier}
    )
