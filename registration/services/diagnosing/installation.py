"""Whether the installation is complete: settings, texts, style, disk."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import current_app
from sqlalchemy import select

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
from registration.steps.ballast import ballast_of

LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
SHORTEST_SECRET = 32
MEGABYTE = 1024 * 1024
HARDLY_ANY_MB = 50
STYLE = "kern/kern.min.css"


def secret(around: Surroundings) -> Finding:
    key = str(around.config["SECRET_KEY"])
    to_do = Words(
        "Set SECRET_KEY_FILE to a file with the output of: "
        "python -c 'import secrets; print(secrets.token_urlsafe(48))'",
        "Setzen Sie SECRET_KEY_FILE auf eine Datei mit der Ausgabe von: "
        "python -c 'import secrets; print(secrets.token_urlsafe(48))'",
    )
    if key.startswith("development-only") or len(key) < SHORTEST_SECRET:
        rate = wrong if around.config["APP_ENV"] == "production" else warning
        return rate(
            Words(
                "SECRET_KEY is known or short: links can be forged",
                "SECRET_KEY ist bekannt oder zu kurz: Links lassen sich fälschen",
            ),
            to_do,
        )
    return fine(f"SECRET_KEY has {len(key)} characters", f"SECRET_KEY hat {len(key)} Zeichen")


def public_url(around: Surroundings) -> Finding:
    url = str(around.config["PUBLIC_URL"])
    parts = urlsplit(url)
    if parts.path.strip("/") or parts.query:
        return wrong(
            Words(f"{url} has a path", f"{url} enthält einen Pfad"),
            Words(
                "Give the product a host name of its own.", "Geben Sie dem Dienst einen eigenen Hostnamen."
            ),
        )
    if parts.scheme != "https" and parts.hostname not in LOCAL_HOSTS:
        return warning(
            Words(f"{url} is not encrypted", f"{url} ist nicht verschlüsselt"),
            Words(
                "Set PUBLIC_URL to an https:// address.",
                "Setzen Sie PUBLIC_URL auf eine Adresse mit https://.",
            ),
        )
    return fine(url, url)


def agency(around: Surroundings) -> Finding:
    """Defaults of the settings are obviously examples, and nobody reads mail there (M-81)."""
    config = around.config
    examples = [
        name
        for name in ("MAIL_FROM_ADDRESS", "HELP_EMAIL")
        if str(config[name]).rpartition("@")[2].endswith("example.org")
    ]
    if examples:
        named = ", ".join(examples)
        return warning(
            Words(f"Still an example: {named}", f"Noch ein Beispiel: {named}"),
            Words("Set them to addresses of the agency.", "Tragen Sie Adressen der Agentur ein."),
        )
    local = str(config["MAIL_FROM_ADDRESS"]).partition("@")[0].lower().replace("-", "").replace("_", "")
    if local.startswith(("noreply", "donotreply")):
        return warning(
            Words(
                "Mails come from an address that nobody reads",
                "E-Mails kommen von einer Adresse, die niemand liest",
            ),
            Words(
                "Set MAIL_FROM_ADDRESS to a mailbox that answers.",
                "Setzen Sie MAIL_FROM_ADDRESS auf ein Postfach, das antwortet.",
            ),
        )
    return fine(str(config["AGENCY_NAME"]), str(config["AGENCY_NAME"]))


def time_zones(around: Surroundings) -> Finding:
    name = str(around.config["TIME_ZONE"])
    to_do = Words(
        "Install the package tzdata; check TIME_ZONE.",
        "Installieren Sie das Paket tzdata; prüfen Sie TIME_ZONE.",
    )
    try:
        ZoneInfo(name)
        summer = datetime(2027, 7, 1, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin")).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return wrong(Words(f"{name} is unknown", f"{name} ist unbekannt"), to_do)
    if summer != timedelta(hours=2):
        return wrong(Words("The time zone data are wrong", "Die Zeitzonendaten sind falsch"), to_do)
    return fine(name, name)


def translations(_around: Surroundings) -> Finding:
    root = _root()
    sources = sorted(root.glob("translations/*/LC_MESSAGES/messages.po"))
    stale = [one for one in sources if not _is_compiled(one)]
    if stale or not sources:
        languages = ", ".join(one.parts[-3] for one in stale)
        return warning(
            Words(f"Not compiled: {languages}", f"Noch nicht erzeugt: {languages}"),
            Words("Run: pybabel compile -d translations", "Rufen Sie auf: pybabel compile -d translations"),
        )
    return fine("compiled", "vorhanden")


def style(_around: Surroundings) -> Finding:
    if not (Path(current_app.root_path) / "static" / STYLE).is_file():
        return wrong(
            Words(
                "The style sheet is missing: pages are bare", "Das Stylesheet fehlt: Seiten sind ungestaltet"
            ),
            Words("Run: python scripts/kern.py", "Rufen Sie auf: python scripts/kern.py"),
        )
    return fine("present", "vorhanden")


def disk(around: Surroundings) -> Finding:
    free = shutil.disk_usage(around.config["INSTANCE_DIR"]).free // MEGABYTE
    limit = around.config["DISK_FREE_ALERT_MB"]
    what = Words(f"{free:,} MB free", f"{free} MB frei")
    if free >= limit and _has_given_up_ballast():
        return warning(
            Words("It has been full: the ballast is gone", "Er war voll: Die Reserve ist aufgebraucht"),
            Words(
                "Restart the worker: it lays a new one.",
                "Starten Sie den Dienst „worker“ neu: Er legt eine neue an.",
            ),
        )
    if free >= limit:
        return fine(what.en, what.de)
    to_do = Words(
        "Make room before the database cannot be written any more.",
        "Schaffen Sie Platz, bevor die Datenbank nicht mehr schreiben kann.",
    )
    return wrong(what, to_do) if free < min(HARDLY_ANY_MB, limit) else warning(what, to_do)


def _has_given_up_ballast() -> bool:
    """A worker has run, so that it had been there."""
    path = ballast_of(db.engine)
    return (
        path is not None and not path.exists() and db.session.scalar(select(JobRun.name).limit(1)) is not None
    )


def _is_compiled(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return compiled.is_file() and compiled.stat().st_mtime >= source.stat().st_mtime


def _root() -> Path:
    return Path(current_app.root_path).parent


CHECKS = (
    Check("secret", Words("Secret key", "Geheimer Schlüssel"), secret),
    Check("public_url", Words("Public address", "Öffentliche Adresse"), public_url),
    Check("agency", Words("Agency", "Agentur"), agency),
    Check("time_zones", Words("Time zones", "Zeitzonen"), time_zones),
    Check("translations", Words("English texts", "Englische Texte"), translations),
    Check("style", Words("Style sheet", "Gestaltung"), style),
    Check("disk", Words("Disk", "Speicherplatz"), disk),
)
