"""Measure and print a table: `python -m benchmarks [--json FILE]`. Aims are reported, not enforced."""

import argparse
import json
import os
import platform
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from benchmarks.installation import installations
from benchmarks.measures import Effort, Row, measure
from benchmarks.servers import GUNICORN

DATABASES = ("sqlite", "postgresql")
HEAD = ("database", "measure", "value", "limit in the same run", "ratio", "aim", "")
WIDTHS = (11, 24, 16, 36, 6, 7, 7)


def main() -> None:
    arguments = _arguments()
    effort = Effort(**{one.name: getattr(arguments, one.name) for one in fields(Effort)})
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}; both apps: {GUNICORN};")
    print(f"{effort.clients} clients on the same machine, median of {effort.rounds} rounds.\n")
    print(_line(HEAD))
    print(_line(tuple("-" * width for width in WIDTHS)))
    rows: list[Row] = []
    for database in arguments.database or DATABASES:
        with installations(database) as installation:
            if installation is None:
                print(f"{database}: left out, its server programs are not installed")
                continue
            for row in measure(database, installation, effort):
                print(_line(_cells(row)), flush=True)
                rows.append(row)
    if arguments.json:
        arguments.json.write_text(json.dumps([_as_json(row) for row in rows], indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--database", action="append", choices=DATABASES, help="both when not given")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to a file, too")
    for one in fields(Effort):
        parser.add_argument(f"--{one.name}", type=type(one.default), default=one.default)
    return parser.parse_args()


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.database,
        row.measure,
        f"{row.value:,.0f} {row.unit}",
        f"{row.limit:,.0f} ({row.limit_name})",
        f"{row.ratio:.2f}",
        f"{'≤' if row.aims_low else '≥'} {row.aim:.1f}",
        "ok" if row.is_reached else "misses",
    )


def _as_json(row: Row) -> dict[str, Any]:
    return asdict(row) | {"ratio": round(row.ratio, 4), "is_reached": row.is_reached}


def _line(cells: tuple[str, ...]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


if __name__ == "__main__":
    main()
