"""The commands of the terminal: `flask …`."""

from flask import Flask


def register(app: Flask) -> None:
    """Attach all commands."""
