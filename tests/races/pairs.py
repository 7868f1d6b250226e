"""Two or three people who do something in the very same moment, straight through the services."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select

from registration.errors import RegistrationError
from registration.extensions import db
from registration.models import Registration, Workshop
from registration.steps.seating import rank
from registration.vocabulary import RegistrationState
from tests.clients import all_at_once
from tests.factories import make_workshop, sign_up

State = RegistrationState


def at_once(app: Flask, *doing: Callable[[], Any]) -> list[str]:
    """Let each do its thing, all starting at the same moment; "done" or "refused", in the order given."""

    def run(one: Callable[[], Any]) -> str:
        with app.app_context():
            try:
                one()
            except RegistrationError:
                return "refused"
            finally:
                db.session.remove()
        return "done"

    db.session.rollback()
    return all_at_once([lambda one=one: run(one) for one in doing])


def meet(number: int, *names: str, **columns: Any) -> tuple[int, ...]:
    """Register people for a workshop of one seat, in this order; its id, then theirs."""
    workshop = make_workshop(slug=f"round-{number}", **({"capacity": 1} | columns))
    return workshop.id, *(come(workshop, number, name) for name in names)


def come(workshop: Workshop, number: int, name: str) -> int:
    """Register somebody whom no other round knows."""
    return sign_up(workshop, name, email=f"{name}.{number}@musterhausen.example.org").id


def states(workshop_id: int) -> dict[str, RegistrationState]:
    """How everybody stands, by given name, as other threads left it; ranks are without gaps."""
    db.session.rollback()
    waiting = list(db.session.scalars(Registration.queue(workshop_id)))
    assert [rank(one) for one in waiting] == list(range(1, len(waiting) + 1))
    found = db.session.scalars(select(Registration).where(Registration.workshop_id == workshop_id))
    return {one.given_name.lower(): one.state for one in found}
