"""Changing one's own address: confirmed by the new one, told to the old one (M-34)."""

from datetime import datetime, timedelta

import structlog
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from registration.errors import LinkExpired, NotPossible, TooManyRequests
from registration.extensions import db, one_transaction
from registration.models import AccessLink, Registration
from registration.rules.addresses import Address, parse_address
from registration.steps import limits
from registration.steps.journal import PARTICIPANT
from registration.steps.new_addresses import TAKEN, ask_new_address, end_links, noted, replace_address
from registration.steps.rejudging import judge_anew
from registration.steps.seating import lock_registration
from registration.vocabulary import LinkPurpose

ONE_HOUR = timedelta(hours=1)
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
        ask_new_address(registration, address, actor=PARTICIPANT, now=now)
    log.info("registration.new_address_asked", registration=registration_id)


def drop_new_address(registration_id: int, *, now: datetime) -> None:
    """Forget a new address that was not confirmed yet; its link ends."""
    with one_transaction():
        registration = lock_registration(registration_id)
        if registration.pending_email:
            end_links(registration)
            registration.pending_email = registration.pending_email_key = ""
            noted("new_address_dropped", registration, PARTICIPANT, now)


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
                address = parse_address(registration.pending_email)
                replace_address(registration, address, actor=PARTICIPANT, now=now)
                judge_anew(registration, now=now, may_refuse=False)
    except IntegrityError as error:
        raise NotPossible(TAKEN) from error
    log.info("registration.address_changed", registration=registration_id)
    return registration


def _locked(registration_id: int) -> Registration:
    registration = lock_registration(registration_id)
    if not registration.is_live or registration.address_confirmed_at is None:
        raise NotPossible(_l("Diese Anmeldung besteht nicht mehr."))
    return registration


def _refuse_flood(registration: Registration, address: Address, now: datetime) -> None:
    """Neither many requests of one person, nor many mails to one address that she may invent (L-56)."""
    most = current_app.config["MAILS_PER_ADDRESS_PER_HOUR"]
    for key in (f"new_address:{registration.id}", f"new_address_to:{address.key}"):
        if limits.count(key, window=ONE_HOUR, now=now) > most:
            raise TooManyRequests()
