"""`/metrics` for Prometheus: read from the database at each request, so that any web process tells the same.

Open to this machine, and to whoever knows METRICS_TOKEN; nobody else learns that it is there. No label holds
anything personal, and each has few values.
"""

import hmac
import ipaddress
import platform
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy import func, select

from registration import clock, jobs
from registration.extensions import db
from registration.models import JobRun, Registration, SuppressedAddress
from registration.steps import outbox_numbers
from registration.steps.relay import is_paused, relay_as_read
from registration.vocabulary import RegistrationState, RelayPause

if TYPE_CHECKING:
    from prometheus_client.metrics_core import GaugeMetricFamily

blueprint = Blueprint("metrics", __name__)

LATELY = timedelta(hours=24)
FORWARDING = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")
PREFIX = "registration_"


@blueprint.get("/metrics")
def show() -> Response:
    if not (_knows_the_token() or _is_on_this_machine()):
        abort(404)
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - only who asks pays
    from prometheus_client.exposition import CONTENT_TYPE_LATEST  # noqa: PLC0415

    registry = CollectorRegistry()
    registry.register(_Numbers(clock.now()))
    response = Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response


def _knows_the_token() -> bool:
    token = str(current_app.config["METRICS_TOKEN"])
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())


def _is_on_this_machine() -> bool:
    """Behind a proxy everything comes from this machine: then its headers tell."""
    if any(header in request.headers for header in FORWARDING):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


class _Numbers:
    """What Prometheus collects, as it is at one moment."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def describe(self) -> list["GaugeMetricFamily"]:
        return []  # nothing to compare with: the registry lives for one answer

    def collect(self) -> Iterator["GaugeMetricFamily"]:
        yield from self._queue()
        yield from self._outcomes()
        yield _by("mail_paused", "1: no mail leaves, for this reason", "kind", self._pauses())
        yield from self._others()
        yield _info()

    def _queue(self) -> Iterator["GaugeMetricFamily"]:
        oldest = outbox_numbers.oldest_due_at(self._now)
        age = (self._now - oldest).total_seconds() if oldest else 0
        yield _by("mail_queue", "Mails that have not left, by state", "state", outbox_numbers.waiting())
        yield _one("mail_oldest_due_seconds", "How long the oldest due mail has waited", age)
        yield _one("outbox_rows", "Rows of the outbox at most: first id to last", outbox_numbers.most_rows())

    def _outcomes(self) -> Iterator["GaugeMetricFamily"]:
        lately = outbox_numbers.written_since(self._now - LATELY)
        labels = ("state", "kind")
        day = _family("mails_24h", "Mails written within 24 hours, by their state now", labels)
        for one in lately:
            day.add_metric([one.state, one.kind], one.mails)
        yield day
        all_times = _family("mails_stuck", "Mails that failed or are held, of all times", labels)
        for one in outbox_numbers.stuck():
            all_times.add_metric([one.state, one.kind], one.mails)
        yield all_times
        uncertain = sum(one.uncertain for one in lately)
        yield _one("mails_uncertain_24h", "Of 24 hours: a copy may have arrived before", uncertain)
        bounced = sum(one.bounced for one in lately)
        yield _one("mails_bounced_24h", "Of 24 hours: sent, and came back", bounced)

    def _pauses(self) -> dict[RelayPause, int]:
        relay = relay_as_read()
        present = relay.pause if relay is not None and is_paused(relay, self._now) else None
        return {kind: int(kind is present) for kind in RelayPause}

    def _others(self) -> Iterator["GaugeMetricFamily"]:
        runs = {run.name: run.succeeded_at for run in db.session.scalars(select(JobRun))}
        last = {job.name: when.timestamp() for job in jobs.JOBS if (when := runs.get(job.name))}
        yield _by("job_last_success_timestamp_seconds", "Last good run of a job", "job", last)
        by_state = select(Registration.state, func.count()).group_by(Registration.state)
        found = dict(db.session.execute(by_state).all())
        people = {state: found.get(state, 0) for state in RegistrationState}
        yield _by("registrations", "Registrations by state", "state", people)
        spared = db.session.scalar(select(func.count()).select_from(SuppressedAddress)) or 0
        yield _one("suppressed_addresses", "Addresses that mail does not reach", spared)


def _family(name: str, words: str, labels: tuple[str, ...] = ()) -> "GaugeMetricFamily":
    from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415

    return GaugeMetricFamily(f"{PREFIX}{name}", words, labels=labels)


def _one(name: str, words: str, value: float) -> "GaugeMetricFamily":
    family = _family(name, words)
    family.add_metric([], value)
    return family


def _by(name: str, words: str, label: str, values: Mapping[Any, float]) -> "GaugeMetricFamily":
    family = _family(name, words, (label,))
    for word, value in values.items():
        family.add_metric([str(word)], value)
    return family


def _info() -> "GaugeMetricFamily":
    labels = {"version": _version(), "python": platform.python_version(), "database": db.engine.dialect.name}
    family = _family("build_info", "What runs here", tuple(labels))
    family.add_metric(list(labels.values()), 1)
    return family


@cache
def _version() -> str:
    path = Path(__file__).parent.parent.parent / "pyproject.toml"
    return str(tomllib.loads(path.read_text())["project"]["version"]) if path.is_file() else "unknown"
