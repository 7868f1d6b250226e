"""Sending private links again, to whoever really reads the address (M-36)."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select

from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.models import Registration, Workshop
from registration.rules.addresses import parse_address
from registration.steps import limits
from registration.steps.journal import PARTICIPANT, write
from registration.vocabulary import RegistrationState, WorkshopState

ONE_HOUR = timedelta(hours=1)
SHOWN = (WorkshopState.PUBLISHED, WorkshopState.CANCELLED)


def send_new_link(email: str, *, language: str, now: datetime) -> None:
    """Write one mail with the links of all registrations of an address; do nothing for unknown ones.

    The caller shows the same page either way (L-55). At most MAILS_PER_ADDRESS_PER_HOUR mails are written.
    """
    address = parse_address(email)
    with one_transaction():
        times = limits.count(f"new_link:{address.key}", window=ONE_HOUR, now=now)
        found = _registrations(address.key)
        if not found or times > current_app.config["MAILS_PER_ADDRESS_PER_HOUR"]:
            return
        entry = write("link_requested", now=now, actor=PARTICIPANT, registration_id=found[0].id)
        cause = f"registration:{found[0].id}:journal:{entry.id}"
        context = {"registration_ids": [one.id for one in found]}
        message = messages.new_link(found[0], cause=cause, now=now, context=context)
        message.language = language
        db.session.add(message)


def _registrations(email_key: str) -> list[Registration]:
    query = (
        select(Registration)
        .join(Workshop)
        .where(
            Registration.email_key == email_key,
            Registration.state != RegistrationState.LAPSED,
            Workshop.state.in_(SHOWN),
        )
        .order_by(Registration.id.desc())
        .limit(20)
    )
    return list(db.session.scalars(query))
