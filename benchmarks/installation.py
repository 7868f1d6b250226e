"""A database with the demo, and what the measures need of it beyond the pages."""

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select, update

from benchmarks import filling
from benchmarks.filling import SLUG
from benchmarks.servers import free_port
from registration import clock, create_app
from registration.demo import loading
from registration.extensions import db, one_transaction
from registration.models import AccessLink, Question, Registration, Workshop
from registration.vocabulary import LinkPurpose, QuestionKind, RegistrationState
from tests.servers.postgres import PostgresServer, binaries

SECRET = "benchmark-secret-key-" * 2


@dataclass(frozen=True)
class Installation:
    """One database, and the settings with which processes use it."""

    app: Flask
    folder: Path
    environment: dict[str, str]
    port: int
    sink_port: int
    demo_seconds: float
    """How long the processor took to load the demo."""
    beside: Callable[[], "Installation"]
    """Sets up a second one, with a database of its own on the same disk and server."""

    def answers(self) -> dict[str, str]:
        """What to fill in for the workshop's questions."""
        with self.app.app_context():
            asked = select(Question).join(Workshop).where(Workshop.slug == SLUG)
            yes = QuestionKind.YES_NO_UNSURE
            return {
                one.field_name: "yes" if one.kind is yes else "Benchmark" for one in db.session.scalars(asked)
            }

    def confirm_tokens(self) -> dict[str, str]:
        """The secret of each address that is still to be confirmed, as it stands in its mail."""
        with self.app.app_context():
            found = (
                select(AccessLink, Registration.email)
                .join(Registration)
                .where(
                    AccessLink.purpose == LinkPurpose.CONFIRM,
                    Registration.state == RegistrationState.UNCONFIRMED,
                )
            )
            rows = db.session.execute(found).all()
            return {email: link.token(SECRET) or "" for link, email in rows}

    def count_confirmed(self) -> int:
        confirmed = Registration.state == RegistrationState.CONFIRMED
        of_slug = select(func.count(Registration.id)).join(Workshop).where(Workshop.slug == SLUG, confirmed)
        with self.app.app_context():
            return db.session.scalar(of_slug) or 0

    def fill_outbox(self, count: int) -> None:
        """Leave exactly so many mails to send: a seat, its calendar file and its meeting room in each."""
        with self.app.app_context():
            filling.end_all()
            filling.queue_seats(count, now=clock.now())

    def fill_registrations(self, count: int) -> None:
        """Let so many people have had a seat in workshops that are over, 200 in each."""
        with self.app.app_context():
            filling.fill_past(count, now=clock.now())

    def empty_queue(self) -> None:
        """Leave nothing to send."""
        with self.app.app_context():
            filling.end_all()


@contextmanager
def installations(kind: str) -> Iterator[Installation | None]:
    """Set up `sqlite` or `postgresql` in a folder that is thrown away; None when it is not installed."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        if kind == "sqlite":
            names = (f"sqlite:///{folder / f'bench-{number}.sqlite3'}" for number in count(1))
            yield _install(names.__next__, folder)
            return
        programs = binaries()
        if programs is None:
            yield None
            return
        with tempfile.TemporaryDirectory(prefix="bench-postgres-") as data:
            # no quick settings: commits must reach the disk, as they do in SQLite
            server = PostgresServer(Path(data), programs, settings=[])
            server.start()
            try:
                yield _install(lambda: server.url(server.create()), folder)
            finally:
                server.stop()


def _install(new_database: Callable[[], str], folder: Path) -> Installation:
    port, sink_port = free_port(), free_port()
    environment = {
        "APP_ENV": "test",
        "SECRET_KEY": SECRET,
        "DATABASE_URL": new_database(),
        "INSTANCE_DIR": str(folder),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(sink_port),
        "MAIL_PER_MINUTE": "0",
        "MAIL_QUIET_FROM": "",
        "MAIL_QUIET_UNTIL": "",
        "FORM_MINIMUM_SECONDS": "0",
        "REGISTRATIONS_PER_CLIENT_PER_HOUR": "100000000",
    }
    app = create_app(environment | {"MAIL_PORT": sink_port, "MAIL_PER_MINUTE": 0})
    logging.getLogger("registration").setLevel(logging.WARNING)  # the table is what should be read
    with app.app_context():
        upgrade()
        began = time.process_time()
        loading.load(now=clock.now())
        took = time.process_time() - began
        with one_transaction():
            db.session.execute(update(Workshop).where(Workshop.slug == SLUG).values(capacity=None))
        db.session.remove()
        db.engine.dispose()
    return Installation(
        app, folder, environment, port, sink_port, took, partial(_install, new_database, folder)
    )
