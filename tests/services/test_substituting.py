"""A colleague takes the seat."""

from datetime import date, timedelta

import pytest

from registration.errors import LinkExpired, NotPossible, TooManyRequests
from registration.models import Question
from registration.services.confirming import confirm_address
from registration.services.entering import enter_by_hand
from registration.services.lapsing import lapse_unconfirmed
from registration.services.reviewing import approve
from registration.services.substituting import name_substitute
from registration.services.withdrawing import withdraw
from registration.vocabulary import Decision, MailKind, QuestionKind, RegistrationState, RuleEffect
from tests.factories import (
    details,
    find,
    mails,
    make_organisation,
    make_organiser,
    make_workshop,
    require_agreement,
    save,
    sign_up,
)
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


def test_somebody_who_is_registered_already_gets_her_state_and_keeps_it():
    workshop = make_workshop()
    ada, ben = sign_up(workshop, "ada"), sign_up(workshop, "ben")
    name_substitute(ada.id, details("ben"), now=NOW)
    assert (mails()[-1].kind, mails()[-1].to_address) == (MailKind.ALREADY_REGISTERED, ben.email)
    assert (ada.state, ben.state, ben.substitutes_id) == (State.CONFIRMED, State.CONFIRMED, None)


def test_who_is_named_next_takes_the_place_of_who_was_named_before():
    workshop = make_workshop()
    ada = sign_up(workshop, "ada")
    name_substitute(ada.id, details("dora"), now=NOW)
    name_substitute(ada.id, details("ben"), now=NOW)
    with pytest.raises(LinkExpired):
        confirm_address(find(workshop.id, "dora").id, now=NOW)
    confirm_address(find(workshop.id, "ben").id, now=NOW)
    assert [find(workshop.id, name).state for name in ("ada", "dora", "ben")] == [
        State.SUBSTITUTED,
        State.LAPSED,
        State.CONFIRMED,
    ]


def test_whose_seat_has_gone_is_placed_by_the_rules():
    workshop = make_workshop(decision=Decision.APPLY_FIRST)
    ada = sign_up(workshop, "ada")
    approve([ada.id], organiser_id=make_organiser().id, now=NOW)
    name_substitute(ada.id, details("dora"), now=NOW)
    withdraw(ada.id, now=NOW)
    dora = confirm_address(find(workshop.id, "dora").id, now=NOW)
    assert (dora.state, dora.is_approved) == (State.IN_REVIEW, False)


def test_whose_seat_has_gone_is_late_after_the_deadline():
    workshop = make_workshop()
    ada = sign_up(workshop, "ada")
    late = workshop.closes_at
    name_substitute(ada.id, details("dora"), now=late)
    withdraw(ada.id, now=late)
    dora = confirm_address(find(workshop.id, "dora").id, now=late)
    assert (dora.state, dora.reasons) == (State.IN_REVIEW, ["late"])


def test_whose_seat_has_gone_is_decided_by_an_organiser_where_the_rules_would_have_refused():
    workshop = make_workshop()
    require_agreement(workshop, RuleEffect.REFUSE)
    make_organisation(agreements=[(date(2020, 1, 1), date(2026, 12, 31))])
    team = make_organiser().id
    number = enter_by_hand(workshop.id, details("ada"), organiser_id=team, now=NOW, address_is_confirmed=True)
    name_substitute(number, details("dora"), now=NOW)
    withdraw(number, now=NOW)
    assert confirm_address(find(workshop.id, "dora").id, now=NOW).state is State.IN_REVIEW


def test_the_seat_of_a_limited_option_passes_with_the_seat():
    workshop = make_workshop()
    choices = {"options": ["vor Ort", "online"], "option_limits": {"vor Ort": 1}, "position": 1}
    how = save(Question(workshop_id=workshop.id, kind=QuestionKind.CHOICE, label="Wie?", **choices))
    free = save(Question(workshop_id=workshop.id, kind=QuestionKind.SHORT_TEXT, label="Warum?", position=2))
    ada = sign_up(workshop, "ada", answers={how.id: "vor Ort", free.id: "Darum"})
    name_substitute(ada.id, details("dora"), now=NOW)
    dora = confirm_address(find(workshop.id, "dora").id, now=NOW)
    assert {one.question_id: one.value for one in dora.answers} == {how.id: "vor Ort"}
    assert sign_up(workshop, "ben", answers={how.id: "vor Ort"}).state is State.WAITING


def test_nobody_can_send_mails_to_the_world_by_naming_one_after_the_other():
    workshop = make_workshop()
    ada = sign_up(workshop, "ada")
    for name in ("eins", "zwei", "drei"):
        name_substitute(ada.id, details(name), now=NOW)
    with pytest.raises(TooManyRequests):
        name_substitute(ada.id, details("vier"), now=NOW)


def test_a_refused_attempt_counts_too():
    workshop = make_workshop(capacity=1)
    sign_up(workshop, "ada")
    ben = sign_up(workshop, "ben")
    for _ in range(3):
        with pytest.raises(NotPossible):
            name_substitute(ben.id, details("dora"), now=NOW)
    with pytest.raises(TooManyRequests):
        name_substitute(ben.id, details("dora"), now=NOW)
