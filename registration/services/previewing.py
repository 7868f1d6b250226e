"""Showing a mail before it exists, as a real person would read it (M-94). Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from registration.errors import NotPossible
from registration.extensions import db
from registration.mail.messages import new_message_id
from registration.mail.rendering import RenderingError, render
from registration.mail.stand_ins import context_for, copy_of, somebody
from registration.mail.still_wanted import TRUE_IN
from registration.models import Attendance, MailRule, OutboxMessage, Registration, Workshop, WorkshopSession
from registration.rules.names import full_name
from registration.steps.timing import due_mails
from registration.steps.untold import untold
from registration.vocabulary import DESK_MAILS, LIVE_STATES, TIMED_MAILS, MailKind

PREVIEWED = tuple(kind for kind in MailKind if kind not in (MailKind.NEW_LINK, MailKind.TEST))
"""The others hold nothing but links, or belong to no workshop."""
MOST_PEOPLE = 200


@dataclass(frozen=True)
class Preview:
    """A mail as it would leave at `leaves_at`; `name` is empty for mails to the organiser."""

    registration_id: int | None
    name: str
    to_address: str
    subject: str
    text: str
    html: str
    attachments: tuple[str, ...]
    leaves_at: datetime
    is_supposed: bool  # the person is not in this state: so it would read if she were


def preview(
    workshop: Workshop,
    kind: MailKind,
    registration: Registration | None,
    *,
    session: WorkshopSession | None = None,
    rule: MailRule | None = None,
    context: Mapping[str, Any] | None = None,
    now: datetime,
) -> Preview:
    """Write the mail without queueing it: a planned one as of its next due time, all others as of now.

    `rule`: the line of the mail plan, or the first of this kind. `context`: what it says beyond its records,
    where the caller knows that. Somebody made up stands in where
    there is no registration. Raises NotPossible with the reason why it cannot be written.
    """
    if kind not in PREVIEWED:
        raise NotPossible("Diese E-Mail gehört zu keinem Workshop.")
    is_for_person = kind not in DESK_MAILS
    reader = registration or somebody(workshop, now)
    person = copy_of(reader, workshop, kind, now) if is_for_person else None
    leaves_at, session = _next_time(workshop, kind, session, now)
    message = _message(workshop, kind, person, session, now)
    message.mail_rule = rule or next((one for one in workshop.mail_rules if one.kind is kind), None)
    message.context = dict(context) if context is not None else _context(workshop, kind, now)
    with db.session.no_autoflush:
        try:
            rendered = render(message, now=leaves_at)
        except RenderingError as fault:
            raise NotPossible(f"Diese E-Mail lässt sich so nicht schreiben: {fault}.") from fault
    return Preview(
        registration_id=registration.id if registration and person else None,
        name=full_name(person.given_name, person.family_name) if person else "",
        to_address=message.to_address,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        attachments=tuple(one.filename for one in rendered.attachments),
        leaves_at=leaves_at,
        is_supposed=bool(
            person and (registration is None or _is_supposed(registration, person, kind, leaves_at))
        ),
    )


def people(workshop_id: int) -> Sequence[Registration]:
    """Return whom a preview can be shown for, by name."""
    live = Registration.live(workshop_id).order_by(Registration.family_name, Registration.given_name)
    return db.session.scalars(live.limit(MOST_PEOPLE)).all()


def suited(someone: Sequence[Registration], kind: MailKind) -> Registration | None:
    """Return the first who is in a state that the mail speaks of, or the first of all."""
    right = TRUE_IN.get(kind, LIVE_STATES)
    return next((one for one in someone if one.state in right), next(iter(someone), None))


def longest(workshop_id: int) -> Registration | None:
    """Return the person whose name and organisation take most room (M-94)."""
    room = (
        func.length(Registration.given_name)
        + func.length(Registration.family_name)
        + func.length(Registration.organisation_name)
    )
    return db.session.scalars(Registration.live(workshop_id).order_by(room.desc(), Registration.id)).first()


def by_reference(workshop_id: int, reference: str) -> Registration | None:
    """Return the registration that the reference on the telephone names."""
    of_workshop = select(Registration).where(Registration.workshop_id == workshop_id)
    return db.session.scalar(of_workshop.where(Registration.reference == reference.strip().upper()))


def _message(
    workshop: Workshop,
    kind: MailKind,
    person: Registration | None,
    session: WorkshopSession | None,
    now: datetime,
) -> OutboxMessage:
    is_timed = kind in TIMED_MAILS
    message = OutboxMessage(
        message_id=new_message_id(),
        kind=kind,
        workshop_id=workshop.id,
        to_address=person.email if person else workshop.contact_email,
        language=person.language if person else "de",
        created_at=now,
        next_attempt_at=now,
        revision=session.revision if is_timed and session else None,
    )
    message.workshop, message.registration = workshop, person
    message.workshop_session = session if is_timed else None
    return message


def _is_supposed(registration: Registration, person: Registration, kind: MailKind, at: datetime) -> bool:
    if registration.state is not person.state:
        return True
    if kind is not MailKind.CERTIFICATE:
        return False
    return not db.session.scalar(select(Attendance.certified(registration.id, at).exists()))


def _context(workshop: Workshop, kind: MailKind, now: datetime) -> dict[str, Any]:
    """Of changes, those that are still to be told; otherwise an example."""
    if kind is MailKind.WORKSHOP_CHANGED and (news := untold(workshop, now=now)):
        return news.context()
    return context_for(kind, workshop, now)


def _next_time(
    workshop: Workshop, kind: MailKind, session: WorkshopSession | None, now: datetime
) -> tuple[datetime, WorkshopSession | None]:
    """Return when the plan sends such a mail next, and for which session; now, when it does not."""
    if kind is MailKind.CERTIFICATE:
        session = workshop.last_session
    ahead = [
        one
        for one in due_mails(workshop)
        if one.rule.kind is kind and one.due > now and session in (None, one.session)
    ]
    if ahead:
        first = min(ahead, key=lambda one: one.due)
        return first.due, first.session
    coming = next((one for one in workshop.sessions if one.ends_at > now), workshop.first_session)
    return now, session or coming
