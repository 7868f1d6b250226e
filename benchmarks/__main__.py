"""Measure and print a table: `python -m benchmarks [--json FILE]`. Aims are reported, not enforced."""

import argparse
import os
import platform
from dataclasses import fields
from pathlib import Path

from benchmarks.installation import installations
from benchmarks.measures import MEASURES, measure
from benchmarks.report import as_json, as_markdown, head, line
from benchmarks.rows import Effort, Row
from benchmarks.servers import GUNICORN

DATABASES = ("sqlite", "postgresql")


def main() -> None:
    arguments = _arguments()
    effort = Effort(**{one.name: getattr(arguments, one.name) for one in fields(Effort)})
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}; both apps: {GUNICORN};")
    print(f"{effort.clients} clients on the same machine, median of {effort.rounds} rounds;")
    print(f"mail server: aiosmtpd, one process; load of the machine {os.getloadavg()[0]:.1f}\n")
    print(head())
    rows: list[Row] = []
    for database in arguments.database or DATABASES:
        with installations(database) as installation:
            if installation is None:
                print(f"{database}: left out, its server programs are not installed")
                continue
            for row in measure(database, installation, effort, arguments.only or ()):
                print(line(row), flush=True)
                rows.append(row)
    if arguments.json:
        arguments.json.write_text(as_json(rows))
    if arguments.markdown:
        arguments.markdown.write_text(as_markdown(rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--database", action="append", choices=DATABASES, help="both when not given")
    parser.add_argument("--only", action="append", choices=list(MEASURES), help="all when not given")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to a file, too")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="the same, for the documents")
    for one in fields(Effort):
        parser.add_argument(f"--{one.name}", type=type(one.default), default=one.default)
    return parser.parse_args()


if __name__ == "__main__":
    main()
