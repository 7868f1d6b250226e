"""What `make run` starts: three programs that answer, end together, and keep the data."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.servers.ports import free_port, wait_until

ROOT = Path(__file__).parent.parent.parent
Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    ports = {"PORT": str(free_port()), "MAILBOX_PORT": str(free_port())}
    return os.environ | ports | {"INSTANCE_DIR": str(tmp_path / "instance")}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def start(environment: dict[str, str], log: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def run() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "scripts.run"]
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(20)


def is_up(process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    return "Ctrl-C ends everything" in log.read_text()


def test_everything_answers_and_ends_together(start: Start, environment: dict[str, str], log: Path) -> None:
    process = start()
    wait_until(lambda: is_up(process, log), seconds=60)
    programs = psutil.Process(process.pid).children(recursive=True)

    for page in ("", "/workshops", "/mailbox", "/sign-in"):
        assert urllib.request.urlopen(f"http://localhost:{environment['PORT']}{page}").status == 200
    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 0
    assert len(programs) >= 5  # honcho, web and its two workers, worker, mailbox
    assert not any(program.is_running() for program in programs)


def test_second_start_keeps_the_data(start: Start, environment: dict[str, str], log: Path) -> None:
    instance = Path(environment["INSTANCE_DIR"])
    seen = []
    for _ in range(2):
        process = start()
        wait_until(lambda process=process: is_up(process, log), seconds=60)
        seen.append(((instance / "secret_key").read_text(), workshops_in(instance)))
        process.terminate()
        process.wait(20)

    assert seen[0] == seen[1]
    assert (instance / "secret_key").stat().st_mode & 0o777 == 0o600


def workshops_in(instance: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(instance / "registration.sqlite3")) as connection:
        return connection.execute("SELECT id, title FROM workshop ORDER BY id").fetchall()


@pytest.mark.parametrize("variable", ["PORT", "MAILBOX_PORT"])
def test_taken_port_is_named_with_the_variable_to_set(
    start: Start, environment: dict[str, str], log: Path, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", int(environment[variable]))):
        process = start()

        assert process.wait(20) == 1
    assert f"Choose another with {variable}=" in log.read_text()
