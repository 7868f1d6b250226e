"""Decisions stand on their own: what they may import."""

import ast
from pathlib import Path

import pytest

import registration.rules

MODULES = sorted(Path(registration.rules.__file__).parent.glob("*.py"))
FORBIDDEN = ("flask", "sqlalchemy", "registration.models", "registration.clock", "registration.extensions")


def imported_by(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def reads_the_clock(source: str) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today", "time_ns", "monotonic"}
        for node in ast.walk(ast.parse(source))
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_rule_imports_neither_web_nor_database_and_reads_no_clock(module: Path) -> None:
    source = module.read_text(encoding="utf-8")

    assert not [name for name in imported_by(source) if name.startswith(FORBIDDEN)]
    assert not reads_the_clock(source)


def test_the_guard_finds_planted_violations() -> None:
    assert "flask" in imported_by("from flask import g")
    assert reads_the_clock("datetime.now(UTC)")
