"""Putting another address in the place of a registration's, inside the caller's transaction (M-34)."""

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from registration.extensions import db, wake_workers
from registration.mail import messages
from registration.mail.still_wanted import (
    ABOUT_THE_CHANGE,
    ASKED_FROM_ITS_ADDRESS,
    OTHER_ADDRESS,
    UNDELIVERABLE,
)
from registration.models import AccessLink, OutboxMessage, Registration
from registration.rules.addresses import Address
from registration.steps.journal import Actor, write
from registration.vocabulary import LinkPurpose, MailKind, OutboxState

OPENING = (LinkPurpose.CONFIRM, LinkPurpose.MANAGE, LinkPurpose.JOIN)
"""Each of these leads to the person's own page: whoever reads the old mailbox must not have them any more."""
TAKEN = _l("Mit dieser Adresse und diesem Namen gibt es schon eine Anmeldung zu dieser Veranstaltung.")
NOT_YET_GONE = (OutboxState.QUEUED, OutboxState.CLAIMED, OutboxState.HELD, OutboxState.FAILED)


def ask_new_address(registration: Registration, address: Address, *, actor: Actor, now: datetime) -> None:
    """Mail a link to the new address; a newer question ends the older one."""
    end_links(registration)
    _issue(registration, LinkPurpose.NEW_ADDRESS, now, expires_at=link_end(now))
    registration.pending_email, registration.pending_email_key = address.address, address.key
    db.session.flush()
    cause = noted("new_address_asked", registration, actor, now)
    db.session.add(messages.confirm_new_address(registration, cause=cause, now=now, context={}))


def replace_address(registration: Registration, address: Address, *, actor: Actor, now: datetime) -> None:
    """Let mails and links belong to the confirmed new address, and tell both (domain.md, mail plan)."""
    old = registration.email
    if registration.pending_email_key != address.key:  # another one was asked, and is not needed any more
        end_links(registration)
    _put(registration, address)
    _renew_links(registration, now)
    db.session.flush()
    _readdress(registration, now)
    cause = noted("address_changed", registration, actor, now)
    to_old = messages.address_changed(registration, cause=f"{cause}:old", now=now, context={})
    to_old.to_address = old
    to_new = messages.address_changed(
        registration, cause=f"{cause}:new", now=now, context={"is_new_address": True}
    )
    db.session.add_all([to_old, to_new])


def replace_unconfirmed_address(
    registration: Registration, address: Address, *, actor: Actor, now: datetime
) -> None:
    """Ask the new address to confirm, for as long as at the start; nobody ever answered from the old one."""
    _put(registration, address)
    _renew_links(registration, now)
    _issue(registration, LinkPurpose.CONFIRM, now, expires_at=link_end(now))
    db.session.flush()
    _readdress(registration, now)
    _give_up_asking_the_old(registration)
    cause = noted("address_changed", registration, actor, now)
    db.session.add(messages.confirm_address(registration, cause=cause, now=now, context={}))


def end_links(registration: Registration) -> None:
    """End what leads to the confirmation of a new address, also for whom has begun to press the button."""
    for link in registration.links:
        if link.purpose is LinkPurpose.NEW_ADDRESS:
            link.expires_at = link.created_at


def link_end(now: datetime) -> datetime:
    """Return until when a link to confirm an address lives."""
    return now + timedelta(hours=current_app.config["CONFIRMATION_HOURS"])


def _put(registration: Registration, address: Address) -> None:
    registration.email, registration.email_key = address.address, address.key
    registration.pending_email = registration.pending_email_key = ""


def _renew_links(registration: Registration, now: datetime) -> None:
    registration.links = [one for one in registration.links if one.purpose not in OPENING]
    for purpose in (LinkPurpose.MANAGE, LinkPurpose.JOIN):
        _issue(registration, purpose, now)


def _issue(
    registration: Registration, purpose: LinkPurpose, now: datetime, expires_at: datetime | None = None
) -> None:
    secret = current_app.config["SECRET_KEY"]
    registration.links.append(AccessLink.issue(purpose, secret, now=now, expires_at=expires_at))


def _readdress(registration: Registration, now: datetime) -> None:
    """Send what waits to the new address, and try there what a server refused to bring to the old one.

    A mail that a worker holds is written anew (M-57). What stands behind the fence is on its way to the old
    address; should its fate stay unknown it goes no second time (still_wanted.py).
    """
    mail, later = OutboxMessage, aliased(OutboxMessage)
    of_person = update(mail).where(mail.registration_id == registration.id)
    of_person = of_person.where(mail.kind.not_in([*ABOUT_THE_CHANGE, *ASKED_FROM_ITS_ADDRESS]))
    waiting = of_person.where(mail.state.in_(NOT_YET_GONE))
    db.session.execute(waiting.values(to_address=registration.email))
    was_said_since = select(later.id).where(
        later.registration_id == registration.id,
        later.kind == mail.kind,
        later.session_id.is_not_distinct_from(mail.session_id),
        later.mail_rule_id.is_not_distinct_from(mail.mail_rule_id),
        later.state != OutboxState.SKIPPED,
        later.id > mail.id,
    )
    refused = of_person.where(
        mail.state == OutboxState.FAILED,
        mail.state_reason.startswith(UNDELIVERABLE),
        ~was_said_since.exists(),
    ).execution_options(synchronize_session=False)
    anew = {"state": OutboxState.QUEUED, "state_reason": "", "attempts": 0, "next_attempt_at": now}
    db.session.execute(refused.values(anew))
    wake_workers()


def _give_up_asking_the_old(registration: Registration) -> None:
    """The new address is asked by a mail of its own; one that a worker holds is skipped (still_wanted.py)."""
    asking = update(OutboxMessage).where(
        OutboxMessage.registration_id == registration.id,
        OutboxMessage.kind == MailKind.CONFIRM_ADDRESS,
        OutboxMessage.state.in_([OutboxState.QUEUED, OutboxState.HELD, OutboxState.FAILED]),
    )
    db.session.execute(asking.values(state=OutboxState.SKIPPED, state_reason=OTHER_ADDRESS))


def noted(action: str, registration: Registration, actor: Actor, now: datetime) -> str:
    """Write the journal and return what mails are the consequence of."""
    entry = write(
        action,
        now=now,
        actor=actor,
        workshop_id=registration.workshop_id,
        registration_id=registration.id,
    )
    return f"registration:{registration.id}:journal:{entry.id}"
