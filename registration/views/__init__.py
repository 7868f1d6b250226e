"""The pages: one blueprint per file."""

from flask import Flask

from registration.views import headers, health


def register(app: Flask) -> None:
    """Attach all pages."""
    headers.register(app)
    app.register_blueprint(health.blueprint)
