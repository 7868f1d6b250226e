"""Somebody names a person who is registered already: only who reads the mailbox learns of it (U-14, L-55)."""

from datetime import datetime, timedelta

from flask import current_app

from registration.mail import messages
from registration.models import Registration
from registration.steps import limits
from registration.steps.inserting import insert_one
from registration.steps.journal import PARTICIPANT, write
from registration.vocabulary import LinkPurpose, RegistrationState

ONE_HOUR = timedelta(hours=1)
SAID = ("organisation_name", "role", "note", "support_needs")


def is_corrected_by(known: Registration, new: Registration) -> bool:
    """Whether somebody who has not confirmed yet says something else in a new form of her own."""
    is_her_own = not known.is_manual and known.substitutes_id is None
    if known.state is not RegistrationState.UNCONFIRMED or not is_her_own:
        return False
    answers = [{one.question_id: one.value for one in each.answers} for each in (known, new)]
    return answers[0] != answers[1] or any(getattr(known, name) != getattr(new, name) for name in SAID)


def tell_present_state(known: Registration, now: datetime) -> None:
    """Write the state to the address, at most so often per hour; the page says nothing.

    Who has not confirmed yet gets the link again, good for as long as its mail says.
    """
    most = current_app.config["MAILS_PER_ADDRESS_PER_HOUR"]
    times = limits.count(f"known:{known.email_key}", window=ONE_HOUR, now=now)
    if times > most:
        return
    entry = write(
        "form_repeated", now=now, actor=PARTICIPANT, workshop_id=known.workshop_id, registration_id=known.id
    )
    cause = f"registration:{known.id}:journal:{entry.id}"
    unconfirmed = known.state is RegistrationState.UNCONFIRMED
    if unconfirmed:
        _renew_link(known, now)
    mail = messages.confirm_address if unconfirmed else messages.already_registered
    insert_one(mail(known, cause=cause, now=now, context={}))


def _renew_link(known: Registration, now: datetime) -> None:
    link = known.link(LinkPurpose.CONFIRM)
    if link is not None:
        link.expires_at = now + timedelta(hours=current_app.config["CONFIRMATION_HOURS"])
