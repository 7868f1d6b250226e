"""A full disk under SQLite: a friendly page, nothing half-written, and all goes on when there is room."""

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from registration.vocabulary import OutboxState
from tests.faults.numbers import FULL_DISKS
from tests.faults.outbox import copies
from tests.faults.people import People, mails_per_registration, stored_keys
from tests.servers.databases import Databases, SqliteDatabases
from tests.servers.missing import skip_missing
from tests.servers.ports import wait_until
from tests.servers.processes import LiveServer
from tests.servers.smtp import SmtpSink
from tests.today import mails_by_state, make_open_workshop


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB in memory."""
    folder = tmp_path / "small-disk"
    folder.mkdir()
    if not _as_root("mount", "-t", "tmpfs", "-o", "size=8m,mode=0777", "tmpfs", str(folder)):
        skip_missing("the right to mount a small disk")
    yield folder
    assert _as_root("umount", "--lazy", str(folder))


def _as_root(*command: str) -> bool:
    sudo = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    try:
        return subprocess.run([*sudo, *command], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture
def databases(small_disk: Path) -> Databases:
    return SqliteDatabases(small_disk)


def test_full_disk_is_told_kindly_and_forgotten_when_there_is_room(
    app_context: Flask,
    live_server: Callable[..., LiveServer],
    smtp_sink: SmtpSink,
    small_disk: Path,
    database_url: str,
) -> None:
    server = live_server(workers=2, **smtp_sink.settings)
    worker = server.start_worker()
    make_open_workshop("rush", capacity=None)
    people = People(server.url)

    with people.registering():
        for _ in range(FULL_DISKS):
            let_some_pass(people)
            people.pages.pop(503, None)
            fill(small_disk)
            wait_until(lambda: 503 in people.pages, seconds=30)
            assert is_sound(database_url)
            empty(small_disk)
        let_some_pass(people)

    assert set(people.pages) <= {200, 303, 503}
    assert "gerade nicht erreichbar" in people.pages[503].text
    keys = stored_keys()
    assert people.taken <= set(keys) <= people.taken | people.given_up
    assert len(keys) == len(set(keys))
    assert mails_per_registration() == {1}
    wait_until(lambda: mails_by_state() == {OutboxState.SENT: len(keys)}, seconds=60)
    assert worker.poll() is None
    assert len(copies(smtp_sink)) == len(smtp_sink.received) == len(keys)
    assert is_sound(database_url)


def let_some_pass(people: People) -> None:
    before = len(people.taken)
    wait_until(lambda: len(people.taken) > before + 5, seconds=30)


def fill(disk: Path) -> None:
    with contextlib.suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(b"\0" * 4096)


def empty(disk: Path) -> None:
    (disk / "ballast").unlink()


def is_sound(database_url: str) -> bool:
    """Ask SQLite whether every page and index of the file is right."""
    path = database_url.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return list(connection.execute("PRAGMA integrity_check")) == [("ok",)]
