"""Whoever writes a mail rings at all workers."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from registration.extensions import db, one_transaction, wake_workers
from registration.waking import Bell, bell, ring_after_commit
from tests.factories import make_workshop, submit

SOON = 5.0  # seconds: a ring comes within milliseconds, a machine may be busy
NEVER = 0.2


@pytest.fixture
def two_bells(app_context: Flask) -> Iterator[tuple[Bell, Bell]]:
    bells = bell(db.engine), bell(db.engine)
    for one in bells:
        one.wait(0.01)  # from now on it listens
    yield bells
    for one in bells:
        one.close()


def test_a_mail_rings_at_every_worker_when_it_is_committed(two_bells: tuple[Bell, Bell]) -> None:
    workshop = make_workshop()
    silence(two_bells)

    submit(workshop, "ada")

    assert [one.wait(SOON) for one in two_bells] == [True, True]


def test_nobody_rings_for_what_was_taken_back(two_bells: tuple[Bell, Bell]) -> None:
    with pytest.raises(ZeroDivisionError):
        ring_and_fail()

    assert [one.wait(NEVER) for one in two_bells] == [False, False]


def test_a_change_without_a_mail_does_not_ring(two_bells: tuple[Bell, Bell]) -> None:
    make_workshop()

    assert [one.wait(NEVER) for one in two_bells] == [False, False]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_the_pipe_of_a_dead_worker_goes_away(app_context: Flask, two_bells: tuple[Bell, Bell]) -> None:
    dead = Path(f"{db.engine.url.database}.wake-1-1")
    os.mkfifo(dead)

    ring()

    assert not dead.exists()
    assert two_bells[0].wait(SOON)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_worker_that_hears_nothing_stops_nobody(app_context: Flask, two_bells: tuple[Bell, Bell]) -> None:
    for _ in range(70_000):  # more than a pipe holds
        ring_after_commit(db.engine)

    assert two_bells[0].wait(SOON)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_lost_connection_is_opened_anew(two_bells: tuple[Bell, Bell]) -> None:
    address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as killer:
        killer.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")

    assert not two_bells[0].wait(0.01)
    end = time.monotonic() + 20
    heard = False
    while not heard and time.monotonic() < end:
        ring()
        heard = two_bells[0].wait(0.5)
    assert heard


def ring_and_fail() -> None:
    with one_transaction():
        wake_workers()
        raise ZeroDivisionError


def ring() -> None:
    with one_transaction():
        wake_workers()


def silence(bells: tuple[Bell, Bell]) -> None:
    for one in bells:
        while one.wait(NEVER):
            pass
