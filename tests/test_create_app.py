"""The assembled application."""

from collections.abc import Callable

import pytest
from flask import Flask

from config import ConfigurationError
from registration.extensions import db


def test_no_connection_is_open_that_a_forked_web_worker_would_share(app: Flask) -> None:
    """gunicorn's --preload (Procfile) rests on this."""
    with app.app_context():
        assert db.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_mistyped_kind_of_mail_is_refused_with_the_list_of_kinds(make_app: Callable[..., Flask]) -> None:
    with pytest.raises(ConfigurationError, match=r"reminders.*reminder, .*digest"):
        make_app(MAIL_UNCERTAIN="resend,reminders=hold")

    assert make_app(MAIL_UNCERTAIN="resend,reminder=hold")


@pytest.mark.parametrize("name", ["MAIL_FROM_ADDRESS", "MAIL_BOUNCE_ADDRESS", "MAIL_TEST_ADDRESS"])
@pytest.mark.parametrize("address", ["anmeldung@agentur", "anmeldung", "jörg@example.org"])
def test_an_address_that_no_mail_could_leave_from_or_go_to_is_refused(
    make_app: Callable[..., Flask], name: str, address: str
) -> None:
    with pytest.raises(ConfigurationError, match=name):
        make_app(**{name: address})
