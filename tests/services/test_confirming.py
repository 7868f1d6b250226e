"""Somebody confirms her address."""

from datetime import date, timedelta

import pytest

from registration.errors import LinkExpired, NotPossible
from registration.extensions import one_transaction
from registration.models import Workshop
from registration.services.confirming import confirm_address
from registration.services.lapsing import lapse_unconfirmed
from registration.steps.seating import rank
from registration.vocabulary import Decision, MailKind, RegistrationState, WorkshopState
from tests.factories import mails, make_organisation, make_workshop, require_agreement, sign_up, submit
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
State = RegistrationState


def test_an_eligible_person_gets_a_free_seat():
    ada = sign_up(make_workshop())
    assert ada.state is State.CONFIRMED
    assert mails()[-1].kind is MailKind.SEAT_CERTAIN


def test_confirming_twice_changes_nothing_and_writes_no_second_mail():
    ada = sign_up(make_workshop())
    before = len(mails())
    assert confirm_address(ada.id, now=NOW + timedelta(hours=1)).state is State.CONFIRMED
    assert len(mails()) == before


def test_a_full_workshop_puts_people_on_the_waiting_list_in_the_order_of_confirming():
    workshop = make_workshop(capacity=1)
    ben, cleo = submit(workshop, "ben"), submit(workshop, "cleo")
    sign_up(workshop, "ada", now=NOW + timedelta(hours=3))
    confirm_address(cleo.id, now=NOW + timedelta(hours=4))
    confirm_address(ben.id, now=NOW + timedelta(hours=5))
    assert (cleo.state, rank(cleo)) == (State.WAITING, 1)
    assert (ben.state, rank(ben)) == (State.WAITING, 2)


def test_ranks_follow_the_order_of_the_lock_even_if_a_clock_goes_back():
    workshop = make_workshop(capacity=0)
    ben = sign_up(workshop, "ben", now=NOW)
    cleo = sign_up(workshop, "cleo", now=NOW - timedelta(minutes=5))
    assert (rank(ben), rank(cleo)) == (1, 2)


def test_a_held_seat_is_kept_for_whoever_confirms_in_time():
    workshop = make_workshop(capacity=1)
    ada = submit(workshop, "ada")
    ben = sign_up(workshop, "ben", now=NOW + timedelta(minutes=5))
    confirm_address(ada.id, now=NOW + timedelta(hours=1))
    assert (ada.state, ben.state) == (State.CONFIRMED, State.WAITING)


def test_a_hold_that_has_ended_gives_the_seat_to_whoever_confirms_first():
    workshop = make_workshop(capacity=1)
    ada = submit(workshop, "ada")
    ben = sign_up(workshop, "ben", now=NOW + timedelta(hours=2))
    confirm_address(ada.id, now=NOW + timedelta(hours=3))
    assert (ada.state, ben.state) == (State.WAITING, State.CONFIRMED)


def test_the_agreement_decides_between_seat_and_review():
    make_organisation("Stadt Musterhausen", agreements=[(date(2020, 1, 1), None)])
    make_organisation("Stadt Ohnehausen")
    workshop = make_workshop()
    require_agreement(workshop)
    ada, dora = sign_up(workshop, "ada"), sign_up(workshop, "dora", organisation="Stadt Ohnehausen")
    assert (ada.state, dora.state) == (State.CONFIRMED, State.IN_REVIEW)
    assert dora.verdict["reasons"][0]["code"] == "agreement_missing"


def test_nobody_takes_a_seat_of_a_workshop_to_apply_for():
    workshop = make_workshop(capacity=1, decision=Decision.APPLY_FIRST)
    people = [sign_up(workshop, name) for name in ("ada", "ben", "dora")]
    assert {one.state for one in people} == {State.IN_REVIEW}


def test_more_than_the_organisation_may_have_wait_with_that_reason():
    make_organisation("Stadt Musterhausen")
    workshop = make_workshop(limit_per_organisation=1)
    sign_up(workshop, "ada")
    ben = sign_up(workshop, "ben")
    assert (ben.state, ben.reasons) == (State.WAITING, ["limit_per_organisation"])


def test_confirming_after_the_deadline_counts_within_the_life_of_the_link():
    workshop = make_workshop()
    ada = submit(workshop, now=workshop.closes_at - timedelta(minutes=1))
    assert confirm_address(ada.id, now=workshop.closes_at + timedelta(hours=47)).state is State.CONFIRMED


def test_after_48_hours_the_link_is_over():
    ada = submit(make_workshop())
    with pytest.raises(LinkExpired):
        confirm_address(ada.id, now=NOW + timedelta(hours=48))


def test_an_unconfirmed_registration_lapses_and_stays_so():
    ada = submit(make_workshop())
    assert lapse_unconfirmed(now=NOW + timedelta(hours=47, minutes=59)) == 0
    assert lapse_unconfirmed(now=NOW + timedelta(hours=48)) == 1
    assert ada.state is State.LAPSED
    with pytest.raises(LinkExpired):
        confirm_address(ada.id, now=NOW + timedelta(hours=49))


def test_what_a_clock_gone_wrong_has_ended_can_be_confirmed_in_its_time():
    """T-12."""
    ada = submit(make_workshop())
    lapse_unconfirmed(now=NOW + timedelta(hours=49))  # the clock runs two days ahead, and is set right

    confirm_address(ada.id, now=NOW + timedelta(hours=1))

    assert ada.state is State.CONFIRMED
    assert [mail.kind for mail in mails()] == [MailKind.CONFIRM_ADDRESS, MailKind.SEAT_CERTAIN]


def test_what_a_clock_gone_wrong_has_ended_makes_no_second_registration_of_a_person():
    workshop = make_workshop()
    first = submit(workshop)
    lapse_unconfirmed(now=NOW + timedelta(hours=49))
    second = submit(workshop, now=NOW + timedelta(minutes=5))
    confirm_address(second.id, now=NOW + timedelta(minutes=6))

    with pytest.raises(NotPossible):
        confirm_address(first.id, now=NOW + timedelta(hours=1))


def test_what_a_newer_form_has_replaced_stays_so():
    workshop = make_workshop()
    first = submit(workshop)
    second = submit(workshop, now=NOW + timedelta(minutes=5), role="Leitung")
    assert (first.state, second.state) == (State.LAPSED, State.UNCONFIRMED)

    with pytest.raises(LinkExpired):
        confirm_address(first.id, now=NOW + timedelta(hours=1))


def test_a_cancelled_workshop_gives_no_seat():
    workshop = make_workshop()
    ada = submit(workshop)
    with one_transaction():
        Workshop.lock(workshop.id).state = WorkshopState.CANCELLED
    with pytest.raises(NotPossible):
        confirm_address(ada.id, now=NOW)
