"""60 people at once for 16 seats: exactly 16 get one, whatever the database and the two web processes do."""

from collections.abc import Callable

import pytest
from flask import Flask

from registration.steps.seating import rank
from registration.vocabulary import RegistrationState
from tests.faults.numbers import ATTEMPTS, RUSHES, RUSHES_OF_SERVICES, RUSHES_TO_CONFIRM
from tests.races.busy import all_processes
from tests.races.crowd import Crowd, confirm_tokens, in_state
from tests.servers.processes import LiveServer
from tests.today import make_open_workshop

PEOPLE, SEATS = 60, 16


@pytest.mark.parametrize(
    ("hours_held", "times"),
    [(2, RUSHES), (0, RUSHES_TO_CONFIRM)],
    ids=["seat_held_by_form", "seat_given_at_confirmation"],
)
def test_sixty_at_once_for_sixteen_seats(
    app_context: Flask, live_server: Callable[..., LiveServer], hours_held: int, times: int
) -> None:
    often = {"REGISTRATIONS_PER_ADDRESS_PER_HOUR": times}  # it is always the same crowd
    server = live_server(workers=2, SEAT_HOLD_HOURS=hours_held, **often)
    for number in range(times):
        slug = f"rush-{number}"
        make_open_workshop(slug, capacity=SEATS)
        crowd = Crowd(server.url, slug, PEOPLE)

        assert crowd.submit() == {303: PEOPLE}
        assert crowd.confirm() == {303: PEOPLE}

        waiting = in_state(slug, RegistrationState.WAITING)
        assert len(in_state(slug, RegistrationState.CONFIRMED)) == SEATS
        assert sorted(map(rank, waiting)) == list(range(1, PEOPLE - SEATS + 1))


def test_attempts_straight_at_the_service_sell_every_seat_once(
    app_context: Flask, live_server: Callable[..., LiveServer]
) -> None:
    server = live_server(workers=0, DATABASE_POOL_SIZE=10)
    for number in range(RUSHES_OF_SERVICES):
        slug = f"rush-{number}"
        make_open_workshop(slug, capacity=SEATS, has_waiting_list=False)

        taken = all_processes(server, "rush", times=ATTEMPTS)

        assert len(taken) >= ATTEMPTS
        holding = in_state(slug, RegistrationState.UNCONFIRMED)
        assert sum(taken) == len(holding) == SEATS
        assert len(confirm_tokens(slug)) == SEATS


def test_without_the_lock_seats_are_given_twice(
    app_context: Flask, live_server: Callable[..., LiveServer]
) -> None:
    # more at once than the product runs with, and up to five rounds: one alone is a matter of luck
    server = live_server(workers=2, threads=8, SEAT_HOLD_HOURS=0, application="tests.races.without_lock:app")

    assert any(_seats_given(server, f"rush-{number}") > SEATS for number in range(5))


def _seats_given(server: LiveServer, slug: str) -> int:
    make_open_workshop(slug, capacity=SEATS)
    crowd = Crowd(server.url, slug, PEOPLE)
    crowd.submit()
    crowd.confirm()
    return len(in_state(slug, RegistrationState.CONFIRMED))
