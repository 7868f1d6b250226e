"""What a newcomer waits for: the demo."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.rows import Row

MOST_SECONDS = 3


def starting(bench: Bench) -> Iterator[Row]:
    """The processor time of loading the demo into an empty database."""
    took = bench.installation.demo_seconds
    yield Row(bench.database, "loading the demo", "s", took, "most", MOST_SECONDS, 1.0, aims_low=True)
