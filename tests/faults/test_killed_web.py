"""kill -9 of web processes while people register: nothing has happened, or the registration and its mail."""

import random
import time
from collections.abc import Callable

import psutil
from flask import Flask

from tests.faults.numbers import WEB_KILLS
from tests.faults.people import People, mails_per_registration, stored_keys
from tests.servers.ports import wait_until
from tests.servers.processes import LiveServer
from tests.today import make_open_workshop


def test_killed_web_process_leaves_nothing_or_the_registration_with_its_mail(
    app_context: Flask, live_server: Callable[..., LiveServer]
) -> None:
    server = live_server(workers=2)
    make_open_workshop("rush", capacity=None)
    people = People(server.url)

    with people.registering():
        for _ in range(WEB_KILLS):
            kill_one_at_work(server, people)

    keys = stored_keys()
    assert set(people.pages) <= {200, 303}
    assert people.given_up  # some kills did hit people in the middle
    assert people.retried
    assert people.taken <= set(keys)
    assert set(keys) <= people.taken | people.given_up
    assert len(keys) == len(set(keys))
    assert mails_per_registration() == {1}


def kill_one_at_work(server: LiveServer, people: People) -> None:
    before = len(people.taken)
    wait_until(lambda: len(people.taken) > before + 2, pause=0.002)
    time.sleep(random.uniform(0, 0.03))
    if workers := psutil.Process(server.processes[0].pid).children():
        random.choice(workers).kill()
