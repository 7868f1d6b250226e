"""A copy of the database while everything runs, checked before it counts as one."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from registration.errors import NotPossible
from registration.extensions import db

ONLY_MINE = 0o600
MOST_SECONDS = 4 * 3600


def back_up(target: Path) -> int:
    """Write the copy and return its size in bytes; raises NotPossible, and then leaves nothing behind.

    SQLite: one file. PostgreSQL: an archive of `pg_dump`, for `pg_restore`.
    """
    if target.exists():
        raise NotPossible(f"{target} is there already.")
    part = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, ONLY_MINE))
        if db.engine.dialect.name == "sqlite":
            _copy_sqlite(part)
        else:
            _dump_postgresql(part, db.engine.url)
        _wait_for_disk(part)
        part.rename(target)
        _wait_for_disk(target.parent)
    except OSError as problem:
        raise NotPossible(f"{target} cannot be written: {problem.strerror}.") from problem
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def _copy_sqlite(part: Path) -> None:
    """Copy page by page inside one snapshot: writers go on meanwhile."""
    driver: Any = db.engine.dialect.loaded_dbapi
    copy = driver.connect(str(part))
    try:
        with db.engine.connect() as connection:
            connection.connection.driver_connection.backup(copy)  # type: ignore[union-attr] # it is open
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without companions
        answers = [row[0] for row in copy.execute("PRAGMA integrity_check")]
    except driver.Error as problem:
        raise NotPossible(f"The copy failed: {problem}.") from problem
    finally:
        copy.close()
    if answers != ["ok"]:
        raise NotPossible(f"The copy is damaged: {answers[0]}.")


def _dump_postgresql(part: Path, url: URL) -> None:
    """The password goes by the environment: arguments are for everybody on this machine to read."""
    address = url.set(drivername="postgresql", password=None).render_as_string()
    _run(["pg_dump", "--format=custom", "--no-password", f"--file={part}", address], url.password)
    _run(["pg_restore", "--list", str(part)], None)


def _run(command: Sequence[str], password: str | None) -> None:
    program = shutil.which(command[0])
    if program is None:
        raise NotPossible(f"{command[0]} is not installed here: it belongs to PostgreSQL's client programs.")
    secret = {"PGPASSWORD": password} if password else {}
    done = subprocess.run(  # noqa: S603 - a fixed program, no shell
        [program, *command[1:]],
        env=os.environ | secret,
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    if done.returncode:
        last_line = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise NotPossible(f"{command[0]}: {last_line}")


def _wait_for_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
