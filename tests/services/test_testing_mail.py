"""Testing the way of a mail."""

import pytest
from sqlalchemy import select

from registration.errors import NotPossible
from registration.extensions import db
from registration.mail.rendering import render
from registration.models import JournalEntry
from registration.services.testing_mail import send_test_mail
from registration.vocabulary import ActorKind, MailKind, OutboxState
from tests.factories import mails
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")


def test_a_test_mail_is_queued_as_any_other() -> None:
    number = send_test_mail("  Team@Example.org ", organiser_id=None, now=NOW)

    message = mails(MailKind.TEST)[0]
    assert (message.id, message.state) == (number, OutboxState.QUEUED)
    assert message.to_address == "Team@example.org"
    assert "Probe" in render(message, now=NOW).text


def test_two_of_them_are_two() -> None:
    send_test_mail("team@example.org", organiser_id=None, now=NOW)
    send_test_mail("team@example.org", organiser_id=None, now=NOW)

    assert len(mails(MailKind.TEST)) == 2


def test_the_journal_names_no_address() -> None:
    send_test_mail("team@example.org", organiser_id=None, now=NOW)

    entry = db.session.scalars(select(JournalEntry)).one()
    assert (entry.action, entry.actor, entry.details) == ("mail_test", ActorKind.SYSTEM, {})


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(NotPossible):
        send_test_mail("keine-adresse", organiser_id=None, now=NOW)

    assert mails() == []
