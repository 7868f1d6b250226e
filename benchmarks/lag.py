"""Lag: from the commit of a registration to the instant when the mail server has its mail.

The commit itself cannot be seen from outside. It lies between the click (the form is sent) and the answer (it
has reached the browser), so both are measured: the true lag is longer than the one since the answer, and
shorter than the one since the click.
"""

import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.load import Client
from benchmarks.people import Person
from benchmarks.rows import Row
from benchmarks.servers import Sink, sink, worker

PER_SECOND = 10
BROWSERS = 16
WARM_UP = 10
MAIL_SECONDS = 60
P50_MILLISECONDS, P99_MILLISECONDS = 100, 500  # the aims
PEER, PEER_MILLISECONDS = "Indico; pretix 490", 220


@dataclass(frozen=True)
class Visit:
    """One registration; instants of time.monotonic()."""

    email: str
    clicked: float
    answered: float


def lag(bench: Bench) -> Iterator[Row]:
    """People arrive ten times a second, whether the web is done with the ones before them or not."""
    installation = bench.installation
    installation.empty_queue()
    _ = bench.web
    with (
        sink(installation.folder, "lag", installation.sink_port) as mails,
        worker(installation.environment, installation.folder / "worker.log"),
    ):
        _visits(bench, mails, WARM_UP)
        visits = _visits(bench, mails, bench.effort.lags)
        _warn_when_late([one.clicked for one in visits])
        received = dict(reversed(mails.received()))  # the first mail to each
    yield from _rows(bench.database, "answer", [received[one.email] - one.answered for one in visits])
    yield from _rows(bench.database, "click", [received[one.email] - one.clicked for one in visits])


def _visits(bench: Bench, mails: Sink, count: int) -> list[Visit]:
    """Let so many people register, and wait for the mails to all of them."""
    answers, port = bench.installation.answers(), bench.installation.port
    browsers = threading.local()

    def visit(number: int) -> Visit:
        time.sleep(max(0, begin + number / PER_SECOND - time.monotonic()))
        if not hasattr(browsers, "client"):
            browsers.client = Client(port)
        person = Person()
        person.open_form(browsers.client)
        clicked = time.monotonic()
        person.send_form(browsers.client, answers)
        return Visit(person.email, clicked, time.monotonic())

    mails.forget()
    with ThreadPoolExecutor(BROWSERS) as pool:
        begin = time.monotonic()
        visits = list(pool.map(visit, range(count)))
    mails.wait_for_all({one.email for one in visits}, MAIL_SECONDS)
    return visits


def _warn_when_late(clicks: Sequence[float]) -> None:
    rate = (len(clicks) - 1) / (max(clicks) - min(clicks))
    if rate < 0.9 * PER_SECOND:
        print(f"lag: only {rate:.1f} registrations per second, the machine is too busy for {PER_SECOND}")


def _rows(database: str, since: str, seconds: Sequence[float]) -> Iterator[Row]:
    p50, p99 = (1000 * one for one in _percentiles(seconds, 50, 99))
    for name, value, limit_name, limit, aim in (
        ("p50", p50, PEER, PEER_MILLISECONDS, P50_MILLISECONDS),
        ("p99", p99, "most", P99_MILLISECONDS, P99_MILLISECONDS),
    ):
        measure = f"lag of a mail since the {since}, {name}"
        yield Row(database, measure, "ms", value, limit_name, limit, aim, aims_low=True, aims_at_value=True)


def _percentiles(values: Sequence[float], *wanted: int) -> list[float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return [cuts[one - 1] for one in wanted]
