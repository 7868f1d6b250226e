"""What the example participants did, told to the real use cases in the order in which it happened."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from registration.extensions import db
from registration.models import Question, Registration, Workshop
from registration.services import confirming, entering, lapsing, registering, reviewing, withdrawing


@dataclass(frozen=True)
class Offer:
    """A workshop that the examples register for, and its questions by their key."""

    workshop_id: int
    question_ids: Mapping[str, int]


@dataclass(frozen=True)
class Step:
    """One thing that happened: a key of `_STEPS`, to the person as written down."""

    at: datetime
    name: str
    offer: Offer
    person: Mapping[str, Any]


def offer(workshop: Workshop, questions: Mapping[str, Question]) -> Offer:
    return Offer(workshop.id, {key: question.id for key, question in questions.items()})


def tell(
    people: Mapping[str, list[dict[str, Any]]],
    offers: Mapping[str, Offer],
    *,
    organiser_id: int,
    now: datetime,
) -> None:
    """Let it all happen again, at its time, each in a transaction of its own."""
    steps = [step for slug, group in people.items() for step in _steps(group, offers[slug], now)]
    for step in sorted(steps, key=lambda one: one.at):
        _STEPS[step.name](step, organiser_id)


def _steps(group: list[dict[str, Any]], offer: Offer, now: datetime) -> Iterator[Step]:
    for person in group:
        sent_at = now - timedelta(hours=person["hours_ago"])
        yield Step(sent_at, "enter_by_hand" if person.get("by_hand") else "register", offer, person)
        for name, hours in person.get("then", {}).items():
            yield Step(sent_at + timedelta(hours=hours), name, offer, person)


def _details(step: Step) -> registering.Details:
    given_name, _, family_name = step.person["name"].partition(" ")
    answers = step.person.get("answers", {})
    return registering.Details(
        given_name=given_name,
        family_name=family_name,
        email=step.person["email"],
        organisation=step.person["organisation"],
        role=step.person["role"],
        note=step.person.get("note", ""),
        answers={step.offer.question_ids[key]: value for key, value in answers.items()},
    )


def _id(step: Step) -> int:
    found = select(Registration.id).where(
        Registration.workshop_id == step.offer.workshop_id, Registration.email == step.person["email"]
    )
    return db.session.scalars(found).one()


def _decide(decision: Callable[..., int]) -> Callable[[Step, int], object]:
    def decided(step: Step, organiser_id: int) -> int:
        text = step.person.get("text", "")
        return decision([_id(step)], organiser_id=organiser_id, now=step.at, text=text)

    return decided


_STEPS: Mapping[str, Callable[[Step, int], object]] = {
    "register": lambda step, _: registering.register(step.offer.workshop_id, _details(step), now=step.at),
    "enter_by_hand": lambda step, organiser_id: entering.enter_by_hand(
        step.offer.workshop_id,
        _details(step),
        organiser_id=organiser_id,
        now=step.at,
        address_is_confirmed=True,
    ),
    "confirm": lambda step, _: confirming.confirm_address(_id(step), now=step.at),
    "withdraw": lambda step, _: withdrawing.withdraw(_id(step), now=step.at),
    "lapse": lambda step, _: lapsing.lapse_unconfirmed(now=step.at),
    "approve": _decide(reviewing.approve),
    "decline": _decide(reviewing.decline),
    "wait": _decide(reviewing.put_on_waiting_list),
    "cancel": _decide(reviewing.cancel),
}
