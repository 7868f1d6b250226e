"""The documents are true: what they name exists. Each guard is proved by a planted violation."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask_migrate.cli import db as migrations

import config
from registration import cli
from registration.jobs import JOBS
from registration.vocabulary import MailKind, OutboxState
from tests.browser.screenshots import PICTURES

ROOT = Path(__file__).parent.parent
README, OPERATING, MAIL = "README.md", "docs/operating.md", "docs/mail.md"
LONGEST_README, LONGEST_DECISION = 150, 40  # lines
LARGEST_SCREENSHOT_BYTES = 200_000

Documents = Mapping[str, str]  # path below the project: text
Guard = Callable[[Documents], Iterator[str]]

FENCED = re.compile(r"^ *```.*?^ *```", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
SETTING_READ = re.compile(r'(?:env\.\w+\(|_secret\(env, |_text\(env, )"([A-Z_]+)"')
ROW = re.compile(r"^\| `([^`]+)` \| (.+?) \|", re.M)


def readme_and_decisions_are_short(documents: Documents) -> Iterator[str]:
    for name, text in documents.items():
        longest = LONGEST_README if name == README else LONGEST_DECISION if "/decisions/" in name else None
        if longest and len(text.splitlines()) > longest:
            yield f"{name} has more than {longest} lines"


def decisions_say_context_decision_and_consequence(documents: Documents) -> Iterator[str]:
    for name, text in documents.items():
        headings = re.findall(r"^## (\w+)", text, re.M)
        if "/decisions/" in name and headings[:3] != ["Context", "Decision", "Consequence"]:
            yield f"{name} has the headings {headings}"


def commands_exist(documents: Documents) -> Iterator[str]:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    commands = flask_commands()
    for name, text in documents.items():
        for code in code_of(text):
            yield from (
                f"{name}: make {one}"
                for one in re.findall(r"\bmake ([a-z][\w-]*)", code)
                if one not in targets
            )
            flask = re.findall(r"\bflask (?:--app wsgi )?([a-z][\w-]*)", code)
            yield from (f"{name}: flask {one}" for one in flask if one not in commands)


MADE_BY_RUNNING = {"instance/"}


def files_exist(documents: Documents) -> Iterator[str]:
    """Paths as spans of code, also below registration/, with the function that they name."""
    for name, text in documents.items():
        for span in SPAN.findall(FENCED.sub("", text)):
            path, _, inside = span.partition(": ")
            if not re.fullmatch(r"[\w.*/-]*(/|\.py|/[\w.-]+\.\w+)", path) or path.startswith("/"):
                continue
            if path in MADE_BY_RUNNING:
                continue
            found = [one for base in (ROOT, ROOT / "registration") for one in base.glob(path)]
            if not found:
                yield f"{name}: {path} does not exist"
            elif inside and not re.search(
                rf"(def|class) {re.escape(inside.rstrip('()'))}\b", found[0].read_text()
            ):
                yield f"{name}: {path} holds no {inside}"


def map_is_true(documents: Documents) -> Iterator[str]:
    """The tree in the README: an indented line belongs to the folder above it."""
    block = re.search(r"^## Map\n+```\n(.*?)^```", documents[README], re.M | re.S)
    lines = block.group(1).splitlines() if block else []
    if not lines:
        yield "README.md has no map"
    folder = ""
    for line in lines:
        entry = line.split()[0]
        folder = folder if line.startswith(" ") else entry
        path = folder + entry if line.startswith(" ") else entry
        if not (ROOT / path).exists():
            yield f"README.md: {path} does not exist"


def links_lead_somewhere(documents: Documents) -> Iterator[str]:
    for name, text in documents.items():
        for target in LINK.findall(FENCED.sub("", text)):
            path, _, anchor = target.partition("#")
            file = (ROOT / name).parent / path if path else ROOT / name
            if urlsplit(target).scheme:
                continue
            if not file.exists():
                yield f"{name}: {target} leads nowhere"
            elif anchor and anchor not in anchors(file.read_text()):
                yield f"{name}: {target} names no heading"


def named_tests_exist(documents: Documents) -> Iterator[str]:
    existing = names_in_tests()
    for name, text in documents.items():
        for span in SPAN.findall(text):
            if re.fullmatch(r"(test|rules|only|locks)_\w+", span) and span not in existing:
                yield f"{name}: there is no {span}"


def settings_are_listed_with_their_defaults(documents: Documents) -> Iterator[str]:
    listed = dict(ROW.findall(section(documents[OPERATING], "Settings")))
    read = set(SETTING_READ.findall((ROOT / "config.py").read_text()))
    yield from (f"{name} is not in {OPERATING}" for name in sorted(read - listed.keys()))
    yield from (f"{name} is no setting" for name in sorted(listed.keys() - read))
    for name in read & listed.keys():
        if listed[name].strip("`") != default_of(name):
            yield f"{name}: {OPERATING} says {listed[name]}, config.py {default_of(name)}"


def jobs_are_listed_with_their_intervals(documents: Documents) -> Iterator[str]:
    listed = dict(ROW.findall(section(documents[OPERATING], "Looking after it")))
    true = {job.name: f"{job.every.total_seconds():.0f} s" for job in JOBS}
    if {name: listed.get(name) for name in true} != true:
        yield f"{OPERATING} lists {listed}"


def mails_and_states_are_listed(documents: Documents) -> Iterator[str]:
    for heading, words in (("The mails", list(MailKind)), ("States of the outbox", list(OutboxState))):
        listed = [name for name, _ in ROW.findall(section(documents[MAIL], heading))]
        if sorted(listed) != sorted(words):
            yield f"{MAIL}: {heading}: {sorted(set(listed) ^ set(words))}"


def only_example_hosts_are_named(documents: Documents) -> Iterator[str]:
    """No package registry, no company: what is fetched from where is decided elsewhere."""
    for name, text in documents.items():
        for url in re.findall(r"https?://[^\s)>`\"]+", text):
            host = urlsplit(url).hostname or ""
            if host not in ("localhost", "127.0.0.1") and not host.endswith("example.org"):
                yield f"{name}: {url}"


def no_machine_is_named(documents: Documents) -> Iterator[str]:
    for name, text in documents.items():
        for path in re.findall(r"(?<![\w.>-])/(?:home|opt|root|tmp|usr|var|work|Users)/\S*", text):
            yield f"{name}: {path}"


PLANTED: list[tuple[Guard, str, str, str]] = [
    (readme_and_decisions_are_short, README, "## Map", "\n" * LONGEST_README),
    (readme_and_decisions_are_short, "docs/decisions/0006-steps-floor.md", "## Context", "\n" * 40),
    (decisions_say_context_decision_and_consequence, "docs/decisions/0006-steps-floor.md", "## Context", ""),
    (commands_exist, README, "`make bench`", "`make planted`"),
    (commands_exist, OPERATING, "flask --app wsgi jobs", "flask --app wsgi planted"),
    (files_exist, README, "`config.py`", "`planted.py`"),
    (files_exist, "docs/ARCHITECTURE.md", "`services/", "`services/planted/"),
    (files_exist, "docs/ARCHITECTURE.md", "place()", "planted()"),
    (map_is_true, README, "  rules/ ", "  planted/ "),
    (map_is_true, README, "## Map", "## Planted"),
    (links_lead_somewhere, README, "(LICENSE)", "(PLANTED)"),
    (links_lead_somewhere, README, "#settings", "#planted"),
    (named_tests_exist, "docs/ARCHITECTURE.md", "`test_", "`test_planted_"),
    (settings_are_listed_with_their_defaults, OPERATING, "| `MAIL_VERP` |", "| MAIL_VERP |"),
    (settings_are_listed_with_their_defaults, OPERATING, "| `MAIL_VERP` |", "| `PLANTED` |"),
    (settings_are_listed_with_their_defaults, OPERATING, "`120`", "`121`"),
    (jobs_are_listed_with_their_intervals, OPERATING, "| `plan` | 15 s", "| `plan` | 16 s"),
    (mails_and_states_are_listed, MAIL, "| `moved_up` |", "| `planted` |"),
    (mails_and_states_are_listed, MAIL, "| `held` |", "| held |"),
    (only_example_hosts_are_named, README, "http://localhost:8000/mailbox", "https://planted.example.com/"),
    (no_machine_is_named, OPERATING, "/srv/", "/home/planted/"),
]


@pytest.fixture(scope="module")
def documents() -> Documents:
    paths = [ROOT / README, *sorted((ROOT / "docs").rglob("*.md"))]
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


@pytest.mark.parametrize(
    "guard", dict.fromkeys(guard for guard, *_ in PLANTED), ids=lambda guard: guard.__name__
)
def test_documents_keep(guard: Guard, documents: Documents) -> None:
    assert list(guard(documents)) == []


@pytest.mark.parametrize(("guard", "name", "old", "new"), PLANTED)
def test_a_planted_violation_is_found(
    guard: Guard, name: str, old: str, new: str, documents: Documents
) -> None:
    planted = documents[name].replace(old, new)

    assert planted != documents[name]
    assert list(guard({**documents, name: planted}))


def test_screenshots_are_those_of_the_command_and_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs/screenshots").iterdir()}

    assert set(sizes) == {f"{name}.png" for name in PICTURES}
    assert {name for name, size in sizes.items() if size > LARGEST_SCREENSHOT_BYTES} == set()


def code_of(text: str) -> list[str]:
    return FENCED.findall(text) + SPAN.findall(FENCED.sub("", text))


def section(text: str, heading: str) -> str:
    """Everything below the heading `## …` up to the next of the same level."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def flask_commands() -> set[str]:
    app = Flask("documents")
    cli.register(app)
    return {*app.cli.commands, str(migrations.name)}


def default_of(name: str) -> str:
    """A default as the table writes it: a path from the project, – for nothing."""
    settings = defaults()
    value = settings["DEBUG" if name == "FLASK_DEBUG" else name]
    if value in ("", None, []):
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return number.replace(f"{ROOT}/", "")


@cache
def defaults() -> dict[str, object]:
    """Settings with nothing in the environment, before anything is derived from them."""
    env = EmptyEnvironment()
    parts = (config._basics, config._mail, config._bounces, config._operation, config._agency, config._rules)
    return {name: value for part in parts for name, value in part(env).items()}


class EmptyEnvironment(config.Env):
    """Answers every question with the default."""

    def __getattribute__(self, name: str) -> object:
        if name in ("str", "int", "float", "bool", "list"):
            return lambda _name, default=None: default
        return super().__getattribute__(name)


@cache
def names_in_tests() -> set[str]:
    trees = [ast.parse(path.read_text()) for path in (ROOT / "tests").rglob("test_*.py")]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
