"""Changing one's own address: the new one confirms, the old one is told and opens nothing any more (M-34)."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from registration.errors import LinkExpired, NotPossible, TooManyRequests
from registration.extensions import db, one_transaction
from registration.mail.still_wanted import reason_to_skip
from registration.models import EligibilityRule, JournalEntry, Registration
from registration.services.changing_address import (
    confirm_new_address,
    drop_new_address,
    request_new_address,
)
from registration.vocabulary import (
    LinkPurpose,
    MailKind,
    OutboxState,
    RegistrationState,
    RuleEffect,
    RuleKind,
)
from tests.factories import mails, make_workshop, save, sign_up
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
NEW = "ada@neustadt.example.org"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def ada(app_context: Flask) -> Registration:
    return sign_up(make_workshop())


def newest_link(registration: Registration) -> int:
    db.session.expire_all()
    link = registration.link(LinkPurpose.NEW_ADDRESS)
    assert link is not None
    return link.id


def change(registration: Registration, email: str = NEW) -> None:
    request_new_address(registration.id, email, now=NOW)
    confirm_new_address(newest_link(registration), now=LATER)


def test_until_it_is_confirmed_nothing_changes_and_the_new_address_gets_the_link(ada: Registration) -> None:
    request_new_address(ada.id, NEW, now=NOW)

    assert ada.email == "ada@musterhausen.example.org"
    [mail] = mails(MailKind.CONFIRM_NEW_ADDRESS)
    assert (mail.to_address, mail.pointless_after) == (NEW, NOW + timedelta(hours=48))


def test_confirmed_address_takes_the_place_and_both_are_told(ada: Registration) -> None:
    change(ada)

    assert (ada.email, ada.email_key, ada.pending_email) == (NEW, NEW, "")
    told = {mail.to_address: mail.context for mail in mails(MailKind.ADDRESS_CHANGED)}
    assert told == {"ada@musterhausen.example.org": {}, NEW: {"is_new_address": True}}
    assert ada.state is RegistrationState.CONFIRMED


def test_second_confirmation_changes_nothing(ada: Registration) -> None:
    change(ada)
    confirm_new_address(newest_link(ada), now=LATER)

    assert len(mails(MailKind.ADDRESS_CHANGED)) == 2


def test_links_of_the_old_mailbox_open_nothing_any_more(ada: Registration) -> None:
    before = {link.fingerprint for link in ada.links}

    change(ada)

    opening = {link for link in ada.links if link.purpose is not LinkPurpose.NEW_ADDRESS}
    assert {link.purpose for link in opening} == {LinkPurpose.MANAGE, LinkPurpose.JOIN}
    assert not before & {link.fingerprint for link in opening}


def test_waiting_mails_go_to_the_new_address_and_sent_ones_keep_theirs(ada: Registration) -> None:
    confirmed, certain = mails()
    with one_transaction():
        confirmed.state, confirmed.sent_at = OutboxState.SENT, NOW

    change(ada)

    assert (confirmed.to_address, certain.to_address) == ("ada@musterhausen.example.org", NEW)


def test_newer_request_ends_the_older_one(ada: Registration) -> None:
    request_new_address(ada.id, "typo@example.org", now=NOW)
    older = newest_link(ada)
    request_new_address(ada.id, NEW, now=NOW)

    with pytest.raises(LinkExpired):
        confirm_new_address(older, now=LATER)
    confirm_new_address(newest_link(ada), now=LATER)
    assert ada.email == NEW


def test_dropped_request_cannot_be_confirmed(ada: Registration) -> None:
    request_new_address(ada.id, NEW, now=NOW)
    drop_new_address(ada.id, now=NOW)

    with pytest.raises(LinkExpired):
        confirm_new_address(newest_link(ada), now=LATER)
    assert ada.pending_email == ""


def test_link_ends_after_two_days(ada: Registration) -> None:
    request_new_address(ada.id, NEW, now=NOW)

    with pytest.raises(LinkExpired):
        confirm_new_address(newest_link(ada), now=NOW + timedelta(hours=48))
    assert ada.email == "ada@musterhausen.example.org"


def test_address_of_another_registration_of_the_same_name_is_said_only_to_who_reads_it(
    ada: Registration,
) -> None:
    sign_up(ada.workshop, email=NEW)

    request_new_address(ada.id, NEW, now=NOW)

    with pytest.raises(NotPossible, match="NotPossible"):
        confirm_new_address(newest_link(ada), now=LATER)
    db.session.expire_all()
    assert ada.email == "ada@musterhausen.example.org"


def test_fourth_request_within_an_hour_is_refused(ada: Registration) -> None:
    for number in range(3):
        request_new_address(ada.id, f"ada{number}@example.org", now=NOW)

    with pytest.raises(TooManyRequests):
        request_new_address(ada.id, NEW, now=NOW)


def test_seat_stays_and_is_marked_when_the_new_address_does_not_fit(app_context: Flask) -> None:
    workshop = make_workshop()
    require_domain(workshop.id)
    ada = sign_up(workshop)

    change(ada, "ada@gmx.example")

    assert ada.state is RegistrationState.CONFIRMED
    assert ada.reasons == ["changed_by_person"]
    assert ada.verdict["outcome"] == "review"


def test_fitting_address_brings_who_was_under_review_her_seat(app_context: Flask) -> None:
    workshop = make_workshop()
    require_domain(workshop.id, RuleEffect.REVIEW)
    ada = sign_up(workshop, email="ada@gmx.example")
    assert ada.state is RegistrationState.IN_REVIEW

    change(ada, NEW)

    assert ada.state is RegistrationState.CONFIRMED
    assert [mail.to_address for mail in mails(MailKind.SEAT_CERTAIN)] == [NEW]


def test_journal_names_no_address(ada: Registration) -> None:
    change(ada)

    lines = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    assert [line.action for line in lines][-2:] == ["new_address_asked", "address_changed"]
    assert not any("@" in f"{line.reason}{line.details}" for line in lines)


def require_domain(workshop_id: int, effect: RuleEffect = RuleEffect.REFUSE) -> None:
    save(
        EligibilityRule(
            workshop_id=workshop_id,
            kind=RuleKind.EMAIL_DOMAIN,
            effect=effect,
            parameters={"domains": ["example.org"]},
        )
    )


def test_mail_whose_fate_is_unknown_goes_no_second_time_to_the_old_address(ada: Registration) -> None:
    with one_transaction():
        certain = mails(MailKind.SEAT_CERTAIN)[0]
        certain.state, certain.claim_token = OutboxState.SENDING, "behind the fence"

    change(ada)
    with one_transaction():
        certain.state, certain.claim_token, certain.is_uncertain = OutboxState.QUEUED, None, True

    assert certain.to_address == "ada@musterhausen.example.org"
    assert reason_to_skip(certain, now=LATER) == "die Person hat inzwischen eine andere Adresse"


def test_address_that_was_replaced_before_its_mail_left_gets_no_link_of_the_newest_one(
    ada: Registration,
) -> None:
    change(ada)
    change(ada, "ada@drittstadt.example.org")

    fates = [(mail.to_address, reason_to_skip(mail, now=LATER)) for mail in mails(MailKind.ADDRESS_CHANGED)]
    assert fates == [
        ("ada@musterhausen.example.org", None),
        (NEW, "die Person hat inzwischen eine andere Adresse"),
        (NEW, None),  # that it was replaced, without any link
        ("ada@drittstadt.example.org", None),
    ]
