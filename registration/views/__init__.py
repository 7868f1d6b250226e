"""The pages: one blueprint per file."""

from flask import Flask

from registration.views import headers


def register(app: Flask) -> None:
    """Attach all pages."""
    headers.register(app)
