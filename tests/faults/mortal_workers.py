"""Workers that are born quickly and die in the middle of their work.

As a program it waits for lines: for each it forks one worker, prints its process id, waits for its death, and
says what of. The line says which: `worker` is that of the product; `worker die 3 fenced` kills itself when it
is behind its third fence, `worker sleep 3 fenced` stops there until it is woken (see moments.py); `naive`
sends as one would with Flask-Mail alone.
"""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
from flask import Flask

from tests.servers.ports import wait_until
from tests.servers.processes import ROOT, LiveServer

SIGNALS = {"die": signal.SIGKILL, "sleep": signal.SIGSTOP}
MOST_SECONDS = 120


class MortalWorkers:
    """The program, from outside."""

    def __init__(self, server: LiveServer) -> None:
        command = [sys.executable, "-m", "tests.faults.mortal_workers"]
        self.log = server.folder / f"mortal-workers-{os.urandom(4).hex()}.log"
        with self.log.open("wb") as log:
            self._program = subprocess.Popen(
                command,
                cwd=ROOT,
                env=server.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
                start_new_session=True,
            )

    def bear(self, which: str = "worker") -> int:
        """Start one; its process id."""
        assert self._program.stdin is not None
        self._program.stdin.write(f"{which}\n")
        return int(self._line())

    def die_at(self, moment: str, number: int = 1) -> None:
        """Start one that kills itself at this moment, and wait for it."""
        self.bear(f"worker die {number} {moment}")
        self.wait_for_death()

    def sleep_at(self, moment: str, number: int = 1) -> int:
        """Start one that stops at this moment, wait until it does; its process id."""
        worker = self.bear(f"worker sleep {number} {moment}")
        wait_until(lambda: psutil.Process(worker).status() == psutil.STATUS_STOPPED, pause=0.002)
        return worker

    def kill(self, worker: int) -> None:
        with contextlib.suppress(ProcessLookupError):  # it had ended by itself
            os.kill(worker, signal.SIGKILL)
        self._line()

    def wait_for_death(self) -> None:
        assert self._line() == f"dead {-signal.SIGKILL}"  # by its own hand, and not because nothing happened

    def close(self) -> None:
        """End the program and whoever it has born, also who sleeps."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._program.pid, signal.SIGKILL)
        self._program.wait(20)

    def _line(self) -> str:
        assert self._program.stdout is not None
        return self._program.stdout.readline().strip()


def main() -> None:
    from registration import create_app

    app = create_app()
    is_warm = False
    for line in sys.stdin:
        is_warm = is_warm or _warm_up(app)
        child = os.fork()
        if child == 0:
            _live(app, line.strip().split(maxsplit=3))
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(f"dead {os.waitstatus_to_exitcode(status)}", flush=True)


def _warm_up(app: Flask) -> bool:
    """Compile statements and templates once and not in each worker; nothing is sent."""
    from registration import clock, jobs
    from registration.extensions import db
    from registration.mail.outgoing import read_together
    from registration.steps.preparing import prepare

    with app.app_context():
        for job in jobs.JOBS:
            if job is not jobs.DELIVER:
                job.run(app)
        for outgoing in read_together([1]).values():
            prepare(outgoing, clock.now())
        db.session.rollback()
        db.engine.dispose()  # no line to the database is shared with those who are born
    return True


def _live(app: Flask, words: list[str]) -> None:
    from registration import jobs
    from tests.faults.moments import strike
    from tests.faults.naive_worker import send_naively

    sys.stdin.close()
    if words[0] == "naive":
        send_naively(app)
        return
    if words[1:]:
        _, how, number, moment = words
        signal.alarm(MOST_SECONDS)
        if (
            how == "sleep"
        ):  # nothing else of it may be in the middle of writing: on SQLite all others would wait
            jobs.JOBS = (jobs.DELIVER,)
        strike(moment, int(number), SIGNALS[how])
    with app.app_context():
        jobs.run_worker(app)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent.parent))
    main()
