"""Testing the way of a mail: one is queued as any other, and the worker sends it."""

from datetime import datetime

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.rules.addresses import AddressRefused, parse_address
from registration.steps.journal import SYSTEM, organiser, write


def send_test_mail(address: str, *, organiser_id: int | None, now: datetime) -> int:
    """Queue a test mail to the address and return its id; None is whoever sits at the terminal.

    Raises NotPossible for what is no address.
    """
    try:
        to_address = parse_address(address).address
    except AddressRefused as refusal:
        raise NotPossible("Das ist keine E-Mail-Adresse.", field="email") from refusal
    actor = SYSTEM if organiser_id is None else organiser(organiser_id)
    with one_transaction():
        entry = write("mail_test", now=now, actor=actor)
        message = messages.test(to_address, cause=f"test:journal:{entry.id}", now=now)
        db.session.add(message)
        db.session.flush()
        return message.id
