"""Whether the database answers, has the right tables, and keeps what it promises."""

import re
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import func, inspect, select, text

from registration.extensions import db
from registration.models import JobRun
from registration.services.diagnosing.findings import (
    Check,
    Finding,
    Surroundings,
    Words,
    fine,
    warning,
    wrong,
)

SQLITE_WANTED = (3, 51, 3)  # older ones can corrupt a database under two writers
CLOCK_WARNS, CLOCK_ERRS = timedelta(seconds=2), timedelta(seconds=30)
_REVISION = re.compile(r"^(revision|down_revision)\b[^=]*=\s*[\"'](\w+)[\"']", re.M)


def reachable(_around: Surroundings) -> Finding:
    """An error of the database is turned into a finding by whoever calls this."""
    version = "sqlite_version()" if _is_sqlite() else "current_setting('server_version')"
    found = db.session.scalar(text(f"SELECT {version}"))
    name = "SQLite" if _is_sqlite() else "PostgreSQL"
    return fine(f"{name} {found}", f"{name} {found}")


def migrated(_around: Surroundings) -> Finding:
    to_do = Words("Run: flask --app wsgi db upgrade", "Rufen Sie auf: flask --app wsgi db upgrade")
    if not inspect(db.engine).has_table("alembic_version"):
        return wrong(Words("There are no tables yet", "Es gibt noch keine Tabellen"), to_do)
    present = set(db.session.scalars(text("SELECT version_num FROM alembic_version")))
    wanted = heads()
    if present == wanted:
        name = ", ".join(sorted(wanted))
        return fine(name, name)
    have, want = ", ".join(sorted(present)), ", ".join(sorted(wanted))
    return wrong(
        Words(
            f"The tables are at {have}, the program needs {want}",
            f"Die Tabellen sind auf Stand {have}, gebraucht wird {want}",
        ),
        to_do,
    )


def heads() -> set[str]:
    """Return the newest migrations, read from the files: what makes them run need not be loaded for it."""
    folder = Path(current_app.root_path).parent / "migrations" / "versions"
    found = [match for path in folder.glob("*.py") for match in _REVISION.findall(path.read_text())]
    named = {value for name, value in found if name == "revision"}
    return named - {value for name, value in found if name == "down_revision"}


def library(_around: Surroundings) -> Finding | None:
    if not _is_sqlite():
        return None
    version = str(db.session.scalar(text("SELECT sqlite_version()")))
    if tuple(map(int, version.split("."))) >= SQLITE_WANTED:
        return fine(version, version)
    wanted = ".".join(map(str, SQLITE_WANTED))
    return warning(
        Words(
            f"{version}: older than {wanted}, can corrupt a database under two writers",
            f"{version}: älter als {wanted}, kann eine Datenbank beschädigen",
        ),
        Words(
            "Install the package pysqlite3, or a newer Python.",
            "Installieren Sie das Paket pysqlite3 oder ein neueres Python.",
        ),
    )


def durability(_around: Surroundings) -> Finding:
    """Whether what was acknowledged survives a power cut."""
    command, good = ("PRAGMA", _GOOD_SQLITE) if _is_sqlite() else ("SHOW", _GOOD_POSTGRESQL)
    found = {name: str(db.session.scalar(text(f"{command} {name}"))).lower() for name in good}
    weak = [f"{name}={value}" for name, value in found.items() if value not in good[name]]
    words = ", ".join(weak or (f"{name}={value}" for name, value in found.items()))
    if not weak:
        return fine(words, words)
    return wrong(
        Words(
            f"{words}: a power cut can lose registrations",
            f"{words}: Bei Stromausfall können Anmeldungen verloren gehen",
        ),
        Words(
            "Set the database back to its safe defaults.",
            "Stellen Sie die sicheren Vorgaben der Datenbank wieder her.",
        ),
    )


_GOOD_SQLITE = {"journal_mode": ("wal",), "synchronous": ("2", "3")}
_GOOD_POSTGRESQL = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
}


def clock(around: Surroundings) -> Finding:
    """The clock of the database counts for leases; a clock that goes back lets mails wait (T-12)."""
    latest = db.session.scalar(select(func.max(JobRun.succeeded_at)))
    to_do = Words(
        "Let both machines take the time from NTP.", "Lassen Sie alle Rechner die Zeit per NTP stellen."
    )
    if latest and latest > around.instant() + CLOCK_ERRS:
        return wrong(
            Words(
                "A job has run in the future: the clock went back",
                "Ein Auftrag lief in der Zukunft: Die Uhr wurde zurückgestellt",
            ),
            to_do,
        )
    if _is_sqlite():
        return fine("no job has run in the future", "kein Auftrag lief in der Zukunft")
    before = around.instant()
    theirs = db.session.execute(select(func.clock_timestamp())).scalar_one()
    apart = abs(theirs - before)
    seconds = f"{apart.total_seconds():.1f}"
    what = Words(f"{seconds} s beside the database's", f"{seconds} s neben der der Datenbank")
    if apart < CLOCK_WARNS:
        return fine(what.en, what.de)
    return warning(what, to_do) if apart < CLOCK_ERRS else wrong(what, to_do)


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


CHECKS = (
    Check("database", Words("Database", "Datenbank"), reachable),
    Check("migrations", Words("Tables", "Tabellen"), migrated),
    Check("sqlite", Words("SQLite library", "SQLite-Bibliothek"), library),
    Check("durability", Words("Durability", "Dauerhaftigkeit"), durability),
    Check("clock", Words("Clock", "Uhr"), clock),
)
