"""The clock's jobs, by hand and in the commands."""

from datetime import UTC, datetime, timedelta

import pytest

from registration import clock, jobs
from registration.extensions import db
from registration.models import JobRun
from registration.vocabulary import OutboxState
from tests.factories import mails, make_workshop, submit


def test_a_job_run_by_hand_sends_what_is_due_and_says_so(make_app, smtp_sink):
    app = make_app(**smtp_sink.settings)
    with app.app_context():
        submit(make_workshop(), now=clock.now())
    result = app.test_cli_runner().invoke(args=["job", "deliver"])
    assert result.stdout == "deliver: 1\n"
    with app.app_context():
        assert mails()[0].state is OutboxState.SENT


def test_the_list_says_when_each_job_last_ran(app):
    runner = app.test_cli_runner()
    runner.invoke(args=["job", "plan"])
    lines = dict(line.split(maxsplit=1) for line in runner.invoke(args=["jobs"]).output.splitlines())
    assert set(lines) == set(jobs.BY_NAME)
    assert "last run never" in lines["lapse"]
    assert "last run 20" in lines["plan"]


def test_a_job_that_fails_is_remembered_with_its_error(app):
    broken = jobs.Job("plan", jobs.BY_NAME["plan"].every, lambda _app: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        jobs.run_once(app, broken)
    with app.app_context():
        assert "ZeroDivisionError" in db.session.get(JobRun, "plan").error


def test_health_is_red_until_every_job_has_run(app, client):
    assert client.get("/healthz").status_code == 503
    runner = app.test_cli_runner()
    for name in jobs.BY_NAME:
        runner.invoke(args=["job", name])
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json["status"], answer.json["problems"]) == (200, "ok", [])


def test_health_says_that_the_database_is_gone(make_app, tmp_path):
    app = make_app(DATABASE_URL=f"sqlite:///{tmp_path / 'nowhere' / 'missing.sqlite3'}")
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json["problems"] == ["database: OperationalError"]


def test_a_clock_that_is_set_is_noticed_once(monkeypatch):
    ahead = timedelta(0)
    monkeypatch.setattr(jobs.clock, "now", lambda: datetime.now(UTC) + ahead)
    watch = jobs.ClockWatch()
    assert not watch.has_jumped()
    ahead = timedelta(hours=-1)
    assert [watch.has_jumped(), watch.has_jumped()] == [True, False]


def test_a_scheduler_whose_clock_went_back_begins_anew(app):
    scheduler = jobs._scheduler(app, None, [])
    scheduler.start(paused=True)
    for job in scheduler.get_jobs():
        job.modify(next_run_time=clock.now() + timedelta(hours=1))
    jobs._begin_anew(scheduler)
    assert {job.next_run_time <= clock.now() for job in scheduler.get_jobs()} == {True}
    scheduler.shutdown()
