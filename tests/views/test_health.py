"""`/healthz`: what monitoring reads (M-58). That every job has to run is shown in tests/test_jobs.py."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration import jobs
from registration.models import JobRun, MailRelay, OutboxMessage
from registration.vocabulary import MailKind, RelayPause
from tests.factories import save
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("at_now")


@pytest.fixture
def healthy(app: Flask) -> FlaskClient:
    """A browser, while every job has just run."""
    with app.app_context():
        for job in jobs.JOBS:
            save(JobRun(name=job.name, succeeded_at=NOW))
    return app.test_client()


def pause(app: Flask, why: RelayPause, **columns: Any) -> None:
    with app.app_context():
        save(MailRelay(name="default", pause=why, since=NOW - timedelta(hours=1), **columns))


def make_mail(app: Flask, age: timedelta) -> None:
    with app.app_context():
        due = {"created_at": NOW - age, "next_attempt_at": NOW - age}
        where = {"kind": MailKind.TEST, "to_address": "team@example.org"}
        save(OutboxMessage(intent_key="one", message_id="<1@example.org>", **where, **due))


def test_all_is_well(healthy: FlaskClient) -> None:
    answer = healthy.get("/healthz")

    assert answer.status_code == 200
    assert (answer.json["problems"], answer.json["pause"], answer.json["test_mode"]) == ([], None, False)


@pytest.mark.parametrize("why", [RelayPause.CONFIGURATION, RelayPause.REJECTIONS, RelayPause.BY_HAND])
def test_a_pause_that_needs_a_person_is_told_with_all_about_it(
    app: Flask, healthy: FlaskClient, why: RelayPause
) -> None:
    pause(app, why, reason="535 no", paused_by="Ada")

    answer = healthy.get("/healthz")

    assert answer.status_code == 503
    assert answer.json["problems"] == [f"mail: paused ({why}) since 2027-01-15T08:00:00+00:00: 535 no"]
    assert answer.json["pause"] == {
        "kind": why,
        "reason": "535 no",
        "since": "2027-01-15T08:00:00+00:00",
        "by": "Ada",
        "until": None,
    }


def test_a_pause_that_ends_by_itself_is_told_and_is_no_problem(app: Flask, healthy: FlaskClient) -> None:
    pause(app, RelayPause.TEMPORARY, reason="refused", paused_until=NOW + timedelta(minutes=5))

    answer = healthy.get("/healthz")

    assert answer.status_code == 200
    assert (answer.json["pause"]["by"], answer.json["pause"]["until"]) == (
        "worker",
        "2027-01-15T09:05:00+00:00",
    )


def test_mails_that_wait_too_long_are_a_problem_whatever_the_cause(app: Flask, healthy: FlaskClient) -> None:
    pause(app, RelayPause.TEMPORARY, reason="refused", paused_until=NOW + timedelta(minutes=5))
    make_mail(app, timedelta(minutes=16))

    answer = healthy.get("/healthz")

    assert answer.status_code == 503
    assert answer.json["problems"] == ["mail: the oldest due mail has waited for 960 s"]


def test_a_silent_worker_is_a_problem(app: Flask) -> None:
    with app.app_context():
        for job in jobs.JOBS:
            save(JobRun(name=job.name, succeeded_at=NOW - timedelta(hours=2)))

    answer = app.test_client().get("/healthz")

    assert answer.status_code == 503
    assert len(answer.json["problems"]) == len(jobs.JOBS)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_test_mode_is_told(make_app: Any) -> None:
    app = make_app(MAIL_TEST_ADDRESS="probe@example.org")

    assert app.test_client().get("/healthz").json["test_mode"] is True
