"""A colleague takes the seat."""

from datetime import timedelta

import pytest

from registration.errors import NotPossible, TooManyRequests
from registration.services.confirming import confirm_address
from registration.services.lapsing import lapse_unconfirmed
from registration.services.substituting import name_substitute
from registration.services.withdrawing import withdraw
from registration.vocabulary import MailKind, RegistrationState
from tests.factories import details, find, mails, make_workshop, sign_up
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
State = RegistrationState


def test_the_seat_passes_when_the_colleague_confirms_and_nobody_who_waits_gets_it():
    workshop = make_workshop(capacity=1)
    ada, ben = sign_up(workshop, "ada"), sign_up(workshop, "ben")
    name_substitute(ada.id, details("dora"), now=NOW)
    dora = find(workshop.id, "dora")
    assert (ada.state, dora.state) == (State.CONFIRMED, State.UNCONFIRMED)
    confirm_address(dora.id, now=NOW)
    assert (ada.state, ben.state, dora.state) == (State.SUBSTITUTED, State.WAITING, State.CONFIRMED)
    assert [mail.kind for mail in mails()][-2:] == [MailKind.SUBSTITUTED, MailKind.SEAT_CERTAIN]


def test_nothing_changes_while_the_colleague_says_nothing():
    workshop = make_workshop()
    ada = sign_up(workshop, "ada")
    name_substitute(ada.id, details("dora"), now=NOW)
    lapse_unconfirmed(now=NOW + timedelta(hours=48))
    assert (ada.state, find(workshop.id, "dora").state) == (State.CONFIRMED, State.LAPSED)


def test_a_seat_given_back_meanwhile_cannot_be_taken_over():
    workshop = make_workshop(capacity=1)
    ada, ben = sign_up(workshop, "ada"), sign_up(workshop, "ben")
    name_substitute(ada.id, details("dora"), now=NOW)
    withdraw(ada.id, now=NOW)
    dora = confirm_address(find(workshop.id, "dora").id, now=NOW)
    assert (ben.state, dora.state) == (State.CONFIRMED, State.WAITING)


def test_who_has_no_seat_cannot_pass_one_on():
    workshop = make_workshop(capacity=1)
    sign_up(workshop, "ada")
    ben = sign_up(workshop, "ben")
    with pytest.raises(NotPossible):
        name_substitute(ben.id, details("dora"), now=NOW)


def test_somebody_who_is_registered_already_cannot_be_named():
    workshop = make_workshop()
    ada, ben = sign_up(workshop, "ada"), sign_up(workshop, "ben")
    with pytest.raises(NotPossible):
        name_substitute(ada.id, details("ben"), now=NOW)
    assert ben.state is State.CONFIRMED


def test_nobody_can_send_mails_to_the_world_by_naming_one_after_the_other():
    workshop = make_workshop()
    ada = sign_up(workshop, "ada")
    for name in ("eins", "zwei", "drei"):
        name_substitute(ada.id, details(name), now=NOW)
    with pytest.raises(TooManyRequests):
        name_substitute(ada.id, details("vier"), now=NOW)
