"""A line in a file when mails cannot leave: mail itself cannot tell (M-58)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)


def note(config: Mapping[str, Any], line: str, now: datetime) -> None:
    """Append instant and line to MAIL_ALERT_FILE; never raises: a full disk must not stop a mail."""
    if not config["MAIL_ALERT_FILE"]:
        return
    moment = now.astimezone(UTC).isoformat(timespec="seconds")
    try:
        with Path(config["MAIL_ALERT_FILE"]).open("a", encoding="utf-8") as file:
            file.write(f"{moment} {' '.join(line.split())}\n")
    except OSError as problem:
        log.warning("mail.alert_not_written", why=problem.strerror)
