"""Backup and restore as an operator does them: nothing that was sent already is sent again."""

import shutil
import stat
import subprocess
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from registration import clock
from registration.extensions import db, one_transaction
from registration.mail.transport import Transport
from registration.models import JobRun
from registration.services.confirming import confirm_address
from registration.services.delivering import deliver_due
from registration.services.planning import plan_due_mails
from registration.steps.relay import relay_as_read
from registration.vocabulary import MailKind, OutboxState, RelayPause
from tests.factories import (
    START,
    default_mail_plan,
    instant,
    mails,
    make_workshop,
    save,
    sign_up,
    submit,
)
from tests.servers.missing import program
from tests.times import NOW

A_WEEK_BEFORE = instant(START.replace(hour=9)) - timedelta(days=7)


class Installation:
    """One installation of the product on one database, and a mail server that remembers."""

    def __init__(self, app, url: str) -> None:
        self.app, self.url = app, url

    def flask(self, *arguments: str):
        answer = self.app.test_cli_runner().invoke(args=arguments)
        assert answer.exit_code == 0, answer.output
        return answer.output

    def send(self, at) -> None:
        transport = Transport(self.app.config)
        with self.app.app_context():
            while deliver_due(transport, instant=lambda: at, wants_to_stop=lambda: False):
                pass
            db.session.remove()
        transport.close()

    def plan(self, at) -> None:
        with self.app.app_context():
            plan_due_mails(now=at)
            db.session.remove()


