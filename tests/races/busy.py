"""A process whose threads do one thing over and over, straight through the services.

`python -m tests.races.busy wsgi:app mixed 8 100 1 told.json`: eight threads do a hundred things each; 1
numbers the process, and seeds chance. What they tell goes into a file of its own: in the log, lines of many
threads run into each other.
"""

import json
import random
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
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
    files = [server.folder / f"told-{number}.json" for number in range(processes)]
    started = [server.start(*command, str(number), str(file)) for number, file in enumerate(files)]
    for process in started:
        assert process.wait(1_200) == 0, server.logs()[-6_000:]
    return [one for file in files for one in json.loads(file.read_text())]


def _work(app: Flask, work: Work, times: int, name: str) -> list[Any]:
    chance = random.Random(name)
    with app.app_context():
        told = [work(chance, f"{name}.{number}") for number in range(times)]
        db.session.remove()
    return [one for one in told if one is not None]


def main(application: str, what: str, threads: str, times: str, process: str, told: str) -> None:
    module, _, name = application.partition(":")
    app: Flask = getattr(import_module(module), name)
    names = [f"{process}.{number}" for number in range(int(threads))]
    with ThreadPoolExecutor(int(threads)) as pool:
        threads_told = pool.map(lambda name: _work(app, WORKS[what], int(times), name), names)
        Path(told).write_text(json.dumps([one for each in threads_told for one in each]))


if __name__ == "__main__":
    main(*sys.argv[1:])
