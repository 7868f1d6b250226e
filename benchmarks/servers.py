"""Processes to measure: both apps under the same gunicorn, the worker, and a mail server that only counts."""

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

    def __init__(self, port: int, received: Path, last_mail: Path, log: Path) -> None:
        self.port, self._log = port, log
        self._received, self._last_mail = received, last_mail
        self._forgotten = 0

    @property
    def last_mail(self) -> bytes:
        return self._last_mail.read_bytes()

    def received(self) -> list[tuple[str, float]]:
        """Recipient and instant (time.monotonic()) of each mail since `forget()`."""
        text = self._received.read_text()[self._forgotten :] if self._received.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        pairs = (line.split(" ", 1) for line in whole.splitlines())
        return [(recipient, float(instant)) for instant, recipient in pairs]

    def forget(self) -> None:
        """Count anew from here."""
        self._forgotten = len(self._received.read_text()) if self._received.exists() else 0

    def wait_for(self, count: int, seconds: float) -> float:
        """Wait for so many mails; return how many arrived per second between first and last."""
        wait_until(lambda: len(self.received()) >= count, f"fewer than {count} mails", self._log, seconds)
        instants = sorted(instant for _recipient, instant in self.received())[:count]
        return (count - 1) / max(instants[-1] - instants[0], 1e-9)

    def wait_for_all(self, recipients: set[str], seconds: float) -> None:
        """Wait until each of them has got a mail."""

        def have_all() -> bool:
            return recipients <= {recipient for recipient, _instant in self.received()}

        wait_until(have_all, "some mails did not arrive", self._log, seconds)


@contextmanager
def sink(folder: Path, name: str, port: int, certificate: Path | None = None) -> Iterator[Sink]:
    """A fresh mail server that accepts everything; STARTTLS with a certificate."""
    received, last_mail, log = folder / f"{name}.received", folder / f"{name}.eml", folder / f"{name}.log"
    command = ["benchmarks.sink", str(port), str(received), str(last_mail)]
    with running(command + ([str(certificate)] if certificate else []), {}, log):
        wait_until(lambda: _listens(port), "the mail sink does not answer", log)
        yield Sink(port, received, last_mail, log)


@contextmanager
def distance(folder: Path, port: int, server_port: int, milliseconds: float) -> Iterator[None]:
    """A port behind which a server seems to be a round trip of so many milliseconds away."""
    log = folder / "distance.log"
    with running(["benchmarks.distance", str(port), str(server_port), str(milliseconds)], {}, log):
        wait_until(lambda: _listens(port), "the long way does not answer", log)
        yield


def megabytes(*processes: Process) -> float:
    """Proportional set size of the processes and their children: shared pages are counted once."""
    return sum(one.memory_full_info().pss for one in _family(*processes)) / 1024**2


def cpu_seconds(*processes: Process) -> float:
    """Processor time, own and the system's, that the processes and their children have used so far."""
    times = [one.cpu_times() for one in _family(*processes)]
    return sum(one.user + one.system for one in times)


def _family(*processes: Process) -> list[psutil.Process]:
    family = [psutil.Process(process.pid) for process in processes]
    return family + [child for one in family for child in one.children(recursive=True)]


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
