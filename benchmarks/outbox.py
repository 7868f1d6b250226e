"""The queue itself: what a claim costs in a small and a large outbox, and what idleness costs."""

import statistics
import time
from collections.abc import Iterator, Sequence

import psutil
from flask import Flask

from benchmarks import filling
from benchmarks.bench import Bench
from benchmarks.rows import Row
from benchmarks.servers import worker
from registration import clock
from registration.steps.claiming import BATCH, claim

SMALL_PART = 1000  # the small outbox has so many times fewer rows
WARM_UP = 10  # claims
SETTLING_SECONDS = 5
MOST_PERCENT = 1


def claims(bench: Bench) -> Iterator[Row]:
    """p95 of a claim among 1,000 and among 1,000,000 rows, with as many due in both; taken in turns."""
    effort, large = bench.effort, bench.installation.app
    small, few = bench.installation.beside().app, max(1, effort.outbox // SMALL_PART)
    for app, rows in ((small, few), (large, effort.outbox)):
        with app.app_context():
            filling.empty_outbox()
            filling.fill_outbox(rows)
            filling.add_due((effort.claims + WARM_UP) * BATCH)
            filling.tidy()
    turns = [(_seconds_of_claim(small), _seconds_of_claim(large)) for _ in range(WARM_UP + effort.claims)]
    limit, value = (1000 * _p95(column) for column in zip(*turns[WARM_UP:], strict=True))
    name = f"claim of {BATCH} among {effort.outbox:,} rows, p95"
    yield Row(bench.database, name, "ms", value, f"among {few:,} rows", limit, 1.5, aims_low=True)


def _seconds_of_claim(app: Flask) -> float:
    with app.app_context():
        now, begin = clock.now(), time.perf_counter()
        ids = claim(now).ids
        took = time.perf_counter() - begin
    assert len(ids) == BATCH, "fewer mails are due than the measure needs"
    return took


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def idle(bench: Bench) -> Iterator[Row]:
    """The processor time of a worker that has nothing to do, beside an outbox full of what is done."""
    installation, effort = bench.installation, bench.effort
    with installation.app.app_context():
        filling.fill_outbox(effort.outbox)
        filling.end_all()
    with worker(installation.environment, installation.folder / "worker.log") as process:
        time.sleep(min(SETTLING_SECONDS, effort.idle))
        before = _seconds(process.pid)
        time.sleep(effort.idle)
        value = 100 * (_seconds(process.pid) - before) / effort.idle
    # times are counted in hundredths of a second: less than one is not nothing
    value = max(value, 1 / effort.idle)
    yield Row(bench.database, "idle worker", "% of a core", value, "most", MOST_PERCENT, 1.0, aims_low=True)


def _seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
