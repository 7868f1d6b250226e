"""`flask doctor`: a table for people, one object for programs, and an exit code for both."""

import json

import pytest

from registration import clock
from registration.extensions import db
from registration.jobs import JOBS
from registration.models import JobRun
from tests.factories import save
from tests.times import NOW

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def at_now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def doctor(make_app):
    """Run it: `doctor("--json", MAIL_TEST_ADDRESS=…)`."""

    def run(*arguments: str, **settings):
        app = make_app(MAIL_FROM_ADDRESS="anmeldung@example.net", HELP_EMAIL="hilfe@example.net", **settings)
        return app.test_cli_runner().invoke(args=["doctor", "--offline", *arguments])

    return run


def let_jobs_run(app) -> None:
    with app.app_context():
        for job in JOBS:
            save(JobRun(name=job.name, succeeded_at=NOW))
        db.session.remove()


def test_an_error_ends_it_with_one_and_says_what_to_do(doctor):
    answer = doctor()

    assert answer.exit_code == 1
    assert "error   Worker            The worker does not run" in answer.output
    assert "→ Start it: flask --app wsgi worker" in answer.output


def test_warnings_end_it_with_zero(app, doctor):
    let_jobs_run(app)
    answer = doctor(MAIL_TEST_ADDRESS="test@example.net")

    assert "warning Test mode" in answer.output
    assert answer.exit_code == 0


def test_programs_get_one_object(app, doctor):
    let_jobs_run(app)
    answer = json.loads(doctor("--json").stdout)

    assert answer["health"] in ("ok", "warning")
    assert {"check", "health", "what", "to_do", "text"} == set(answer["checks"][0])


def test_offline_asks_nobody_else(doctor):
    assert "Mail server" not in doctor().output
