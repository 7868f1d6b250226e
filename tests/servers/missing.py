"""Skipping when a program is not installed; with CI=true such a skip fails the run (see conftest.py)."""

import shutil
from typing import NoReturn

import pytest

PREFIX = "missing:"


def skip_missing(what: str) -> NoReturn:
    pytest.skip(f"{PREFIX} {what}")


def program(*names: str) -> str:
    """Path of the first of these programs that is installed; skips the test when none is."""
    for name in names:
        if path := shutil.which(name):
            return path
    skip_missing(f"the program {' or '.join(names)} is not installed")
