"""`make bench` measures everything; how fast it is depends on the machine and is no matter of tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.missing import skip_missing
from tests.servers.postgres import binaries

ROOT = Path(__file__).parent.parent
TINY = [
    *("--clients=2", "--seconds=0.1", "--rounds=1", "--registrations=3", "--mails=3", "--lags=3"),
    *(
        "--far_mails=3",
        "--far_alone=2",
        "--claims=2",
        "--outbox=1000",
        "--idle=0.2",
        "--planned=30",
        "--registered=400",
        "--organisations=300",
    ),
]
PLANNING = ["planning 30 due mails", "another writer's longest wait", "idle look at the plan"]
PAGES = ["list of workshops", "page of a workshop", "form"]
MEASURES = [
    "loading the demo",
    *PAGES,
    "complete registration",
    *(f"{of}, {page}" for page in PAGES for of in ("processor time", "HTML")),
    "processor time, complete registration",
    "lag of a mail since the answer, p50",
    "lag of a mail since the answer, p99",
    "lag of a mail since the click, p50",
    "lag of a mail since the click, p99",
    "outbox, 1 connection",
    "outbox, 4 connections",
    "outbox, 4 connections, TLS, 20 ms",
    "memory of web + worker",
    "claim of 20 among 1,000 rows, p95",
    "idle worker",
    *PLANNING,
    *(f"{page}, 400 registrations" for page in PAGES),
    *(f"suggestion among 300 organisations, {which}" for which in ("p95", "first")),
]


def bench(results: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", f"--json={results}", *TINY, *arguments]
    return subprocess.run(
        command, check=False, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=240
    )


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_bench_prints_and_writes_every_measure_with_its_limit(database: str, tmp_path: Path) -> None:
    if database == "postgresql" and binaries() is None:
        skip_missing("PostgreSQL's server programs are not installed")
    results = tmp_path / "results.json"

    done = bench(results, f"--database={database}")

    assert done.returncode == 0, done.stdout + done.stderr
    assert all(measure in done.stdout for measure in MEASURES)
    rows = json.loads(results.read_text())
    assert [row["measure"] for row in rows] == MEASURES
    assert all(row["value"] != 0 and row["limit"] > 0 for row in rows)


def test_bench_takes_only_what_was_asked_for(tmp_path: Path) -> None:
    results = tmp_path / "results.json"

    done = bench(results, "--database=sqlite", "--only=planning")

    assert done.returncode == 0, done.stdout + done.stderr
    assert [row["measure"] for row in json.loads(results.read_text())] == PLANNING
