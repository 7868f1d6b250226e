"""A disk of a few megabytes, to be filled to the last byte."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import NullPool, create_engine

from registration.engines import engine_options

MEGABYTES = 48


class SmallDisk:
    """A tmpfs of its own; only root can have one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, *databases: Path) -> None:
        """Leave no byte, not even inside the log of a database."""
        for database in databases:
            _empty_log(f"sqlite:///{database}")
        with self._filler.open("ab", buffering=0) as file:
            try:
                while file.write(bytes(256 * 1024)):
                    pass
            except OSError:
                pass

    def make_room(self) -> None:
        self._filler.unlink(missing_ok=True)

    @property
    def free_bytes(self) -> int:
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | None]:
    """Mount one, or give None where that is not allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _empty_log(url: str) -> None:
    """With the program's own SQLite: a second library in one process would take its locks away."""
    options = engine_options(url, pool_size=1) | {"poolclass": NullPool}
    with create_engine(url, **options).connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
