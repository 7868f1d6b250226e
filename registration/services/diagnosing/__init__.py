"""Examining an installation: every check for itself, within its time, so that none takes others down.

Only looks: nothing is sent, nothing is changed.
"""

import threading
from collections.abc import Sequence
from contextlib import nullcontext
from queue import Empty, Queue
from time import monotonic

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from registration.extensions import db
from registration.services.diagnosing import connections, database, installation, mails, sender
from registration.services.diagnosing.findings import (
    Check,
    Finding,
    Health,
    Result,
    Surroundings,
    Words,
    unknown,
    wrong,
)

__all__ = ["CHECKS", "Check", "Finding", "Health", "Result", "Surroundings", "diagnose", "worst"]

CHECKS = (
    *database.CHECKS,
    *installation.CHECKS,
    *mails.CHECKS,
    *connections.CHECKS,
    *sender.CHECKS,
)
CONNECTIONS = 3  # to the database at once: pages need some as well
_BADNESS = (Health.OK, Health.UNKNOWN, Health.WARNING, Health.ERROR)


def diagnose(
    app: Flask, around: Surroundings, *, with_network: bool = True, checks: Sequence[Check] = CHECKS
) -> list[Result]:
    """Look at everything at once, in the order of the list; `with_network=False`: only what is quick."""
    chosen = [check for check in checks if with_network or not check.uses_network]
    answers: Queue[tuple[str, Finding | None]] = Queue()
    turns = threading.BoundedSemaphore(CONNECTIONS)
    begun = monotonic()
    for check in chosen:
        # a daemon: one that hangs for ever must not keep the program from ending
        threading.Thread(target=_look, args=(app, around, check, answers, turns), daemon=True).start()
    found = _gathered(answers, chosen, begun)
    return [
        Result(check.name, check.title, finding)
        for check in chosen
        if (finding := found.get(check.name, _TOO_LATE)) is not None
    ]


def worst(results: Sequence[Result]) -> Health:
    """Return how bad it is altogether; what is unknown is no warning."""
    return max((one.finding.health for one in results), key=_BADNESS.index, default=Health.OK)


def _gathered(
    answers: Queue[tuple[str, Finding | None]], chosen: Sequence[Check], begun: float
) -> dict[str, Finding | None]:
    found: dict[str, Finding | None] = {}
    while waiting := [check.seconds for check in chosen if check.name not in found]:
        left = begun + max(waiting) - monotonic()
        try:
            name, finding = answers.get(timeout=max(left, 0.0))
        except Empty:
            break
        found[name] = finding
    return found


def _look(
    app: Flask,
    around: Surroundings,
    check: Check,
    answers: Queue[tuple[str, Finding | None]],
    turns: threading.BoundedSemaphore,
) -> None:
    with nullcontext() if check.uses_network else turns, app.app_context():
        try:
            finding = check.look(around)
        except SQLAlchemyError as error:
            finding = _without_database(check, error)
        except Exception as error:  # a fault of one check must not hide the others
            finding = unknown(*_both(f"{type(error).__name__}: {error}"))
        finally:
            db.session.remove()
    answers.put((check.name, finding))


def _without_database(check: Check, error: SQLAlchemyError) -> Finding:
    if check.name != "database":
        return unknown(*_both(type(error).__name__))
    first_line = str(error).splitlines()[0]
    return wrong(
        Words(first_line, first_line),
        Words(
            "Check DATABASE_URL, and whether the server runs.",
            "Prüfen Sie DATABASE_URL, und ob der Server läuft.",
        ),
    )


def _both(words: str) -> tuple[Words]:
    return (Words(words, words),)


_TOO_LATE = unknown(Words("No answer in time", "Keine Antwort in der vorgesehenen Zeit"))
