"""Processes to measure: both apps under the same gunicorn, the worker, and a mail server that only counts."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
WORKERS, THREADS = 2, 2
GUNICORN = f"gunicorn, {WORKERS} workers x {THREADS} threads"
Process = subprocess.Popen[bytes]


@contextmanager
def running(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[Process]:
    """Run a program until the block ends; its output goes to a file."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextmanager
def web(app: str, port: int, environment: Mapping[str, str], log: Path) -> Iterator[Process]:
    """Serve an app, both apps alike, and wait until it answers."""
    command = ["gunicorn", app, "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--preload"]
    command += ["--workers", str(WORKERS), "--threads", str(THREADS), "--no-control-socket"]
    with running([*command, "--log-level", "warning"], environment, log) as process:
        wait_until(lambda: _answers(port, process, log), "the web server does not answer", log)
        yield process


@contextmanager
def worker(environment: Mapping[str, str], log: Path) -> Iterator[Process]:
    with running(["flask", "--app", "wsgi", "worker"], environment, log) as process:
        yield process


class Sink:
    """The other end of the mails, in a process of its own (see sink.py)."""

    def __init__(self, port: int, report: Path, log: Path) -> None:
        self.port, self.report, self._log = port, report, log

    @property
    def count(self) -> int:
        return int(self._read()["count"]) if self.report.exists() else 0

    def wait_for(self, count: int, seconds: float) -> float:
        """Wait for so many mails in all; return how many arrived per second between first and last."""
        wait_until(lambda: self.count >= count, f"fewer than {count} mails arrived", self._log, seconds)
        read = self._read()
        return float((read["count"] - 1) / max(read["last"] - read["first"], 1e-9))

    def _read(self) -> dict[str, float]:
        found: dict[str, float] = json.loads(self.report.read_text())
        return found


@contextmanager
def sink(folder: Path, name: str, port: int) -> Iterator[Sink]:
    """A fresh counting mail server; the last mail stays in `<name>.eml`."""
    report, log = folder / f"{name}.json", folder / f"{name}.log"
    command = ["benchmarks.sink", str(port), str(report), str(folder / f"{name}.eml")]
    with running(command, {}, log):
        wait_until(lambda: _listens(port), "the mail sink does not answer", log)
        yield Sink(port, report, log)


def megabytes(*processes: Process) -> float:
    """Proportional set size of the processes and their children: shared pages are counted once."""
    family = [psutil.Process(process.pid) for process in processes]
    family += [child for one in list(family) for child in one.children(recursive=True)]
    return sum(one.memory_full_info().pss for one in family) / 1024**2


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_until(question: Callable[[], object], otherwise: str, log: Path, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            raise SystemExit(f"{otherwise}:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _answers(port: int, process: Process, log: Path) -> bool:
    if process.poll() is not None:
        raise SystemExit(f"the web server ended:\n{log.read_text(errors='replace')[-3000:]}")
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
