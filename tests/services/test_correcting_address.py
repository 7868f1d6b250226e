"""An organiser puts an address right: it was mistyped, or no mail arrives there (domain.md, rule 7)."""

from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from registration.errors import LinkExpired, NotPossible
from registration.extensions import db, one_transaction
from registration.mail.still_wanted import reason_to_skip
from registration.models import JournalEntry, OutboxMessage, Registration
from registration.services import lapsing
from registration.services.bouncing import mark_undeliverable
from registration.services.changing_address import confirm_new_address, request_new_address
from registration.services.confirming import confirm_address
from registration.services.correcting_address import correct_address
from registration.services.reviewing import resend
from registration.services.withdrawing import withdraw
from registration.vocabulary import LinkPurpose, MailKind, OutboxState, RegistrationState
from tests.factories import mails, make_organiser, make_workshop, sign_up, submit
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
OLD, NEW = "ada@musterhausen.example.org", "ada@neustadt.example.org"
LATER = NOW + timedelta(hours=30)


@pytest.fixture
def ada(app_context: Flask) -> Registration:
    return sign_up(make_workshop())


def correct(one: Registration, email: str = NEW, *, is_certain: bool = True) -> bool:
    is_changed = correct_address(
        one.id, email, is_certain=is_certain, organiser_id=make_organiser().id, now=LATER
    )
    db.session.expire_all()
    return is_changed


def be_refused(mail: OutboxMessage, *, code: int) -> None:
    """As when the server did not want the recipient."""
    with one_transaction():
        mail.state, mail.last_code, mail.attempts = OutboxState.FAILED, code, 1
        mail.state_reason = f"Adresse unzustellbar: {code}"


def test_spelled_address_takes_the_place_at_once_and_both_are_told(ada: Registration) -> None:
    before = {link.fingerprint for link in ada.links}

    assert correct(ada)

    assert (ada.email, ada.email_key, ada.state) == (NEW, NEW, RegistrationState.CONFIRMED)
    told = {mail.to_address: mail.context for mail in mails(MailKind.ADDRESS_CHANGED)}
    assert told == {OLD: {}, NEW: {"is_new_address": True}}
    assert not before & {link.fingerprint for link in ada.links}


def test_otherwise_the_new_address_is_asked_and_the_old_one_stays(ada: Registration) -> None:
    assert not correct(ada, is_certain=False)

    assert ada.email == OLD
    assert [mail.to_address for mail in mails(MailKind.CONFIRM_NEW_ADDRESS)] == [NEW]
    link = ada.link(LinkPurpose.NEW_ADDRESS)
    assert link is not None
    confirm_new_address(link.id, now=LATER)
    assert ada.email == NEW


def test_what_a_server_refused_is_tried_at_the_new_address(ada: Registration) -> None:
    certain = mails(MailKind.SEAT_CERTAIN)[0]
    be_refused(certain, code=550)

    correct(ada)

    fate = (certain.to_address, certain.state, certain.attempts, certain.next_attempt_at)
    assert fate == (NEW, OutboxState.QUEUED, 0, LATER)


def test_mail_that_could_not_be_built_waits_for_a_person_all_the_same(ada: Registration) -> None:
    with one_transaction():
        mails(MailKind.SEAT_CERTAIN)[0].state = OutboxState.FAILED

    correct(ada)

    assert mails(MailKind.SEAT_CERTAIN)[0].state is OutboxState.FAILED


@pytest.mark.parametrize("is_certain", [True, False])
def test_who_has_not_confirmed_is_asked_at_the_new_address_alone(
    app_context: Flask, *, is_certain: bool
) -> None:
    ada = submit(make_workshop())
    before = {link.fingerprint for link in ada.links}

    assert correct(ada, is_certain=is_certain)

    old, new = mails(MailKind.CONFIRM_ADDRESS)
    assert (old.to_address, old.state) == (OLD, OutboxState.SKIPPED)
    assert old.state_reason == "die Person hat inzwischen eine andere Adresse"
    assert (new.to_address, new.state, new.pointless_after) == (
        NEW,
        OutboxState.QUEUED,
        LATER + timedelta(hours=48),
    )
    assert mails(MailKind.ADDRESS_CHANGED) == []
    assert not before & {link.fingerprint for link in ada.links}


