"""The product as it really runs: gunicorn and workers as processes, ended by their id."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.servers.missing import program
from tests.servers.ports import wait_until

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = Path(sys.executable).parent
UNDER_FAKETIME = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "PYTHONPATH": str(Path(__file__).parent / "faketime")}


class LiveServer:
    """One installation on a database of its own. `url` answers once `start_web()` has returned."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.folder = folder
        # Open before anybody listens: no other program can take the port, also while the web restarts.
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"http://localhost:{self.socket.getsockname()[1]}"
        defaults = {
            "APP_ENV": "test",
            "SECRET_KEY": "test-secret-key-" * 3,
            "MAIL_PER_MINUTE": "0",
            "FORM_MINIMUM_SECONDS": "0",
            "REGISTRATIONS_PER_CLIENT_PER_HOUR": "100000",
            "MAIL_QUIET_FROM": "",
            "MAIL_QUIET_UNTIL": "",
            "PUBLIC_URL": self.url,
            "INSTANCE_DIR": folder,
            "FLASK_APP": "wsgi",
            "TZ": "UTC",
            "PYTHONUNBUFFERED": "1",
        }
        inherited = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        self.environment = inherited | {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
        self.environment |= {
            name: str(value) for name, value in (defaults | settings).items() if value is not None
        }
        self.processes: list[subprocess.Popen[bytes]] = []
        self._logs = 0

    def start_web(
        self,
        workers: int = 2,
        threads: int = 2,
        at: datetime | None = None,
        application: str = "wsgi:app",
    ) -> subprocess.Popen[bytes]:
        bind = f"fd://{self.socket.fileno()}"
        command = [
            "gunicorn",
            application,
            "--bind",
            bind,
            "--worker-class",
            "gthread",
            "--no-control-socket",
            "--preload",
        ]
        command += ["--workers", str(workers), "--threads", str(threads), "--graceful-timeout", "3"]
        process = self.start(*command, at=at)
        wait_until(lambda: self._answers(process))
        return process

    def start_worker(self, at: datetime | None = None) -> subprocess.Popen[bytes]:
        """Start `flask worker`; with `at` it believes that it starts at this instant."""
        return self.start("flask", "worker", at=at)

    def flask(self, *arguments: str, at: datetime | None = None) -> str:
        """Run a command to its end and return what it printed."""
        process = self.start("flask", *arguments, at=at)
        assert process.wait(60) == 0, self.logs()
        return self._log_of(process)

    def start(self, *command: str, at: datetime | None = None) -> subprocess.Popen[bytes]:
        self._logs += 1
        log = self.folder / f"{self._logs:02}-{'-'.join(command[:2]).replace(':', '-')}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*_believing(at), *command],
                cwd=ROOT,
                env=self.environment | (UNDER_FAKETIME if at else {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[self.socket.fileno()],
                start_new_session=True,
            )
        process.log = log  # type: ignore[attr-defined]
        self.processes.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
        """End a process and its children, and wait for it."""
        if process.poll() is None:
            os.killpg(process.pid, number)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        wait_until(lambda: not _group_lives(process.pid))  # a wrapper (faketime) may end before its program
        for left in Path("/dev/shm").glob(f"*faketime_*_{process.pid}"):  # would stop the next of this number
            left.unlink(missing_ok=True)

    def close(self) -> None:
        for process in reversed(self.processes):
            self.stop(process)
        self.socket.close()

    def logs(self) -> str:
        """What all processes have printed, for the message of a failure."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')}" for log in sorted(self.folder.glob("*.log"))
        )

    def _log_of(self, process: subprocess.Popen[bytes]) -> str:
        return str(process.log.read_text(errors="replace"))  # type: ignore[attr-defined]

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        assert process.poll() is None, f"the web server ended:\n{self.logs()}"
        try:
            urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()
        except urllib.error.HTTPError:
            return True  # it answers; whether it is well is another question
        except OSError:
            return False
        return True


def _believing(at: datetime | None) -> list[str]:
    if at is None:
        return []
    return [program("faketime"), "-f", f"@{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"]


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
