"""How results are shown: a table in the terminal, JSON, and a table for the documents."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from operator import attrgetter
from typing import Any

from benchmarks.rows import Row

_HEAD = ("database", "measure", "value", "limit in the same run", "ratio", "aim", "")
_WIDTHS = (10, 44, 14, 36, 6, 10, 6)


def head() -> str:
    return "\n".join((_line(_HEAD), _line(tuple("-" * width for width in _WIDTHS))))


def line(row: Row) -> str:
    reached = "ok" if row.is_reached else "misses"
    return _line(
        (row.database, row.measure, _value(row), _limit(row), f"{row.ratio:.2f}", _aim(row), reached)
    )


def as_json(rows: Iterable[Row]) -> str:
    return json.dumps([_as_json(row) for row in rows], indent=2) + "\n"


def as_markdown(rows: Sequence[Row]) -> str:
    """Show the databases beside each other, the limit of the same run in brackets."""
    databases = list(dict.fromkeys(row.database for row in rows))
    lines = [("measure", *databases, "limit", "aim"), ("---",) * (3 + len(databases))]
    order = list(dict.fromkeys(row.measure for row in rows))
    by_measure = groupby(sorted(rows, key=lambda row: order.index(row.measure)), attrgetter("measure"))
    for measure, group in by_measure:
        found = {row.database: row for row in group}
        cells = [_both(found[one]) if one in found else "" for one in databases]
        any_row = next(iter(found.values()))
        lines.append((measure, *cells, any_row.limit_name, _aim(any_row)))
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _as_json(row: Row) -> dict[str, Any]:
    return asdict(row) | {"ratio": round(row.ratio, 4), "is_reached": row.is_reached}


def _value(row: Row) -> str:
    return f"{_number(row.value)} {row.unit}"


def _both(row: Row) -> str:
    return f"{_value(row)} ({_number(row.limit)})"


def _limit(row: Row) -> str:
    return f"{_number(row.limit)} ({row.limit_name})"


def _aim(row: Row) -> str:
    return f"{'≤' if row.aims_low else '≥'} {row.aim:g}{f' {row.unit}' if row.aims_at_value else ''}"


def _number(value: float) -> str:
    """Return about three digits of it."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _line(cells: Sequence[str]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()
