"""An organiser decides."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from registration.errors import NotPossible, WorkshopFull
from registration.extensions import db
from registration.models import JournalEntry
from registration.services import reviewing
from registration.services.entering import enter_by_hand
from registration.services.moving_up import move_up_everywhere
from registration.steps.seating import rank
from registration.vocabulary import ActorKind, Decision, MailKind, RegistrationState
from tests.factories import (
    details,
    find,
    mails,
    make_organisation,
    make_organiser,
    make_workshop,
    require_agreement,
    sign_up,
    submit,
)
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
State = RegistrationState


@pytest.fixture
def by(app_context):
    return {"organiser_id": make_organiser().id, "now": NOW}


def test_an_approved_person_has_a_seat_and_a_mail_that_says_so(by):
    dora = sign_up(make_workshop(decision=Decision.BY_ORGANISER), "dora")
    assert reviewing.approve([dora.id], **by) == 1
    assert dora.state is State.CONFIRMED
    assert mails()[-1].kind is MailKind.SEAT_CERTAIN


def test_the_journal_says_who_decided(by):
    dora = sign_up(make_workshop(decision=Decision.BY_ORGANISER), "dora")
    reviewing.approve([dora.id], **by)
    entry = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
    assert (entry.action, entry.actor, entry.organiser_id) == (
        "confirmed",
        ActorKind.ORGANISER,
        by["organiser_id"],
    )


def test_a_full_workshop_asks_before_it_takes_one_more(by):
    workshop = make_workshop(capacity=1)
    sign_up(workshop, "ada")
    ben = sign_up(workshop, "ben")
    with pytest.raises(WorkshopFull):
        reviewing.move_up([ben.id], **by)
    reviewing.move_up([ben.id], over_capacity=True, **by)
    assert ben.state is State.CONFIRMED
    assert mails()[-1].kind is MailKind.MOVED_UP


def test_all_of_the_selected_or_none(by):
    workshop = make_workshop(capacity=1, decision=Decision.APPLY_FIRST)
    ada, ben = sign_up(workshop, "ada"), sign_up(workshop, "ben")
    with pytest.raises(WorkshopFull):
        reviewing.approve([ada.id, ben.id], **by)
    assert (ada.state, ben.state) == (State.IN_REVIEW, State.IN_REVIEW)


def test_the_mail_sent_once_more_says_what_the_first_one_said(by):
    ada = sign_up(make_workshop())
    reviewing.cancel([ada.id], text="Ihre Dienststelle hat darum gebeten.", **by)
    reviewing.resend([ada.id], **by)
    reviewing.resend([ada.id], **by)

    first, *again = mails(MailKind.CANCELLED)
    said = {"text": "Ihre Dienststelle hat darum gebeten.", "had_seat": True, "was": "confirmed"}
    assert [first.context, *(mail.context for mail in again)] == [said] * 3


def test_a_seat_from_the_waiting_list_keeps_its_words_when_it_is_told_once_more(by):
    workshop = make_workshop(capacity=1)
    sign_up(workshop, "ada")
    ben = sign_up(workshop, "ben")
    reviewing.move_up([ben.id], text="Wir haben einen Stuhl gefunden.", over_capacity=True, **by)
    reviewing.resend([ben.id], **by)

    assert mails()[-1].kind is MailKind.SEAT_CERTAIN
    assert mails()[-1].context["text"] == "Wir haben einen Stuhl gefunden."


def test_a_declined_person_reads_the_organisers_words_and_the_next_moves_up(by):
    workshop = make_workshop(capacity=1)
    ada, ben = sign_up(workshop, "ada"), sign_up(workshop, "ben")
    reviewing.decline([ada.id], text="Die Gruppe ist schon gemischt.", **by)
    assert (ada.state, ben.state) == (State.DECLINED, State.CONFIRMED)
    assert mails(MailKind.DECLINED)[0].context["text"] == "Die Gruppe ist schon gemischt."


def test_a_cancelled_registration_frees_the_seat(by):
    workshop = make_workshop(capacity=1)
    ada, ben = sign_up(workshop, "ada"), sign_up(workshop, "ben")
    reviewing.cancel([ada.id], **by)
    assert (ada.state, ben.state) == (State.CANCELLED, State.CONFIRMED)


def test_whom_an_organiser_lets_wait_while_seats_are_free_waits_for_the_organiser(by):
    dora = sign_up(make_workshop(decision=Decision.BY_ORGANISER), "dora")
    reviewing.put_on_waiting_list([dora.id], **by)
    move_up_everywhere(now=NOW + timedelta(hours=1))
    assert (dora.state, dora.reasons) == (State.WAITING, ["by_hand"])


def test_whom_an_organiser_lets_wait_in_a_full_workshop_moves_up_by_herself(by):
    make_organisation("Stadt Musterhausen", agreements=[(date(2020, 1, 1), None)])
    make_organisation("Stadt Ohnehausen")
    workshop = make_workshop(capacity=1, review_holds_seat=False)
    require_agreement(workshop)
    ada, dora = sign_up(workshop, "ada"), sign_up(workshop, "dora", organisation="Stadt Ohnehausen")
    reviewing.put_on_waiting_list([dora.id], **by)
    assert rank(dora) == 1
    reviewing.cancel([ada.id], **by)
    assert dora.state is State.CONFIRMED


def test_who_still_needs_a_look_moves_up_to_review_not_to_a_seat(by):
    make_organisation("Stadt Musterhausen", agreements=[(date(2020, 1, 1), None)])
    workshop = make_workshop(capacity=1)
    require_agreement(workshop)
    ada, dora = sign_up(workshop, "ada"), sign_up(workshop, "dora", organisation="Gemeinde Nirgendwo")
    assert dora.state is State.WAITING
    reviewing.cancel([ada.id], **by)
    assert dora.state is State.IN_REVIEW


def test_an_organiser_changes_her_mind(by):
    dora = sign_up(make_workshop(decision=Decision.BY_ORGANISER), "dora")
    reviewing.decline([dora.id], **by)
    reviewing.approve([dora.id], **by)
    assert dora.state is State.CONFIRMED


def test_an_unconfirmed_address_gets_no_seat_but_can_be_confirmed_by_hand(by):
    ada = submit(make_workshop())
    with pytest.raises(NotPossible):
        reviewing.approve([ada.id], **by)
    reviewing.confirm_for([ada.id], **by)
    assert ada.state is State.CONFIRMED


def test_the_mail_of_the_state_can_be_sent_again(by):
    ada = sign_up(make_workshop())
    reviewing.resend([ada.id], **by)
    assert [mail.kind for mail in mails()][-2:] == [MailKind.SEAT_CERTAIN, MailKind.SEAT_CERTAIN]


def test_a_registration_by_telephone_is_taken_after_the_deadline_too(by):
    workshop = make_workshop()
    late = by | {"now": workshop.closes_at + timedelta(days=1)}
    enter_by_hand(workshop.id, details("ada"), address_is_confirmed=True, **late)
    ada = find(workshop.id, "ada")
    assert (ada.state, ada.is_manual) == (State.CONFIRMED, True)


def test_a_registration_by_telephone_can_ask_for_the_address(by):
    workshop = make_workshop()
    enter_by_hand(workshop.id, details("ada"), address_is_confirmed=False, **by)
    assert find(workshop.id, "ada").state is State.UNCONFIRMED
    assert mails()[-1].kind is MailKind.CONFIRM_ADDRESS


def test_nobody_is_entered_twice(by):
    workshop = make_workshop()
    sign_up(workshop)
    with pytest.raises(NotPossible):
        enter_by_hand(workshop.id, details("ada"), address_is_confirmed=True, **by)


@pytest.mark.parametrize("decide", [reviewing.approve, reviewing.put_on_waiting_list])
def test_what_has_ended_stays_so_when_the_person_has_registered_anew(by, decide):
    workshop = make_workshop()
    before = sign_up(workshop, "ada").id
    reviewing.cancel([before], **by)
    anew = sign_up(workshop, "ada")

    with pytest.raises(NotPossible, match="NotPossible"):
        decide([before], **by)
    assert anew.state is State.CONFIRMED
