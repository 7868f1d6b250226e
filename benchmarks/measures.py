"""The measures by name, in the order in which they disturb each other least."""

from collections.abc import Callable, Iterator, Sequence

from benchmarks.bench import Bench
from benchmarks.installation import Installation
from benchmarks.lag import lag
from benchmarks.mailing import far_away, throughput
from benchmarks.outbox import claims, idle
from benchmarks.pages import flat, memory, pages_and_registrations
from benchmarks.planning import planning
from benchmarks.rows import Effort, Row
from benchmarks.starting import starting
from benchmarks.suggesting import suggesting

MEASURES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "starting": starting,
    "pages": pages_and_registrations,
    "lag": lag,
    "throughput": throughput,
    "far": far_away,
    "memory": memory,
    "claims": claims,
    "idle": idle,
    "planning": planning,
    "flat": flat,
    "suggesting": suggesting,
}


def measure(
    database: str, installation: Installation, effort: Effort, only: Sequence[str] = ()
) -> Iterator[Row]:
    """Take one measure after the other on the same database, all when none is named."""
    bench = Bench(database, installation, effort)
    with bench.stack:
        for name, take in MEASURES.items():
            if not only or name in only:
                yield from take(bench)
