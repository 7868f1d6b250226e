"""Two things at once about one seat: whichever comes first, it is given once, and each mail written once."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from registration.extensions import db
from registration.models import OutboxMessage, Registration, Workshop
from registration.services import scheduling
from registration.services.confirming import confirm_address
from registration.services.moving_up import move_up_everywhere
from registration.services.offering import accept_offer, end_due_offers, let_go
from registration.services.registering import Details
from registration.services.substituting import name_substitute
from registration.services.withdrawing import withdraw
from registration.vocabulary import MailKind, RegistrationState
from tests.factories import START, instant, make_organiser, make_workshop, submit
from tests.faults.numbers import PAIRS
from tests.races.answers import mails_per_answer, untrue_states
from tests.races.pairs import at_once, meet, states
from tests.times import NOW

State = RegistrationState
LATER = NOW + timedelta(hours=1)
END = NOW + timedelta(hours=24)
ROUNDS = range(PAIRS)


@pytest.fixture(autouse=True)
def journal_and_outbox_agree(app_context: Flask) -> Iterator[None]:
    yield
    db.session.rollback()
    assert untrue_states() == []
    assert set(mails_per_answer().values()) == {1}


def test_withdrawing_and_moving_up(app: Flask) -> None:
    for number in ROUNDS:
        workshop, ada, ben, _cleo = meet(number, "ada", "ben", "cleo")

        at_once(
            app,
            partial(withdraw, ada, now=LATER),
            partial(withdraw, ben, now=LATER),
            partial(move_up_everywhere, now=LATER),
        )

        assert states(workshop) == {"ada": State.WITHDRAWN, "ben": State.WITHDRAWN, "cleo": State.CONFIRMED}


def test_passing_a_seat_on_and_withdrawing(app: Flask) -> None:
    for number in ROUNDS:
        workshop, ada, _ben = meet(number, "ada", "ben")
        dora = named(ada, number)

        answers = at_once(app, partial(confirm_address, dora, now=LATER), partial(withdraw, ada, now=LATER))

        passed = {"ada": State.SUBSTITUTED, "ben": State.WAITING, "dora": State.CONFIRMED}
        withdrawn = {"ada": State.WITHDRAWN, "ben": State.CONFIRMED, "dora": State.WAITING}
        assert states(workshop) == (withdrawn if answers == ["done", "done"] else passed)


def test_accepting_an_offer_while_it_ends(app: Flask) -> None:
    for number in ROUNDS:
        workshop, ben = asked(number, "ben", "cleo")

        in_time = partial(accept_offer, ben, now=END - timedelta(microseconds=1))
        answers = at_once(app, in_time, partial(end_due_offers, now=END))

        accepted = {"ada": State.WITHDRAWN, "ben": State.CONFIRMED, "cleo": State.WAITING}
        ended = {"ada": State.WITHDRAWN, "ben": State.LAPSED, "cleo": State.OFFERED}
        assert states(workshop) == (accepted if answers[0] == "done" else ended)


def test_two_workers_that_end_the_same_offer(app: Flask) -> None:
    for number in ROUNDS:
        workshop, ben = asked(number, "ben", "cleo", "dora")

        end = partial(end_due_offers, now=END)
        at_once(app, end, end, partial(move_up_everywhere, now=END))

        assert states(workshop) == {
            "ada": State.WITHDRAWN,
            "ben": State.LAPSED,
            "cleo": State.OFFERED,
            "dora": State.WAITING,
        }
        assert mails_to(ben) == [
            *(MailKind.CONFIRM_ADDRESS, MailKind.WAITING_LIST, MailKind.SEAT_OFFERED, MailKind.OFFER_ENDED)
        ]
        withdraw_all(workshop)


def test_accepting_twice_and_letting_go(app: Flask) -> None:
    for number in ROUNDS:
        workshop, ben = asked(number, "ben", "cleo")

        accept = partial(accept_offer, ben, now=LATER)
        answers = at_once(app, accept, accept, partial(let_go, ben, now=LATER))

        accepted = {"ada": State.WITHDRAWN, "ben": State.CONFIRMED, "cleo": State.WAITING}
        passed_on = {"ada": State.WITHDRAWN, "ben": State.WITHDRAWN, "cleo": State.OFFERED}
        assert answers in (["done", "done", "refused"], ["refused", "refused", "done"])
        assert states(workshop) == (accepted if answers[0] == "done" else passed_on)


def test_moving_the_workshop_while_people_confirm(app: Flask) -> None:
    organiser, app.config["SEAT_HOLD_HOURS"] = make_organiser().id, 0  # seats are given when people confirm
    for number in ROUNDS:
        workshop = make_workshop(slug=f"round-{number}", capacity=2)
        people = [
            submit(workshop, name, email=f"{name}.{number}@musterhausen.example.org").id
            for name in ("ada", "ben", "cleo")
        ]
        workshop_id, move = workshop.id, moving(workshop, organiser)

        answers = at_once(app, move, *(partial(confirm_address, one, now=LATER) for one in people))

        assert answers == ["done"] * 4
        assert sorted(states(workshop_id).values()) == [State.CONFIRMED, State.CONFIRMED, State.WAITING]
        moved = db.session.get_one(Workshop, workshop_id)
        assert moved.starts_at == instant(START + timedelta(days=7))
        assert all(kinds.count(MailKind.WORKSHOP_CHANGED) <= 1 for kinds in map(mails_to, people))


def asked(number: int, *names: str) -> tuple[int, int]:
    """A workshop that asks first, whose seat Ada has given back: its id, and who is asked."""
    workshop, ada, first, *_ = meet(number, "ada", *names, asks_before_moving_up=True)
    withdraw(ada, now=NOW)
    return workshop, first


def named(registration_id: int, number: int) -> int:
    """Dora is to take her seat, and has not confirmed yet."""
    email = f"dora.{number}@musterhausen.example.org"
    colleague = Details(given_name="Dora", family_name="Dietrich", email=email, organisation="")
    name_substitute(registration_id, colleague, now=NOW)
    return db.session.scalars(select(Registration.id).where(Registration.email == email)).one()


def moving(workshop: Workshop, organiser: int) -> partial[object]:
    """Move its only session by a week."""
    session, start = workshop.sessions[0], START + timedelta(days=7)
    facts = scheduling.SessionFacts(starts_local=start, ends_local=start + timedelta(hours=2))
    return partial(
        scheduling.change_session,
        *(workshop.id, session.id, facts),
        version=workshop.version,
        organiser_id=organiser,
        now=LATER,
    )


def mails_to(registration_id: int) -> list[MailKind]:
    of_person = OutboxMessage.registration_id == registration_id
    return list(db.session.scalars(select(OutboxMessage.kind).where(of_person).order_by(OutboxMessage.id)))


def withdraw_all(workshop_id: int) -> None:
    """So that the offers of this round do not end in the next one."""
    for one in list(db.session.scalars(Registration.live(workshop_id).with_only_columns(Registration.id))):
        withdraw(one, now=END)
