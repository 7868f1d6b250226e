"""kill -9 of web processes while people register: nothing has happened, or the registration and its mail."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from threading import Event
from uuid import uuid4

import psutil
import pytest
from flask import Flask
from sqlalchemy import func, select

from registration.extensions import db
from registration.models import OutboxMessage, Registration
from registration.vocabulary import MailKind
from tests.clients import Page, Visitor
from tests.faults.numbers import WEB_KILLS
from tests.races.crowd import typed
from tests.servers.ports import wait_until
from tests.servers.processes import LiveServer
from tests.today import make_open_workshop

FORM = "/workshops/rush/register"
PEOPLE_AT_ONCE = 6
BROKEN = (OSError, HTTPException)


@dataclass
class Outcomes:
    """What people saw: form keys by outcome. Who gives up sends the form once, whatever happens."""

    taken: set[str] = field(default_factory=set)
    retried: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)


@pytest.fixture
def killed(app_context: Flask, live_server: Callable[..., LiveServer]) -> Outcomes:
    """Let people register while one web process after the other is killed."""
    server = live_server(workers=2)
    make_open_workshop("rush", capacity=None)
    outcomes, enough = Outcomes(), Event()
    with ThreadPoolExecutor(PEOPLE_AT_ONCE) as people:
        for number in range(PEOPLE_AT_ONCE):
            people.submit(register_until, enough, server.url, range(number, 10**6, PEOPLE_AT_ONCE), outcomes)
        for _ in range(WEB_KILLS):
            before = len(outcomes.taken)
            wait_until(lambda: len(outcomes.taken) > before + 2, pause=0.002)  # noqa: B023 - at once
            time.sleep(random.uniform(0, 0.03))
            kill_one(server)
        enough.set()
    return outcomes


def test_killed_web_process_leaves_nothing_or_the_registration_with_its_mail(killed: Outcomes) -> None:
    keys = list(db.session.scalars(select(Registration.form_key)))

    assert killed.statuses == {303}
    assert killed.given_up  # some kills did hit people in the middle
    assert killed.retried
    assert len(killed.taken) > 20
    assert killed.taken <= set(keys)
    assert set(keys) <= killed.taken | killed.given_up
    assert len(keys) == len(set(keys))
    assert set(mails_per_registration()) == {1}


def mails_per_registration() -> Iterator[int]:
    mine = OutboxMessage.registration_id == Registration.id
    asking = OutboxMessage.kind == MailKind.CONFIRM_ADDRESS
    query = (
        select(func.count(OutboxMessage.id)).select_from(Registration).outerjoin(OutboxMessage, mine & asking)
    )
    yield from db.session.scalars(query.group_by(Registration.id))


def register_until(enough: Event, url: str, people: range, outcomes: Outcomes) -> None:
    """Send one form after the other; all of one visitor, so that kills hit posts and nothing else."""
    visitor = Visitor(url)
    form = persistently(lambda: visitor.get(FORM)).hidden_fields
    for number in people:
        if enough.is_set():
            return
        key = uuid4().hex
        fields = form | typed(number) | {"form_key": key}
        try:
            page = visitor.post(FORM, **fields)
        except BROKEN:
            if number % 4 < 2:
                outcomes.given_up.add(key)
                continue
            outcomes.retried.add(key)
            page = persistently(lambda: visitor.post(FORM, **fields))  # noqa: B023 - at once
        outcomes.statuses.add(page.status)
        outcomes.taken.add(key)


def persistently(ask: Callable[[], Page]) -> Page:
    """Ask until an answer comes: somebody presses the button once more."""
    while True:
        try:
            return ask()
        except BROKEN:
            time.sleep(0.01)


def kill_one(server: LiveServer) -> None:
    workers = psutil.Process(server.processes[0].pid).children()
    if workers:
        random.choice(workers).kill()
