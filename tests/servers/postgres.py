"""A throw-away PostgreSQL server in a temporary folder, and a fresh database for each test."""

import os
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from tests.servers.missing import skip_missing
from tests.servers.ports import free_port

BY_THE_LOG = 150000  # the first version that copies databases by its log
QUICK = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=256MB"]
"""Settings of a server whose data nobody will miss."""
MEMORY = Path("/dev/shm")
ENOUGH_MEMORY = 2 * 2**30  # bytes: some hundred MB for each process that runs tests


def binaries() -> Path | None:
    """The folder with initdb and postgres of the newest installed version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class PostgresServer:
    """Listens on a loopback port, trusts everybody who reaches it, forgets everything when stopped."""

    def __init__(self, folder: Path, programs: Path, settings: list[str] | None = None) -> None:
        self.folder = folder
        self.programs = programs
        self.settings = QUICK if settings is None else settings
        self.port = free_port()
        # PostgreSQL refuses to run as root: there it gets an account of its own.
        self.account: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []}
        if os.geteuid() != 0:
            self.account = {}
        self._names = (f"test_{number}" for number in count(1))

    def start(self) -> None:
        if self.account:
            shutil.chown(self.folder, self.account["user"], self.account["group"])
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8")
        self.start_again()

    def start_again(self) -> None:
        """Start on the data that is there, also after an immediate stop."""
        options = [
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self.folder}",
        ]
        flags = " ".join(f"-c {option}" for option in [*options, "max_connections=200", *self.settings])
        self._run("pg_ctl", "start", "--wait", f"--log={self.folder / 'server.log'}", f"--options={flags}")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "stop", f"--mode={mode}")

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        with self._connection() as connection:
            connection.execute(statement.encode())

    def create(self, template: str = "template0") -> str:
        """The name of a new database, copied from `template`.

        By files: page by page through the log, as PostgreSQL does it from 15 on, takes ten times as long.
        """
        name = next(self._names)
        with self._connection() as connection:
            by_files = " STRATEGY FILE_COPY" if connection.info.server_version >= BY_THE_LOG else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}{by_files}".encode())
        return name

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _connection(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url("postgres"), autocommit=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), f"--pgdata={self.folder / 'data'}", *arguments]
        log = self.folder / f"{program}.log"
        # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
        with log.open("wb") as output:
            done = subprocess.run(
                command,
                check=False,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=60,
                **self.account,
            )
        assert done.returncode == 0, f"{program} failed:\n{log.read_text()}"


def run_postgres() -> PostgresServer:
    """Start a server in a new folder, or skip the test when PostgreSQL is not installed."""
    programs = binaries()
    if programs is None:
        skip_missing("PostgreSQL's server programs are not installed")
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="postgres-", dir=_quick_place())), programs)
    server.start()
    return server


def _quick_place() -> Path | None:
    """In memory, where a new database takes a tenth of the time; None is the usual place."""
    is_large = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH_MEMORY
    return MEMORY if is_large and os.access(MEMORY, os.W_OK) else None
