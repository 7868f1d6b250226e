"""Whatever people and organisers do with seats, in any order, many at once (battery row 4)."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from registration.errors import RegistrationError
from registration.extensions import db
from registration.models import Organiser, Question, Registration, Workshop
from registration.rules.transitions import TransitionRefused
from registration.services import publishing, reviewing
from registration.services.confirming import confirm_address
from registration.services.entering import enter_by_hand
from registration.services.moving_up import move_up_everywhere
from registration.services.offering import accept_offer, end_due_offers, let_go
from registration.services.registering import Details, register
from registration.services.withdrawing import undo_withdrawal, withdraw
from registration.vocabulary import RegistrationState
from tests.races.people import TOWNS, person

State = RegistrationState
Told = tuple[str, str, int | None] | None
"""A capacity that was set, with its instant; or an error that should not be; a refusal is an answer."""
CAPACITIES = (0, 3, 4, 5, 6, 8, 12, None)


def operate(chance: random.Random, name: str) -> Told:
    """Do one thing, by chance."""
    operation, weights = list(OPERATIONS), list(OPERATIONS.values())
    now = datetime.now(UTC)
    try:
        return chance.choices(operation, weights)[0](chance, name, now)
    except RegistrationError:
        return None
    except (SQLAlchemyError, TransitionRefused) as error:
        return "failed", f"{type(error).__name__}: {error}"[:300], None
    finally:
        db.session.rollback()


def _register(chance: random.Random, name: str, now: datetime) -> None:
    workshop = _workshop(chance)
    register(workshop, _details(chance, name, workshop), now=now)


def _enter_by_hand(chance: random.Random, name: str, now: datetime) -> None:
    workshop, sure = _workshop(chance), chance.random() < 0.5
    details = _details(chance, name, workshop)
    enter_by_hand(workshop, details, organiser_id=_organiser(), now=now, address_is_confirmed=sure)


def _confirm(_chance: random.Random, _name: str, now: datetime) -> None:
    for one in _some(State.UNCONFIRMED):
        confirm_address(one, now=now)


def _withdraw(_chance: random.Random, _name: str, now: datetime) -> None:
    for one in _some(State.CONFIRMED, State.OFFERED, State.WAITING, State.IN_REVIEW, State.UNCONFIRMED):
        withdraw(one, now=now)


def _come_back(_chance: random.Random, _name: str, now: datetime) -> None:
    for one in _some(State.WITHDRAWN):
        undo_withdrawal(one, now=now)


def _accept(_chance: random.Random, _name: str, now: datetime) -> None:
    for one in _some(State.OFFERED):
        accept_offer(one, now=now)


def _let_go(_chance: random.Random, _name: str, now: datetime) -> None:
    for one in _some(State.OFFERED):
        let_go(one, now=now)


def _end_offers(_chance: random.Random, _name: str, now: datetime) -> None:
    end_due_offers(now=now + timedelta(days=2))


def _approve(chance: random.Random, _name: str, now: datetime) -> None:
    over = chance.random() < 0.2
    chosen = _some(State.IN_REVIEW, State.WAITING, State.OFFERED, count=2)
    reviewing.approve(chosen, organiser_id=_organiser(), now=now, over_capacity=over)


def _decline(_chance: random.Random, _name: str, now: datetime) -> None:
    reviewing.decline(
        _some(State.IN_REVIEW, State.WAITING, State.OFFERED, count=2), organiser_id=_organiser(), now=now
    )


def _cancel(_chance: random.Random, _name: str, now: datetime) -> None:
    reviewing.cancel(_some(State.CONFIRMED, State.OFFERED, State.WAITING), organiser_id=_organiser(), now=now)


def _let_wait(_chance: random.Random, _name: str, now: datetime) -> None:
    chosen = _some(State.IN_REVIEW, State.OFFERED, State.CONFIRMED)
    reviewing.put_on_waiting_list(chosen, organiser_id=_organiser(), now=now)


def _move_up(_chance: random.Random, _name: str, now: datetime) -> None:
    move_up_everywhere(now=now)


def _resize(chance: random.Random, _name: str, now: datetime) -> Told:
    workshop = db.session.get_one(Workshop, _workshop(chance), populate_existing=True)
    capacity = chance.choice(CAPACITIES)
    facts = {name: getattr(workshop, name) for name in publishing.WorkshopFacts.__annotations__}
    facts = publishing.WorkshopFacts(**(facts | {"capacity": capacity}))
    publishing.change(workshop.id, facts, version=workshop.version, organiser_id=_organiser(), now=now)
    return "capacity", now.isoformat(), capacity


OPERATIONS: dict[Callable[[random.Random, str, datetime], Told], int] = {
    _register: 24,
    _confirm: 24,
    _withdraw: 14,
    _accept: 8,
    _let_go: 2,
    _end_offers: 2,
    _approve: 9,
    _enter_by_hand: 5,
    _come_back: 4,
    _decline: 3,
    _cancel: 3,
    _let_wait: 3,
    _move_up: 5,
    _resize: 6,
}


def _workshop(chance: random.Random) -> int:
    return chance.choice(list(db.session.scalars(select(Workshop.id).order_by(Workshop.id))))


def _details(chance: random.Random, name: str, workshop_id: int) -> Details:
    questions = db.session.scalars(select(Question).where(Question.workshop_id == workshop_id))
    answers = {one.id: chance.choice(one.options) for one in questions}
    return replace(person(name, chance.choice(TOWNS)), answers=answers)


def _organiser() -> int:
    return db.session.scalars(select(Organiser.id)).one()


def _some(*states: RegistrationState, count: int = 1) -> list[int]:
    query = select(Registration.id).where(Registration.state.in_(states)).order_by(func.random()).limit(count)
    found = list(db.session.scalars(query))
    db.session.rollback()
    return found
