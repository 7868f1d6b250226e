"""Changing one's own address: confirmed by the new one, told to the old one (M-34)."""

from datetime import datetime, timedelta

import structlog
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from registration.errors import LinkExpired, NotPossible, TooManyRequests
from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.models import AccessLink, OutboxMessage, Registration
from registration.rules.addresses import Address, parse_address
from registration.steps import limits
from registration.steps.journal import PARTICIPANT, write
from registration.steps.rejudging import judge_anew
from registration.steps.seating import lock_registration
from registration.vocabulary import LinkPurpose, MailKind, OutboxState

ONE_HOUR = timedelta(hours=1)
OPENING = (LinkPurpose.CONFIRM, LinkPurpose.MANAGE, LinkPurpose.JOIN)
"""Each of these leads to the person's own page: whoever reads the old mailbox must not have them any more."""
NOT_YET_GONE = (OutboxState.QUEUED, OutboxState.CLAIMED, OutboxState.HELD, OutboxState.FAILED)
log = structlog.get_logger(__name__)


def request_new_address(registration_id: int, email: str, *, now: datetime) -> None:
    """Mail a link to the new address; until it is used everything stays. A newer request ends the older one.

    Whether somebody is registered with the new address is not said here: only who reads it will learn it.
    Raises NotPossible for a registration that is over or has this address, TooManyRequests.
    """
    address = parse_address(email)
    with one_transaction():
        registration = _locked(registration_id)
        if address.key == registration.email_key:
            raise NotPossible(_l("Das ist die Adresse, die wir schon haben."), "email")
        _refuse_flood(registration, address, now)
        _end_links(registration, now)
        hours = current_app.config["CONFIRMATION_HOURS"]
        secret, until = current_app.config["SECRET_KEY"], now + timedelta(hours=hours)
        registration.links.append(
            AccessLink.issue(LinkPurpose.NEW_ADDRESS, secret, now=now, expires_at=until)
        )
        registration.pending_email, registration.pending_email_key = address.address, address.key
        db.session.flush()
        cause = f"registration:{registration.id}:journal:{_note('new_address_asked', registration, now)}"
        db.session.add(messages.confirm_new_address(registration, cause=cause, now=now, context={}))
    log.info("registration.new_address_asked", registration=registration_id)


def drop_new_address(registration_id: int, *, now: datetime) -> None:
    """Forget a new address that was not confirmed yet; its link ends."""
    with one_transaction():
        registration = lock_registration(registration_id)
        if registration.pending_email:
            _end_links(registration, now)
            registration.pending_email = registration.pending_email_key = ""
            _note("new_address_dropped", registration, now)


def confirm_new_address(link_id: int, *, now: datetime) -> Registration:
    """Put the new address in the place of the old one, once, however often it is asked for (M-32).

    From here on all mails go to the new address, also those that wait; the old mailbox opens nothing.
    Raises LinkExpired for a link that has ended or was followed by a newer one, NotPossible.
    """
    registration_id = db.session.scalars(
        select(AccessLink.registration_id).where(AccessLink.id == link_id)
    ).one()
    try:
        with one_transaction():
            registration = _locked(registration_id)
            link = registration.link(LinkPurpose.NEW_ADDRESS)
            if link is None or link.id != link_id or link.is_expired(now):
                raise LinkExpired()
            if registration.pending_email:
                _change(registration, now)
    except IntegrityError as error:
        raise NotPossible(
            _l("Mit dieser Adresse und diesem Namen gibt es schon eine Anmeldung zu dieser Veranstaltung.")
        ) from error
    log.info("registration.address_changed", registration=registration_id)
    return registration


def _change(registration: Registration, now: datetime) -> None:
    old = registration.email
    registration.email, registration.email_key = registration.pending_email, registration.pending_email_key
    registration.pending_email = registration.pending_email_key = ""
    _renew_links(registration, now)
    db.session.flush()
    _readdress(registration)
    cause = f"registration:{registration.id}:journal:{_note('address_changed', registration, now)}"
    to_old = messages.address_changed(registration, cause=f"{cause}:old", now=now, context={})
    to_old.to_address = old
    to_new = messages.address_changed(
        registration, cause=f"{cause}:new", now=now, context={"is_new_address": True}
    )
    db.session.add_all([to_old, to_new])
    judge_anew(registration, now=now, may_refuse=False)


def _renew_links(registration: Registration, now: datetime) -> None:
    secret = current_app.config["SECRET_KEY"]
    registration.links = [one for one in registration.links if one.purpose not in OPENING] + [
        AccessLink.issue(purpose, secret, now=now) for purpose in (LinkPurpose.MANAGE, LinkPurpose.JOIN)
    ]


def _readdress(registration: Registration) -> None:
    """Send what waits to the new address; a mail that a worker holds is written anew (M-57).

    What stands behind the fence is on its way to the old one; should its fate stay unknown it goes no second
    time (still_wanted.py).
    """
    waiting = update(OutboxMessage).where(
        OutboxMessage.registration_id == registration.id,
        OutboxMessage.state.in_(NOT_YET_GONE),
        OutboxMessage.kind.not_in([MailKind.CONFIRM_NEW_ADDRESS, MailKind.ADDRESS_CHANGED]),
    )
    db.session.execute(waiting.values(to_address=registration.email))


def _locked(registration_id: int) -> Registration:
    registration = lock_registration(registration_id)
    if not registration.is_live or registration.address_confirmed_at is None:
        raise NotPossible(_l("Diese Anmeldung besteht nicht mehr."))
    return registration


def _end_links(registration: Registration, now: datetime) -> None:
    for link in registration.links:
        if link.purpose is LinkPurpose.NEW_ADDRESS and not link.is_expired(now):
            link.expires_at = now


def _refuse_flood(registration: Registration, address: Address, now: datetime) -> None:
    """Neither many requests of one person, nor many mails to one address that she may invent (L-56)."""
    most = current_app.config["MAILS_PER_ADDRESS_PER_HOUR"]
    for key in (f"new_address:{registration.id}", f"new_address_to:{address.key}"):
        if limits.count(key, window=ONE_HOUR, now=now) > most:
            raise TooManyRequests()


def _note(action: str, registration: Registration, now: datetime) -> int:
    entry = write(
        action,
        now=now,
        actor=PARTICIPANT,
        workshop_id=registration.workshop_id,
        registration_id=registration.id,
    )
    return entry.id
