"""Workers that are born quickly and die in the middle of their work.

As a program it waits for lines: for each it forks one worker, prints its process id, waits for its death, and
says so. The line says which: `worker` is that of the product; `worker after fence 3` kills itself when this
function has returned for the third time; `naive` sends as one would with Flask-Mail alone.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from tests.servers.processes import ROOT, LiveServer

DEADLY: dict[str, str] = {
    "claim": "registration.services.delivering:_claim",
    "offer": "registration.mail.transport:Transport.offer",
    "fence": "registration.services.delivering:_fence",
    "complete": "registration.mail.transport:Transport.complete",
    "record": "registration.services.delivering:_record",
}
"""Where a worker can be told to die: after these have returned."""


class MortalWorkers:
    """The program, from outside."""

    def __init__(self, server: LiveServer) -> None:
        command = [sys.executable, "-m", "tests.faults.mortal_workers"]
        with (server.folder / "mortal-workers.log").open("wb") as log:
            self._program = subprocess.Popen(
                command,
                cwd=ROOT,
                env=server.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
            )

    def bear(self, which: str = "worker") -> int:
        """Start one; its process id."""
        assert self._program.stdin is not None
        self._program.stdin.write(f"{which}\n")
        return int(self._line())

    def kill(self, worker: int) -> None:
        with contextlib.suppress(ProcessLookupError):  # it had ended by itself
            os.kill(worker, signal.SIGKILL)
        self.wait_for_death()

    def wait_for_death(self) -> None:
        assert self._line() == "dead"

    def close(self) -> None:
        assert self._program.stdin is not None
        self._program.stdin.close()
        self._program.wait(20)

    def _line(self) -> str:
        assert self._program.stdout is not None
        return self._program.stdout.readline().strip()


def main() -> None:
    from registration import create_app

    app = create_app()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _live(app, line.split())
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("dead", flush=True)


def _live(app: Flask, words: list[str]) -> None:
    from registration import jobs
    from tests.faults.naive_worker import send_naively

    sys.stdin.close()
    if words[0] == "naive":
        send_naively(app)
        return
    if words[1:]:
        _die_after(DEADLY[words[2]], int(words[3]))
    with app.app_context():
        jobs.run_worker(app)


def _die_after(place: str, times: int) -> None:
    module, _, path = place.partition(":")
    *owners, name = path.split(".")
    owner: Any = sys.modules[module]
    for one in owners:
        owner = getattr(owner, one)
    setattr(owner, name, _dying(getattr(owner, name), times))


def _dying(function: Callable[..., Any], times: int) -> Callable[..., Any]:
    calls = 0

    def call(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        result = function(*arguments, **named)
        calls += 1
        if calls == times:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent.parent))
    main()
