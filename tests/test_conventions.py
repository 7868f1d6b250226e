"""The agreements that a reader relies on, each as a guard of a few lines, proved by a planted violation."""

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KEPT = ("registration", "templates", "requirements", "migrations", "package-lock.json")


def rules_know_no_web_and_no_database(root: Path) -> Iterator[str]:
    forbidden = ("flask", "sqlalchemy", "registration.models", "registration.extensions")
    for path, name, line in imports(root, "registration/rules/**/*.py"):
        if name.startswith(forbidden):
            yield f"{path}:{line} imports {name}"


def only_one_transaction_commits(root: Path) -> Iterator[str]:
    for path in root.glob("registration/**/*.py"):
        allowed = 1 if path.name == "extensions.py" else 0
        lines = [call.lineno for call in calls(path) if called(call).endswith(".commit")]
        yield from (f"{path.relative_to(root)}:{line} commits" for line in lines[allowed:])


def only_delivering_sends(root: Path) -> Iterator[str]:
    senders = (Path("registration/services/delivering.py"), Path("registration/mail/transport.py"))
    sending = (".offer", ".send", ".sendmail", ".send_message")
    for path in root.glob("registration/**/*.py"):
        where = path.relative_to(root)
        if where not in senders:
            yield from (
                f"{where}:{call.lineno} sends" for call in calls(path) if called(call).endswith(sending)
            )
    for where, name, line in imports(root, "registration/**/*.py"):
        if name.startswith("smtplib") and where not in senders:
            yield f"{where}:{line} imports {name}"


def only_the_clock_reads_the_time(root: Path) -> Iterator[str]:
    for path in root.glob("registration/**/*.py"):
        for call in calls(path):
            if path.name != "clock.py" and re.search(
                r"(datetime\.(now|utcnow|today)|date\.today)$", called(call)
            ):
                yield f"{path.relative_to(root)}:{call.lineno} reads the time"


def only_entrances_ask_the_clock(root: Path) -> Iterator[str]:
    below = ("services", "steps", "mail", "rules", "models")
    for folder in below:
        for path, name, line in imports(root, f"registration/{folder}/**/*.py"):
            if name.startswith("registration.clock"):
                yield f"{path}:{line} imports the clock"


def services_do_not_call_services(root: Path) -> Iterator[str]:
    for path, name, line in imports(root, "registration/services/*.py"):
        if name.startswith("registration.services"):
            yield f"{path}:{line} imports {name}"


def nothing_comes_from_another_host(root: Path) -> Iterator[str]:
    loads = re.compile(
        r"""(?:\bsrc\s*=|<link[^>]*\bhref\s*=|url\(|@import|fetch\(|\bfrom)\s*["']?(?:https?:)?//"""
    )
    files = [*root.glob("templates/**/*.html"), *root.glob("registration/static/**/*.[cj]s*")]
    for path in files:
        if {"mail", "kern"} & set(path.relative_to(root).parts):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if loads.search(line):
                yield f"{path.relative_to(root)}:{number} loads from another host"


def locks_name_no_registry(root: Path) -> Iterator[str]:
    for path in [*root.glob("requirements/*"), root / "package-lock.json"]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r"https?:|--(extra-)?index-url|--find-links|\"resolved\"", line):
                yield f"{path.relative_to(root)}:{number} names a registry"


def migrations_stand_alone(root: Path) -> Iterator[str]:
    for path, name, line in imports(root, "migrations/**/*.py"):
        if name.split(".")[0] in ("registration", "config", "wsgi"):
            yield f"{path}:{line} imports {name}"


def templates_hold_no_style_and_no_script(root: Path) -> Iterator[str]:
    # a block of data is no script: browsers do not run it
    inline = re.compile(
        r"<style\b|<script\b(?![^>]*\bsrc=)(?! type=\"application/ld\+json\">)|\sstyle=|\son[a-z]+=\""
    )
    for path in root.glob("templates/**/*.html"):
        if "mail" in path.relative_to(root).parts:
            continue  # mail programs know nothing else
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if inline.search(line):
                yield f"{path.relative_to(root)}:{number} holds style or script"


Guard = Callable[[Path], Iterator[str]]

PLANTED: list[tuple[Guard, str, str]] = [
    (rules_know_no_web_and_no_database, "registration/rules/planted.py", "from sqlalchemy import select"),
    (rules_know_no_web_and_no_database, "registration/rules/planted.py", "import flask"),
    (only_one_transaction_commits, "registration/services/planted.py", "db.session.commit()"),
    (
        only_delivering_sends,
        "registration/services/planted.py",
        "transport.offer(sender, recipient, content)",
    ),
    (only_delivering_sends, "registration/views/planted.py", "import smtplib"),
    (only_the_clock_reads_the_time, "registration/services/planted.py", "x = datetime.now(UTC)"),
    (only_the_clock_reads_the_time, "registration/models/planted.py", "x = datetime.date.today()"),
    (only_entrances_ask_the_clock, "registration/services/planted.py", "from registration import clock"),
    (
        services_do_not_call_services,
        "registration/services/planted.py",
        "from registration.services import x",
    ),
    (nothing_comes_from_another_host, "templates/planted.html", '<script src="https://example.org/a.js">'),
    (nothing_comes_from_another_host, "registration/static/planted.css", "a{b:url(//example.org/a.woff2)}"),
    (locks_name_no_registry, "requirements/planted.txt", "--index-url https://example.org/simple"),
    (migrations_stand_alone, "migrations/versions/planted.py", "from registration.models import Workshop"),
    (templates_hold_no_style_and_no_script, "templates/planted.html", '<p style="color: red">'),
    (
        templates_hold_no_style_and_no_script,
        "templates/planted.html",
        '<script type="module">alert(1)</script>',
    ),
]


@pytest.mark.parametrize(
    "guard", dict.fromkeys(guard for guard, _, _ in PLANTED), ids=lambda guard: guard.__name__
)
def test_the_project_keeps(guard: Guard) -> None:
    assert list(guard(ROOT)) == []


@pytest.mark.parametrize(("guard", "path", "line"), PLANTED)
def test_a_planted_violation_is_found(guard: Guard, path: str, line: str, copy: Path) -> None:
    planted = copy / path
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(line + "\n")

    assert [finding for finding in guard(copy) if "planted" in finding]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The parts of the project that the guards read."""
    ignore = shutil.ignore_patterns("kern", "__pycache__")
    for name in KEPT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=ignore)
        else:
            shutil.copy(source, tmp_path)
    return tmp_path


def imports(root: Path, pattern: str) -> Iterator[tuple[Path, str, int]]:
    """File, full name and line of everything that is imported."""
    for path in root.glob(pattern):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((path.relative_to(root), alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                names = (f"{node.module}.{alias.name}" for alias in node.names)
                yield from ((path.relative_to(root), name, node.lineno) for name in names)


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    """What is called, as it is written: `db.session.commit`."""
    return ast.unparse(call.func)