@pytest.fixture
def at(monkeypatch):
    """Move the one clock: `at(NOW)`."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def installation(make_app, database_url, smtp_sink) -> Installation:
    return Installation(make_app(**smtp_sink.settings), database_url)


@pytest.fixture
def restore(make_app, databases, smtp_sink):
    """Put a backup into a new database, and return the installation on it."""

    def run(backup: Path) -> Installation:
        url = databases.empty()
        if url.startswith("sqlite"):
            shutil.copyfile(backup, url.removeprefix("sqlite:///"))
        else:
            command = [program("pg_restore"), "--no-owner", f"--dbname={url}", str(backup)]
            subprocess.run(command, check=True)
        return Installation(make_app(DATABASE_URL=url, **smtp_sink.settings), url)

    return run


@pytest.fixture
def disaster(installation, restore, smtp_sink, tmp_path, at):
    """Ada's answer is sent, a backup is made, Ben's and the reminders are sent, the database is lost."""
    app = installation.app
    with app.app_context():
        workshop = make_workshop()
        default_mail_plan(workshop)
        sign_up(workshop, "ada")
        ben = submit(workshop, "ben").id
        db.session.remove()
    installation.send(NOW)
    with app.app_context():
        confirm_address(ben, now=NOW)
        db.session.remove()
    installation.flask("backup", str(tmp_path / "backup"))
    installation.send(NOW)
    installation.plan(A_WEEK_BEFORE)
    installation.send(A_WEEK_BEFORE)
    assert arrivals(smtp_sink) == {
        ("ada", "Zusage"): 1,
        ("ben", "Bitte"): 1,
        ("ben", "Zusage"): 1,
        ("ada", "Erinnerung"): 1,
        ("ben", "Erinnerung"): 1,
    }
    at(A_WEEK_BEFORE + timedelta(hours=3))
    return restore(tmp_path / "backup")


def arrivals(sink) -> Counter:
    return Counter(
        (one.to.partition("@")[0], one.subject.partition(":")[0].partition(" ")[0]) for one in sink.received
    )


def test_after_a_restore_nothing_that_was_sent_leaves_again(disaster, smtp_sink):
    printed = disaster.flask("restored", "--stopped-at", (A_WEEK_BEFORE + timedelta(hours=1)).isoformat())
    disaster.flask("mail", "resume")
    later = A_WEEK_BEFORE + timedelta(hours=3)
    disaster.plan(later)
    disaster.send(later)

    assert "3 mails are held" in printed
    assert max(arrivals(smtp_sink).values()) == 1


def test_without_it_they_would_leave_again(disaster, smtp_sink):
    later = A_WEEK_BEFORE + timedelta(hours=3)
    disaster.plan(later)
    disaster.send(later)

    assert {("ada", "Erinnerung"): 2, ("ben", "Erinnerung"): 2}.items() <= arrivals(smtp_sink).items()


def test_the_organiser_sees_what_waits_and_can_let_it_leave(disaster, smtp_sink):
    disaster.flask("restored")
    with disaster.app.app_context():
        held = [one for one in mails() if one.state is OutboxState.HELD]
        assert {one.state_reason for one in held} == {
            "aus einer Sicherung wiederhergestellt: vielleicht schon gesendet"
        }
        assert all(one.is_uncertain for one in held)
        assert relay_as_read().pause is RelayPause.BY_HAND
        db.session.remove()
    disaster.flask("restored", "--release", "reminder")
    disaster.flask("mail", "resume")
    disaster.send(A_WEEK_BEFORE + timedelta(hours=3))

    assert arrivals(smtp_sink)["ada", "Erinnerung"] == 2
    assert arrivals(smtp_sink)["ben", "Zusage"] == 1


def test_what_was_sent_perhaps_can_be_dropped(disaster, smtp_sink):
    assert "3 mails are dropped" in disaster.flask("restored", "--drop")
    with disaster.app.app_context():
        assert {one.state for one in mails()} == {OutboxState.SENT, OutboxState.SKIPPED}


def test_what_was_not_due_before_the_failure_is_told_apart_and_released_alone(disaster, smtp_sink):
    before = NOW + timedelta(minutes=1)
    with disaster.app.app_context():
        with one_transaction():
            mails(MailKind.SEAT_CERTAIN)[1].next_attempt_at = before + timedelta(hours=1)
        db.session.remove()
    disaster.flask("restored", "--stopped-at", before.isoformat())
    disaster.flask("restored", "--release", "unsent")

    with disaster.app.app_context():
        assert mails(MailKind.SEAT_CERTAIN)[1].state is OutboxState.QUEUED


def test_new_mails_leave_after_the_restore(disaster, smtp_sink):
    disaster.flask("restored")
    disaster.flask("mail", "resume")
    later = A_WEEK_BEFORE + timedelta(hours=4)
    with disaster.app.app_context():
        submit(make_workshop(slug="neu", closes_at=None, deadline_on=None), "cleo", now=later)
        db.session.remove()
    disaster.send(later)

    assert arrivals(smtp_sink)["cleo", "Bitte"] == 1


def test_a_running_worker_is_noticed(installation, at):
    at(NOW)
    with installation.app.app_context():
        save(JobRun(name="deliver", succeeded_at=NOW - timedelta(seconds=5)))
        db.session.remove()
    answer = installation.app.test_cli_runner().invoke(args=["restored"])

    assert answer.exit_code == 1
    assert "A worker runs" in answer.output


def test_a_backup_is_nobody_elses_to_read_and_replaces_nothing(installation, tmp_path):
    target = tmp_path / "backup"
    installation.flask("backup", str(target))
    again = installation.app.test_cli_runner().invoke(args=["backup", str(target)])

    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert (again.exit_code, "is there already" in again.output) == (1, True)
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_a_backup_that_fails_leaves_nothing_behind(make_app, tmp_path, databases):
    app = make_app()
    answer = app.test_cli_runner().invoke(args=["backup", str(tmp_path / "missing" / "backup")])

    assert answer.exit_code == 1
    assert "cannot be written" in answer.output


def test_a_backup_is_made_while_others_write(installation, restore, tmp_path):
    """A transaction that is open at that moment is not in it, and does not keep it from being made."""
    with installation.app.app_context():
        make_workshop()
        with one_transaction():
            workshop = find_workshop()
            workshop.title = "Mitten im Schreiben"
            db.session.flush()
            installation.app.test_cli_runner().invoke(args=["backup", str(tmp_path / "backup")])
        db.session.remove()
    with restore(tmp_path / "backup").app.app_context():
        assert find_workshop().title.startswith("Kooperation")


def find_workshop():
    from registration.models import Workshop

    return db.session.query(Workshop).one()
