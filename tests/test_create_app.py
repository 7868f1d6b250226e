"""The assembled application."""

from flask import Flask

from registration.extensions import db


def test_no_connection_is_open_that_a_forked_web_worker_would_share(app: Flask) -> None:
    """gunicorn's --preload (Procfile) rests on this."""
    with app.app_context():
        assert db.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
