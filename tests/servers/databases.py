"""Databases with today's tables: migrated once per run, copied for each test."""

import shutil
from itertools import count
from pathlib import Path
from typing import Protocol

from flask_migrate import upgrade
from sqlalchemy import Engine

from registration import create_app
from registration.extensions import db
from tests.servers.postgres import PostgresServer


class Databases(Protocol):
    def fresh(self) -> str:
        """The URL of a new database with all tables and no rows."""

    def empty(self) -> str:
        """The URL of a new database without tables."""

    def discard(self) -> None:
        """Delete what was handed out: a few hundred of them would fill a disk."""


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count(1)
        self.handed_out: list[Path] = []
        self.template = folder / "template.sqlite3"
        migrate(f"sqlite:///{self.template}", folder)

    def fresh(self) -> str:
        path = self._path()
        shutil.copyfile(self.template, path)
        return f"sqlite:///{path}"

    def empty(self) -> str:
        return f"sqlite:///{self._path()}"

    def discard(self) -> None:
        for path in self.handed_out:
            for part in self.folder.glob(f"{path.name}*"):
                part.unlink()
        self.handed_out.clear()

    def _path(self) -> Path:
        path = self.folder / f"test_{next(self.numbers)}.sqlite3"
        self.handed_out.append(path)
        return path


class PostgresDatabases:
    """Copies of one migrated database: about 20 ms each."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self.server = server
        self.handed_out: list[str] = []
        self.template = server.create()
        migrate(server.url(self.template), folder)

    def fresh(self) -> str:
        return self._create(self.template)

    def empty(self) -> str:
        return self._create("template0")

    def discard(self) -> None:
        for name in self.handed_out:
            self.server.drop(name)
        self.handed_out.clear()

    def _create(self, template: str) -> str:
        self.handed_out.append(self.server.create(template))
        return self.server.url(self.handed_out[-1])


def migrate(url: str, folder: Path) -> None:
    app = create_app({"DATABASE_URL": url, "APP_ENV": "test", "INSTANCE_DIR": str(folder)})
    with app.app_context():
        upgrade()
        engine: Engine = db.engine
        engine.dispose()
