"""A process whose threads do one thing over and over, straight through the services.

`python -m tests.races.busy wsgi:app mixed 8 100 1`: eight threads do a hundred things each; 1 numbers the
process, and seeds chance. Prints what each thread tells, a line of JSON each.
"""

import json
import random
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

from flask import Flask

from registration.extensions import db
from tests.races.mixed_operations import operate
from tests.races.rush_of_services import attempt
from tests.servers.processes import LiveServer

Work = Callable[[random.Random, str], Any]
WORKS: dict[str, Work] = {"mixed": operate, "rush": attempt}


def all_processes(
    server: LiveServer,
    work: str,
    *,
    times: int,
    processes: int = 2,
    threads: int = 8,
    application: str = "wsgi:app",
) -> list[Any]:
    """Let processes with threads do the work so often altogether; what they told."""
    each = str(-(-times // (processes * threads)))
    command = ["python", "-m", "tests.races.busy", application, work, str(threads), each]
    started = [server.start(*command, str(number)) for number in range(processes)]
    told = []
    for process in started:
        assert process.wait(1_200) == 0, server.logs()[-6_000:]
        lines = process.log.read_text().splitlines()  # type: ignore[attr-defined]
        told += [json.loads(line) for line in lines if line.startswith("[")]
    return [one for thread in told for one in thread]


def _work(app: Flask, work: Work, times: int, name: str) -> list[Any]:
    chance = random.Random(name)
    with app.app_context():
        told = [work(chance, f"{name}.{number}") for number in range(times)]
        db.session.remove()
    return [one for one in told if one is not None]


def main(application: str, what: str, threads: str, times: str, process: str) -> None:
    module, _, name = application.partition(":")
    app: Flask = getattr(import_module(module), name)
    names = [f"{process}.{number}" for number in range(int(threads))]
    with ThreadPoolExecutor(int(threads)) as pool:
        for told in pool.map(lambda name: _work(app, WORKS[what], int(times), name), names):
            print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
