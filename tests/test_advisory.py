"""Locks by name: one process holds each, and its death frees it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask

from registration.advisory import Locks
from registration.extensions import db

HOLDER = """
import sys
from sqlalchemy import create_engine
from registration.advisory import Locks
locks = Locks(create_engine(sys.argv[1]))
print(locks.take("plan"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def two(app_context: Flask) -> Iterator[tuple[Locks, Locks]]:
    pair = Locks(db.engine), Locks(db.engine)
    yield pair
    for one in pair:
        one.close()


def test_one_of_two_gets_a_lock_and_the_other_when_it_is_given_back(two: tuple[Locks, Locks]) -> None:
    ours, theirs = two

    assert ours.take("plan")
    assert not theirs.take("plan")
    assert theirs.take("recover")

    ours.give_back("plan")
    assert theirs.take("plan")


def test_threads_of_one_process_do_not_share_a_lock(two: tuple[Locks, Locks]) -> None:
    ours, _ = two

    assert ours.take("plan")
    assert not ours.take("plan")


def test_a_lock_is_held_for_the_time_of_a_block(two: tuple[Locks, Locks]) -> None:
    ours, theirs = two

    with ours.held("plan") as is_ours:
        assert is_ours
        with theirs.held("plan") as is_theirs:
            assert not is_theirs
    assert theirs.take("plan")


def test_a_killed_process_holds_nothing(two: tuple[Locks, Locks]) -> None:
    ours, _ = two
    address = db.engine.url.render_as_string(hide_password=False)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"True\n"
    assert not ours.take("plan")

    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(10)

    assert ours.take("plan")


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_lost_connection_loses_the_locks_and_is_opened_anew(two: tuple[Locks, Locks]) -> None:
    ours, theirs = two
    assert ours.take("plan")
    assert ours.holds("plan")

    with psycopg.connect(_address(), autocommit=True) as killer:
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        )

    assert not ours.holds("plan")
    assert theirs.take("plan")
    assert ours.take("recover")


def _address() -> str:
    return db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
