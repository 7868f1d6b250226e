"""What an organiser decides about registrations, singly or for the selected (domain.md, rule 7).

Each function takes the ids of registrations, does all of them or none, and returns how many changed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from registration.errors import NotPossible, WorkshopFull
from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.models import OutboxMessage, Registration, Workshop
from registration.reason_words import placement_sentences
from registration.rules.transitions import TransitionRefused
from registration.steps.counting import seats_for
from registration.steps.journal import Actor, organiser, write
from registration.steps.placing import ANSWERS, settle
from registration.steps.seating import MailFor, enter, fill_free_seats
from registration.vocabulary import LIVE_STATES, MailKind, RegistrationState

State = RegistrationState
log = structlog.get_logger(__name__)


def approve(
    ids: Sequence[int], *, organiser_id: int, now: datetime, text: str = "", over_capacity: bool = False
) -> int:
    """Give seats. Raises WorkshopFull when none is free, unless the organiser knows it (`over_capacity`)."""
    with _locked(ids) as registrations:
        for one in registrations:
            _refuse_unconfirmed(one)
            if not over_capacity and one.state is not State.OFFERED:  # hers already
                _refuse_full(one, now)
            has_waited = one.state in (State.WAITING, State.OFFERED)
            mail = messages.moved_up if has_waited else messages.seat_certain
            one.is_approved = True
            reasons = ("over_capacity",) if over_capacity else ()
            _enter(one, State.CONFIRMED, now, organiser(organiser_id), reasons, mail, text)
        return len(registrations)


def move_up(
    ids: Sequence[int], *, organiser_id: int, now: datetime, text: str = "", over_capacity: bool = False
) -> int:
    """Give seats to people on the waiting list, also past others who wait."""
    return approve(ids, organiser_id=organiser_id, now=now, text=text, over_capacity=over_capacity)


def decline(ids: Sequence[int], *, organiser_id: int, now: datetime, text: str = "") -> int:
    """Say no, in the organiser's words; a seat that comes free goes to the first in line."""
    return _end(ids, State.DECLINED, messages.declined, organiser_id, now, text)


def cancel(ids: Sequence[int], *, organiser_id: int, now: datetime, text: str = "") -> int:
    """Take registrations back; a seat that comes free goes to the first in line."""
    return _end(ids, State.CANCELLED, messages.cancelled, organiser_id, now, text)


def put_on_waiting_list(ids: Sequence[int], *, organiser_id: int, now: datetime, text: str = "") -> int:
    """Let people wait. While seats are free they wait for the organiser and do not move up by themselves."""
    actor = organiser(organiser_id)
    with _locked(ids) as registrations:
        for one in registrations:
            _refuse_unconfirmed(one)
            one.is_approved = True
            reasons = ("full",) if seats_for(one.workshop, one, now=now).is_full else ("by_hand",)
            _enter(one, State.WAITING, now, actor, reasons, messages.waiting_list, text)
        _fill(registrations, now)
        return len(registrations)


def confirm_for(ids: Sequence[int], *, organiser_id: int, now: datetime) -> int:
    """Confirm addresses by hand, for example after a telephone call (L-08)."""
    with _locked(ids) as registrations:
        for one in registrations:
            if one.state not in (State.UNCONFIRMED, State.LAPSED):
                raise NotPossible(_l("Die Adresse ist schon bestätigt."))
            _refuse_registered_anew(one)
            settle(one.workshop, one, now=now, actor=organiser(organiser_id))
            db.session.flush()
        return len(registrations)


def resend(ids: Sequence[int], *, organiser_id: int, now: datetime) -> int:
    """Send the mail of the present state once more, with the words that it carried."""
    mails = ANSWERS | {
        State.UNCONFIRMED: messages.confirm_address,
        State.OFFERED: messages.seat_offered,
        State.WITHDRAWN: messages.withdrawn,
        State.CANCELLED: messages.cancelled,
    }
    with _locked(ids) as registrations:
        for one in registrations:
            if one.state not in mails:
                raise NotPossible(_l("Zu diesem Stand gibt es keine E-Mail."))
            entry = write(
                "mail_resent",
                now=now,
                actor=organiser(organiser_id),
                workshop_id=one.workshop_id,
                registration_id=one.id,
            )
            cause = f"registration:{one.id}:journal:{entry.id}"
            mail = mails[one.state](one, cause=cause, now=now, context={})
            mail.context = _said_before(mail)
            db.session.add(mail)
        return len(registrations)


def _said_before(mail: OutboxMessage) -> dict[str, Any]:
    """What the latest mail of the kind said beyond its records: in which words, and what she was before."""
    kinds = {mail.kind, MailKind.MOVED_UP} if mail.kind is MailKind.SEAT_CERTAIN else {mail.kind}
    of_person = OutboxMessage.registration_id == mail.registration_id
    latest = select(OutboxMessage.context).where(of_person, OutboxMessage.kind.in_(kinds))
    return db.session.scalar(latest.order_by(OutboxMessage.id.desc()).limit(1)) or {}


def _end(
    ids: Sequence[int],
    state: RegistrationState,
    mail: MailFor,
    organiser_id: int,
    now: datetime,
    text: str,
) -> int:
    with _locked(ids) as registrations:
        for one in registrations:
            _enter(one, state, now, organiser(organiser_id), (), mail, text)
        _fill(registrations, now)
        return len(registrations)


@contextmanager
def _locked(ids: Sequence[int]) -> Iterator[list[Registration]]:
    """Lock all workshops concerned in the order of their ids, then read the registrations anew."""
    with one_transaction():
        chosen = Registration.id.in_(ids)
        workshop_ids = db.session.scalars(select(Registration.workshop_id).where(chosen).distinct())
        for workshop_id in sorted(workshop_ids):
            Workshop.lock(workshop_id)
        fresh = (
            select(Registration).where(chosen).order_by(Registration.address_confirmed_at, Registration.id)
        )
        registrations = list(db.session.scalars(fresh, execution_options={"populate_existing": True}))
        yield registrations
        states = {str(one.id): one.state for one in registrations}
    log.info("registration.decided", states=states)


def _enter(
    one: Registration,
    state: RegistrationState,
    now: datetime,
    actor: Actor,
    reasons: tuple[str, ...],
    mail: MailFor,
    text: str,
) -> None:
    if state in LIVE_STATES:
        _refuse_registered_anew(one)
    try:
        enter(one, state, now=now, actor=actor, reasons=reasons, mail=mail, text=text)
    except TransitionRefused as refusal:
        raise NotPossible(_l("Dieser Schritt passt nicht zum Stand der Anmeldung.")) from refusal
    one.decision_text = text
    db.session.flush()


def _fill(registrations: Sequence[Registration], now: datetime) -> None:
    for workshop in {one.workshop_id: one.workshop for one in registrations}.values():
        fill_free_seats(workshop, now=now)


def _refuse_unconfirmed(one: Registration) -> None:
    if one.address_confirmed_at is None:
        raise NotPossible(_l("Die E-Mail-Adresse ist noch nicht bestätigt."))


def _refuse_registered_anew(one: Registration) -> None:
    """Nobody is registered twice: what has ended stays so when she has come again since."""
    if not one.is_live and db.session.scalar(select(one.same_person().exists())):
        raise NotPossible(_l("Diese Person hat sich inzwischen neu angemeldet."))


def _refuse_full(one: Registration, now: datetime) -> None:
    seats = seats_for(one.workshop, one, now=now)
    why = [*(["full"] if seats.is_full else []), *(pool.code for pool in seats.exhausted)]
    if why:
        raise WorkshopFull(" ".join(placement_sentences(why)))