def test_who_confirms_the_corrected_address_has_her_seat(app_context: Flask) -> None:
    ada = submit(make_workshop())
    correct(ada)

    link = ada.link(LinkPurpose.CONFIRM)
    assert link is not None
    assert not link.is_expired(LATER + timedelta(hours=47))
    confirm_address(ada.id, now=LATER + timedelta(hours=1))

    db.session.expire_all()
    assert (ada.state, ada.email) == (RegistrationState.CONFIRMED, NEW)


def test_mail_to_confirm_that_a_worker_holds_is_not_sent_to_the_old_address(app_context: Flask) -> None:
    ada = submit(make_workshop())
    with one_transaction():
        held = mails(MailKind.CONFIRM_ADDRESS)[0]
        held.state, held.claim_token = OutboxState.CLAIMED, "a worker's"

    correct(ada)

    assert reason_to_skip(held, now=LATER) == "die Person hat inzwischen eine andere Adresse"


def test_address_of_somebody_of_the_same_name_is_refused_beside_the_field(ada: Registration) -> None:
    sign_up(ada.workshop, email=NEW)

    with pytest.raises(NotPossible) as refusal:
        correct(ada)

    assert refusal.value.field == "email"
    db.session.expire_all()
    assert ada.email == OLD


def test_address_that_is_known_as_dead_is_refused(ada: Registration) -> None:
    other = sign_up(make_workshop(slug="other"), email=NEW)
    with one_transaction():
        message = next(one for one in mails() if one.registration_id == other.id)
    mark_undeliverable(message.id, organiser_id=make_organiser("anna@example.org").id, now=NOW)

    with pytest.raises(NotPossible):
        correct(ada)
    assert ada.email == OLD


def test_the_address_that_we_have_is_refused(ada: Registration) -> None:
    with pytest.raises(NotPossible):
        correct(ada, OLD)


def test_registration_that_is_over_is_refused(ada: Registration) -> None:
    withdraw(ada.id, now=NOW)

    with pytest.raises(NotPossible):
        correct(ada)


def test_address_that_was_asked_before_opens_nothing_when_another_one_is_certain(ada: Registration) -> None:
    """Also for whom has begun to press the button when the desk decided."""
    request_new_address(ada.id, "ada@typo.example.org", now=NOW)
    link = ada.link(LinkPurpose.NEW_ADDRESS)
    assert link is not None

    correct(ada)

    with pytest.raises(LinkExpired):
        confirm_new_address(link.id, now=NOW)


def test_link_to_the_mistyped_address_confirms_no_other(app_context: Flask) -> None:
    ada = submit(make_workshop())
    old = ada.link(LinkPurpose.CONFIRM)
    assert old is not None
    old_id = old.id
    correct(ada)

    with pytest.raises(LinkExpired):
        confirm_address(ada.id, now=LATER, link_id=old_id)
    assert ada.state is RegistrationState.UNCONFIRMED


def test_who_is_asked_anew_does_not_lapse_with_the_first_link(
    app_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = submit(make_workshop())
    over = NOW + timedelta(hours=49)

    def corrected_at_that_moment() -> AbstractContextManager[None]:
        monkeypatch.undo()
        correct(ada)
        return one_transaction()

    monkeypatch.setattr(lapsing, "one_transaction", corrected_at_that_moment)
    lapsing.lapse_unconfirmed(now=over)

    assert ada.state is RegistrationState.UNCONFIRMED


def test_what_was_said_since_is_not_said_again_at_the_new_address(ada: Registration) -> None:
    be_refused(mails(MailKind.SEAT_CERTAIN)[0], code=552)
    resend([ada.id], organiser_id=make_organiser("anna@example.org").id, now=NOW)

    correct(ada)

    assert [mail.state for mail in mails(MailKind.SEAT_CERTAIN)] == [OutboxState.FAILED, OutboxState.QUEUED]


def test_what_was_said_in_vain_since_does_not_count(ada: Registration) -> None:
    be_refused(mails(MailKind.SEAT_CERTAIN)[0], code=550)
    resend([ada.id], organiser_id=make_organiser("anna@example.org").id, now=NOW)
    with one_transaction():
        mails(MailKind.SEAT_CERTAIN)[1].state = OutboxState.SKIPPED

    correct(ada)

    assert [mail.state for mail in mails(MailKind.SEAT_CERTAIN)] == [OutboxState.QUEUED, OutboxState.SKIPPED]


def test_journal_says_who_it_was_and_no_address(ada: Registration) -> None:
    correct(ada)

    line = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
    assert line is not None
    assert (line.action, line.actor) == ("address_changed", "organiser")
    assert "@" not in f"{line.reason}{line.details}"
