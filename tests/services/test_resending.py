"""Sending a mail once more (M-61)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.models import JournalEntry, OutboxMessage, Registration, SuppressedAddress, WorkshopSession
from registration.services.changing_address import confirm_new_address, request_new_address
from registration.services.planning import plan_due_mails
from registration.services.resending import resend
from registration.vocabulary import LinkPurpose, MailKind, OutboxState
from tests.factories import default_mail_plan, mails, make_organiser, make_workshop, save, sign_up
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")


def sent(kind: MailKind = MailKind.SEAT_CERTAIN) -> int:
    """The id of the first mail of this kind, which has been sent."""
    message_id = mails(kind)[0].id
    with one_transaction():
        message = db.session.get_one(OutboxMessage, message_id)
        message.state, message.sent_at = OutboxState.SENT, NOW
    return message_id


@pytest.fixture
def organiser_id() -> int:
    return make_organiser().id


def test_a_mail_sent_again_is_a_mail_of_its_own_to_the_address_of_now(organiser_id: int) -> None:
    ada = sign_up(make_workshop())
    first = sent()
    with one_transaction():
        db.session.execute(update(Registration).values(email="ada.neu@example.org"))

    second = db.session.get_one(OutboxMessage, resend(first, organiser_id=organiser_id, now=NOW))

    old = db.session.get_one(OutboxMessage, first)
    assert (second.state, second.kind, second.registration_id) == (OutboxState.QUEUED, old.kind, ada.id)
    assert second.to_address == "ada.neu@example.org"
    assert second.message_id != old.message_id
    assert old.state is OutboxState.SENT
    assert db.session.query(JournalEntry).filter_by(action="mail_resent", registration_id=ada.id).count() == 1


def test_twice_asked_is_twice_sent(organiser_id: int) -> None:
    sign_up(make_workshop())
    first = sent()

    resend(first, organiser_id=organiser_id, now=NOW)
    resend(first, organiser_id=organiser_id, now=NOW)

    assert len(mails(MailKind.SEAT_CERTAIN)) == 3


def test_a_mail_that_is_not_true_any_more_is_not_sent_again(organiser_id: int) -> None:
    sign_up(make_workshop())
    first = sent(MailKind.CONFIRM_ADDRESS)

    with pytest.raises(NotPossible) as refusal:
        resend(first, organiser_id=organiser_id, now=NOW)

    assert "der Stand der Anmeldung ist inzwischen ein anderer" in str(refusal.value.message)
    assert len(mails(MailKind.CONFIRM_ADDRESS)) == 1


def test_a_reminder_is_sent_again_until_the_session_begins(organiser_id: int) -> None:
    first, start = reminder()

    resend(first, organiser_id=organiser_id, now=start - timedelta(hours=2))

    with pytest.raises(NotPossible):
        resend(first, organiser_id=organiser_id, now=start)
    assert len(mails(MailKind.REMINDER)) == 2


def test_a_reminder_of_a_date_that_was_moved_is_not_sent_again(organiser_id: int) -> None:
    first, start = reminder()
    with one_transaction():
        db.session.execute(update(WorkshopSession).values(revision=WorkshopSession.revision + 1))

    with pytest.raises(NotPossible) as refusal:
        resend(first, organiser_id=organiser_id, now=start - timedelta(hours=2))

    assert "der Termin wurde verlegt" in str(refusal.value.message)


def reminder() -> tuple[int, datetime]:
    """The id of a reminder that Ada got two days before, and when the session begins."""
    workshop = make_workshop()
    default_mail_plan(workshop)
    sign_up(workshop)
    start = workshop.starts_at
    assert start is not None
    plan_due_mails(now=start - timedelta(days=2))
    return sent(MailKind.REMINDER), start


def test_a_mail_on_its_way_does_not_become_two(organiser_id: int) -> None:
    sign_up(make_workshop())

    with pytest.raises(NotPossible):
        resend(mails(MailKind.SEAT_CERTAIN)[0].id, organiser_id=organiser_id, now=NOW)


def test_nothing_is_sent_to_an_address_that_mail_does_not_reach(organiser_id: int) -> None:
    ada = sign_up(make_workshop())
    save(SuppressedAddress(email_key=ada.email_key, since=NOW))
    first = sent()

    with pytest.raises(NotPossible) as refusal:
        resend(first, organiser_id=organiser_id, now=NOW)

    assert "nicht erreichbar" in str(refusal.value.message)


def test_the_notice_to_the_old_address_is_not_sent_to_the_new_one(organiser_id: int) -> None:
    ada = sign_up(make_workshop()).id
    request_new_address(ada, "ada.neu@example.org", now=NOW)
    link = db.session.get_one(Registration, ada).link(LinkPurpose.NEW_ADDRESS)
    confirm_new_address(link.id, now=NOW + timedelta(minutes=1))
    with one_transaction():
        notices = {one.to_address: one for one in mails(MailKind.ADDRESS_CHANGED)}
        for one in notices.values():
            one.state, one.sent_at = OutboxState.SENT, NOW
        to_old, to_new = notices["ada@musterhausen.example.org"].id, notices["ada.neu@example.org"].id

    with pytest.raises(NotPossible) as refused:
        resend(to_old, organiser_id=organiser_id, now=NOW)
    assert "an die alte Adresse" in str(refused.value.message)
    assert resend(to_new, organiser_id=organiser_id, now=NOW)
