"""60 people at once for 12 seats on site and 20 online: each option gives exactly its seats."""

from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from registration.extensions import db
from registration.models import Answer, Question
from registration.steps.counting import full_options
from registration.steps.seating import rank
from registration.vocabulary import QuestionKind, RegistrationState
from tests.factories import save
from tests.faults.numbers import RUSHES_FOR_OPTIONS
from tests.races.crowd import Crowd, in_state
from tests.servers.processes import LiveServer
from tests.times import NOW
from tests.today import make_open_workshop

PEOPLE = 60
LIMITS = {"vor Ort": 12, "online": 20}


@pytest.mark.parametrize("hours_held", [2, 0], ids=["seat_held_by_form", "seat_given_at_confirmation"])
def test_sixty_at_once_for_two_limited_options(
    app_context: Flask, live_server: Callable[..., LiveServer], hours_held: int
) -> None:
    server = live_server(workers=2, SEAT_HOLD_HOURS=hours_held)
    for number in range(RUSHES_FOR_OPTIONS):
        question = rush(server, f"options-{number}")

        assert seats_by_option(question) == LIMITS
        waiting = in_state(f"options-{number}", RegistrationState.WAITING)
        assert sorted(map(rank, waiting)) == list(range(1, PEOPLE - sum(LIMITS.values()) + 1))
        assert {"option_full:vor%20Ort", "option_full:online"} == {one.state_reason for one in waiting}
        assert full_options(question.workshop, now=NOW) == {(question.id, option) for option in LIMITS}


def test_without_the_lock_options_are_given_twice(
    app_context: Flask, live_server: Callable[..., LiveServer]
) -> None:
    server = live_server(workers=2, threads=8, SEAT_HOLD_HOURS=0, application="tests.races.without_lock:app")

    assert any(seats_by_option(rush(server, f"options-{number}")) != LIMITS for number in range(5))


def rush(server: LiveServer, slug: str) -> Question:
    """Let everybody register and confirm, each half for one of the options."""
    workshop = make_open_workshop(slug, capacity=None)
    question = save(
        Question(
            workshop_id=workshop.id,
            kind=QuestionKind.CHOICE,
            label="Wie nehmen Sie teil?",
            options=list(LIMITS),
            option_limits=LIMITS,
        )
    )
    field, options = question.field_name, list(LIMITS)
    db.session.rollback()
    crowd = Crowd(server.url, slug, PEOPLE, lambda number: {field: options[number % 2]})
    assert crowd.submit() == {303: PEOPLE}
    assert crowd.confirm() == {303: PEOPLE}
    return question


def seats_by_option(question: Question) -> Counter[str]:
    """How many people with a seat have chosen what."""
    db.session.rollback()
    slug, question_id = question.workshop.slug, question.id
    seated = [one.id for one in in_state(slug, RegistrationState.CONFIRMED)]
    chosen = select(Answer.value).where(Answer.question_id == question_id, Answer.registration_id.in_(seated))
    return Counter(db.session.scalars(chosen))
