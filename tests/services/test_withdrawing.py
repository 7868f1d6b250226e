"""Somebody withdraws, and the first in line moves up."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from registration.errors import NotPossible
from registration.extensions import one_transaction
from registration.mail.rendering import Rendered, render
from registration.models import Registration
from registration.services.moving_up import move_up_everywhere
from registration.services.withdrawing import undo_withdrawal, withdraw
from registration.steps.seating import rank
from registration.vocabulary import Decision, MailKind, Outcome, RegistrationState
from tests.factories import mails, make_workshop, sign_up, submit
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
State = RegistrationState


def test_the_first_in_line_gets_the_seat_in_the_same_step():
    workshop = make_workshop(capacity=1)
    ada, ben, dora = (sign_up(workshop, name) for name in ("ada", "ben", "dora"))
    withdraw(ada.id, now=NOW)
    assert (ada.state, ben.state, dora.state) == (State.WITHDRAWN, State.CONFIRMED, State.WAITING)
    assert rank(dora) == 1


def test_one_mail_to_each_who_is_concerned_and_to_nobody_else():
    workshop = make_workshop(capacity=1)
    ada, ben, _dora = (sign_up(workshop, name) for name in ("ada", "ben", "dora"))
    before = len(mails())
    withdraw(ada.id, now=NOW)
    new = [(mail.kind, mail.registration_id) for mail in mails()[before:]]
    assert new == [(MailKind.WITHDRAWN, ada.id), (MailKind.MOVED_UP, ben.id)]


def test_withdrawing_twice_is_withdrawing_once():
    ada = sign_up(make_workshop())
    withdraw(ada.id, now=NOW)
    before = len(mails())
    withdraw(ada.id, now=NOW)
    assert len(mails()) == before


def test_in_the_last_day_nobody_moves_up_by_itself_and_the_organiser_gets_one_note():
    workshop = make_workshop(capacity=1)
    ada, ben = sign_up(workshop, "ada"), sign_up(workshop, "ben")
    late = workshop.starts_at - timedelta(hours=23)
    withdraw(ada.id, now=late)
    move_up_everywhere(now=late + timedelta(minutes=1))
    (note,) = mails(MailKind.SEAT_FREE)
    assert (ben.state, note.to_address) == (State.WAITING, workshop.contact_email)


def test_who_waits_gets_the_seat_when_a_hold_ends():
    workshop = make_workshop(capacity=1)
    submit(workshop, "ada")
    ben = sign_up(workshop, "ben")
    assert move_up_everywhere(now=NOW + timedelta(minutes=119)) == 0
    assert move_up_everywhere(now=NOW + timedelta(hours=2)) == 1
    assert ben.state is State.CONFIRMED


def test_a_withdrawal_is_undone_while_the_seat_is_free():
    ada = sign_up(make_workshop())
    withdraw(ada.id, now=NOW)
    assert undo_withdrawal(ada.id, now=NOW).state is State.CONFIRMED
    assert mails()[-1].kind is MailKind.SEAT_CERTAIN


def test_a_seat_that_has_gone_does_not_come_back():
    workshop = make_workshop(capacity=1)
    ada, ben = sign_up(workshop, "ada"), sign_up(workshop, "ben")
    withdraw(ada.id, now=NOW)
    with pytest.raises(NotPossible):
        undo_withdrawal(ada.id, now=NOW)
    assert (ada.state, ben.state) == (State.WITHDRAWN, State.CONFIRMED)


def test_who_has_registered_anew_cannot_come_back_a_second_time():
    workshop = make_workshop()
    ada = sign_up(workshop)
    withdraw(ada.id, now=NOW)
    sign_up(workshop)
    with pytest.raises(NotPossible):
        undo_withdrawal(ada.id, now=NOW)


def test_the_calendar_of_whoever_withdraws_and_returns_gets_rising_numbers():
    ada = sign_up(make_workshop())
    first = sequence(render(mails(MailKind.SEAT_CERTAIN)[-1], now=NOW))
    withdraw(ada.id, now=NOW)
    cancelled = sequence(render(mails(MailKind.WITHDRAWN)[-1], now=NOW))
    undo_withdrawal(ada.id, now=NOW)
    again = sequence(render(mails(MailKind.SEAT_CERTAIN)[-1], now=NOW))
    assert first < cancelled < again


def test_who_had_a_seat_gets_it_again_although_her_new_organisation_is_to_be_looked_at():
    workshop = make_workshop()
    ada = with_changed_organisation(sign_up(workshop))
    withdraw(ada.id, now=NOW)

    undo_withdrawal(ada.id, now=NOW)

    assert (ada.state, ada.reasons) == (State.CONFIRMED, ["changed_by_person"])


def test_who_was_under_review_comes_back_to_the_review():
    ada = sign_up(make_workshop(decision=Decision.BY_ORGANISER))
    withdraw(ada.id, now=NOW)

    assert undo_withdrawal(ada.id, now=NOW).state is State.IN_REVIEW


@pytest.mark.parametrize(
    ("columns", "said", "not_said"),
    [
        ({"capacity": 0}, "Sie stehen nicht mehr auf der Warteliste.", "Versehen"),
        ({}, "Das war ein Versehen?", "Warteliste"),
    ],
)
def test_mail_promises_to_undo_only_where_there_is_something_to_get_back(columns, said, not_said):
    ada = sign_up(make_workshop(**columns))
    withdraw(ada.id, now=NOW)

    text = render(mails(MailKind.WITHDRAWN)[-1], now=NOW).text
    assert said in text
    assert not_said not in text


def with_changed_organisation(registration: Registration) -> Registration:
    """As `judge_anew` leaves somebody with a seat whose organisation is none of those invited any more."""
    with one_transaction():
        registration.verdict = {"outcome": Outcome.REVIEW.value, "reasons": []}
        registration.state_reason = "changed_by_person"
    return registration


def sequence(rendered: Rendered) -> int:
    calendar = Calendar.from_ical(rendered.attachments[0].content)
    return int(calendar.walk("VEVENT")[0]["SEQUENCE"])
