"""Changes that were told, but whose mails have not left: the next mail says both."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from registration.extensions import db
from registration.models import OutboxMessage, Workshop
from registration.rules.session_changes import WHEN, Facts, news_of
from registration.steps.untold import Reader
from registration.vocabulary import MailKind, OutboxState

_ON_ITS_WAY = (OutboxState.QUEUED, OutboxState.CLAIMED)  # provably not sent


def with_unsent(found: Sequence[Reader], workshop: Workshop) -> tuple[list[Reader], dict[int, OutboxMessage]]:
    """Return the readers, with what an earlier mail says that has not left, and these mails by person.

    Whoever has not got the first mail hears of both changes in the second one.
    """
    earlier = _unsent(workshop)
    merged = []
    for one in found:
        before = earlier.get(one.registration.id)
        context = _merged(before.context, one.context, workshop) if before else one.context
        if context["sessions"] or context["removed"]:
            merged.append(Reader(one.registration, context))
    concerned = {one.registration.id for one in found}
    return merged, {number: mail for number, mail in earlier.items() if number in concerned}


def _unsent(workshop: Workshop) -> dict[int, OutboxMessage]:
    mails = select(OutboxMessage).where(
        OutboxMessage.workshop_id == workshop.id,
        OutboxMessage.kind == MailKind.WORKSHOP_CHANGED,
        OutboxMessage.state.in_(_ON_ITS_WAY),
    )
    return {
        one.registration_id: one
        for one in db.session.scalars(mails.order_by(OutboxMessage.id))
        if one.registration_id
    }


def _merged(before: dict[str, Any], after: dict[str, Any], workshop: Workshop) -> dict[str, Any]:
    """What she was told last is what the earlier mail names as former."""
    by_id = {str(one.id): one for one in workshop.sessions}
    sessions: dict[str, Facts] = {}
    for number in {**before["sessions"], **after["sessions"]}:
        told = after["sessions"].get(number, {}) | before["sessions"].get(number, {})
        news = news_of(told, by_id[number]) if number in by_id else {}
        sessions |= {number: news} if news else {}
    removed = [_as_told(one, before["sessions"].get(str(one["session_id"]), {})) for one in after["removed"]]
    return {"sessions": sessions, "removed": [*before["removed"], *(one for one in removed if one)]}


def _as_told(removal: Facts, earlier: Facts) -> Facts | None:
    """A removed session as she knows it; None when she never heard of it."""
    return (
        None if earlier.get("is_new") else removal | {name: earlier[name] for name in WHEN if name in earlier}
    )
