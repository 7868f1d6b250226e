"""Measure and print a table: `python -m benchmarks [--json FILE]`. Aims are reported, not enforced."""

import argparse
import json
import os
import platform
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from benchmarks.installation import installations
from benchmarks.measures import MEASURES, measure
from benchmarks.rows import Effort, Row
from benchmarks.servers import GUNICORN

DATABASES = ("sqlite", "postgresql")
HEAD = ("database", "measure", "value", "limit in the same run", "ratio", "aim", "")
WIDTHS = (10, 37, 16, 44, 6, 12, 6)


def main() -> None:
    arguments = _arguments()
    effort = Effort(**{one.name: getattr(arguments, one.name) for one in fields(Effort)})
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}; both apps: {GUNICORN};")
    print(f"{effort.clients} clients on the same machine, median of {effort.rounds} rounds;")
    print(f"mail server: aiosmtpd, one process; load of the machine {os.getloadavg()[0]:.1f}\n")
    print(_line(HEAD))
    print(_line(tuple("-" * width for width in WIDTHS)))
    rows: list[Row] = []
    for database in arguments.database or DATABASES:
        with installations(database) as installation:
            if installation is None:
                print(f"{database}: left out, its server programs are not installed")
                continue
            for row in measure(database, installation, effort, arguments.only or ()):
                print(_line(_cells(row)), flush=True)
                rows.append(row)
    if arguments.json:
        arguments.json.write_text(json.dumps([_as_json(row) for row in rows], indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--database", action="append", choices=DATABASES, help="both when not given")
    parser.add_argument("--only", action="append", choices=list(MEASURES), help="all when not given")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to a file, too")
    for one in fields(Effort):
        parser.add_argument(f"--{one.name}", type=type(one.default), default=one.default)
    return parser.parse_args()


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.database,
        row.measure,
        f"{_number(row.value)} {row.unit}",
        f"{_number(row.limit)} ({row.limit_name})",
        f"{row.ratio:.2f}",
        f"{'≤' if row.aims_low else '≥'} {row.aim:g}{f' {row.unit}' if row.aims_at_value else ''}",
        "ok" if row.is_reached else "misses",
    )


def _number(value: float) -> str:
    """Return about three digits of it."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _as_json(row: Row) -> dict[str, Any]:
    return asdict(row) | {"ratio": round(row.ratio, 4), "is_reached": row.is_reached}


def _line(cells: tuple[str, ...]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


if __name__ == "__main__":
    main()
