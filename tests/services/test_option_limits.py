"""Seats of one option: 12 on site, 20 online, under the same rules as those of one organisation (rule 5)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registration.errors import WorkshopFull
from registration.extensions import db, one_transaction
from registration.models import Question, Registration, Workshop
from registration.services import reviewing
from registration.services.confirming import confirm_address
from registration.services.lapsing import lapse_unconfirmed
from registration.services.moving_up import move_up_everywhere
from registration.services.withdrawing import withdraw
from registration.steps.counting import full_options, seats_of
from registration.vocabulary import MailKind, QuestionKind, RegistrationState
from tests.factories import mails, make_organisation, make_organiser, make_workshop, save, sign_up, submit
from tests.services.test_planning_many import statements
from tests.times import NOW

State = RegistrationState
ON_SITE, ONLINE, EITHER = "vor Ort, im Saal", "online", "egal"
pytestmark = pytest.mark.usefixtures("app_context")


def make_hybrid(on_site: int = 1, online: int = 2, **columns: object) -> Workshop:
    workshop = make_workshop(**columns)
    save(
        Question(
            workshop_id=workshop.id,
            kind=QuestionKind.CHOICE,
            label="Wie nehmen Sie teil?",
            options=[ON_SITE, ONLINE, EITHER],
            option_limits={ON_SITE: on_site, ONLINE: online},
        )
    )
    return workshop


def change_question(workshop: Workshop, **columns: object) -> None:
    with one_transaction():
        workshop.title = "Ein anderer Titel"  # the version rises, as it does with every change by the editor
        for name, value in columns.items():
            setattr(workshop.questions[0], name, value)


def wants(workshop: Workshop, name: str, option: str, **columns: object) -> Registration:
    return sign_up(workshop, name, answers={workshop.questions[0].id: option}, **columns)


def test_who_wants_a_full_option_waits_though_seats_are_free() -> None:
    workshop = make_hybrid()

    states = [wants(workshop, name, ON_SITE).state for name in ("ada", "ben")]

    assert states == [State.CONFIRMED, State.WAITING]
    assert wants(workshop, "cleo", ONLINE).state is State.CONFIRMED
    assert wants(workshop, "dora", EITHER).state is State.CONFIRMED


def test_she_is_told_which_option_is_full() -> None:
    workshop = make_hybrid()
    wants(workshop, "ada", ON_SITE)

    ben = wants(workshop, "ben", ON_SITE)

    assert ben.reasons == ["option_full:vor%20Ort%2C%20im%20Saal"]


def test_without_a_waiting_list_a_full_option_refuses() -> None:
    workshop = make_hybrid(has_waiting_list=False)
    wants(workshop, "ada", ON_SITE)

    with pytest.raises(WorkshopFull) as refusal:
        wants(workshop, "ben", ON_SITE)
    assert refusal.value.field == f"question_{workshop.questions[0].id}"
    assert "Alle Plätze für diese Antwort sind vergeben." in str(refusal.value.message)


def test_without_any_seat_no_other_answer_helps() -> None:
    workshop = make_hybrid(has_waiting_list=False, capacity=1)
    wants(workshop, "ada", ON_SITE)

    with pytest.raises(WorkshopFull) as refusal:
        wants(workshop, "ben", ON_SITE)
    assert refusal.value.field is None


def test_a_seat_held_by_a_form_counts_until_its_time_is_over() -> None:
    workshop = make_hybrid()
    answers = {workshop.questions[0].id: ON_SITE}
    submit(workshop, "ada", answers=answers)

    assert sign_up(workshop, "ben", answers=answers).state is State.WAITING
    lapse_unconfirmed(now=NOW + timedelta(hours=49))
    assert state_of("ben") is State.CONFIRMED


def test_the_seat_of_an_option_goes_to_the_first_who_waits_for_it() -> None:
    workshop = make_hybrid(capacity=3)
    ada = wants(workshop, "ada", ON_SITE)
    for name, option in (("cleo", ONLINE), ("dora", ONLINE), ("emil", ONLINE), ("ben", ON_SITE)):
        wants(workshop, name, option)

    withdraw(ada.id, now=NOW)

    assert {name: state_of(name) for name in ("emil", "ben")} == {
        "emil": State.WAITING,
        "ben": State.CONFIRMED,
    }
    assert [mail.to_address[:3] for mail in mails(MailKind.MOVED_UP)] == ["ben"]


def test_a_higher_limit_lets_people_move_up_within_seconds() -> None:
    workshop = make_hybrid()
    for name in ("ada", "ben"):
        wants(workshop, name, ON_SITE)
    change_question(workshop, option_limits={ON_SITE: 2})

    move_up_everywhere(now=NOW)

    assert state_of("ben") is State.CONFIRMED


def test_several_choices_take_a_seat_of_each() -> None:
    workshop = make_hybrid(online=1)
    change_question(workshop, kind=QuestionKind.CHOICES)

    wants(workshop, "ada", f"{ON_SITE}\n{ONLINE}")

    assert wants(workshop, "ben", ONLINE).state is State.WAITING
    assert full_options(workshop, now=NOW) == {
        (workshop.questions[0].id, ON_SITE),
        (workshop.questions[0].id, ONLINE),
    }


def test_limits_of_organisation_and_option_hold_together() -> None:
    make_organisation()
    workshop = make_hybrid(online=9, limit_per_organisation=1)

    wants(workshop, "ada", ONLINE)
    ben = wants(workshop, "ben", ONLINE)
    cleo = wants(workshop, "cleo", ONLINE, organisation="Verein ohne Register")

    assert (ben.state, ben.reasons) == (State.WAITING, ["limit_per_organisation"])
    assert cleo.state is State.CONFIRMED


def test_an_organiser_is_warned_with_the_option_and_may_exceed_it() -> None:
    workshop, by = make_hybrid(), {"organiser_id": make_organiser().id, "now": NOW}
    wants(workshop, "ada", ON_SITE)
    ben = wants(workshop, "ben", ON_SITE)

    with pytest.raises(WorkshopFull) as refusal:
        reviewing.move_up([ben.id], **by)
    assert "„vor Ort, im Saal“" in str(refusal.value.message)
    reviewing.move_up([ben.id], over_capacity=True, **by)

    assert state_of("ben") is State.CONFIRMED
    assert seats_of(workshop, now=NOW).confirmed == 2


def test_without_limits_nobody_asks_about_answers() -> None:
    workshop = make_workshop()
    ada = submit(workshop, "ada")
    sign_up(workshop, "ben")  # from now on the workshop is kept

    with statements() as asked:
        confirm_address(ada.id, now=NOW)
        assert full_options(workshop, now=NOW) == set()

    assert [one for one in asked if "answer" in one or "question" in one] == []


def state_of(name: str) -> RegistrationState:
    db.session.expire_all()
    return db.session.scalars(
        select(Registration.state).where(Registration.given_name == name.capitalize())
    ).one()
