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
TINY = ["--clients=2", "--seconds=0.1", "--rounds=1", "--registrations=3", "--mails=3"]
MEASURES = [
    "page of a workshop",
    "complete registration",
    "mail through the outbox",
    "memory of web + worker",
]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_bench_prints_and_writes_every_measure_with_its_limit(database: str, tmp_path: Path) -> None:
    if database == "postgresql" and binaries() is None:
        skip_missing("PostgreSQL's server programs are not installed")
    results = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", f"--database={database}", f"--json={results}", *TINY]

    done = subprocess.run(
        command, check=False, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert all(measure in done.stdout for measure in MEASURES)
    rows = json.loads(results.read_text())
    assert [row["measure"] for row in rows] == MEASURES
    assert all(row["value"] > 0 and row["limit"] > 0 for row in rows)
