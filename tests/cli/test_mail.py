"""`flask mail …`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from registration import clock
from registration.extensions import db
from registration.models import JobRun, MailRelay, OutboxMessage
from registration.vocabulary import MailKind, OutboxState, RelayPause
from tests.factories import default_mail_plan, mails, make_workshop, save, sign_up
from tests.times import NOW

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
S = OutboxState
Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the one clock (T-16)."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def run(app: Flask) -> Run:
    return lambda *words: app.test_cli_runner().invoke(args=["mail", *words])


def worker_ran(app: Flask) -> None:
    with app.app_context():
        save(JobRun(name="deliver", succeeded_at=NOW - timedelta(seconds=5)))


def make_mails(app: Flask, *states: OutboxState, **columns: Any) -> list[int]:
    """Mails in these states; their ids."""
    with app.app_context():
        defaults: dict[str, Any] = {
            "kind": MailKind.TEST,
            "to_address": "team@example.org",
            "created_at": NOW,
            "next_attempt_at": NOW,
        }
        return [
            save(
                OutboxMessage(
                    intent_key=f"{state}:{number}",
                    message_id=f"<{state}.{number}@example.org>",
                    state=state,
                    **(defaults | columns),
                )
            ).id
            for number, state in enumerate(states)
        ]


def state_of(app: Flask, message_id: int) -> OutboxState:
    with app.app_context():
        return db.session.get_one(OutboxMessage, message_id).state


def test_status_is_0_while_nothing_needs_a_person(app: Flask, run: Run) -> None:
    worker_ran(app)

    done = run("status")

    assert done.exit_code == 0
    assert "Sending         on\n" in done.output
    assert "last seen 5 s ago" in done.output
    assert "Needs a person  no\n" in done.output


def test_status_tells_all_about_a_pause(app: Flask, run: Run) -> None:
    worker_ran(app)
    with app.app_context():
        why = {"pause": RelayPause.CONFIGURATION, "reason": "535 wrong password"}
        save(MailRelay(name="default", since=NOW - timedelta(hours=1), paused_by="Ada", **why))

    done = run("status")

    assert done.exit_code == 1
    assert "PAUSED (configuration) since 2027-01-15 09:00 by Ada\n" in done.output
    assert "reason: 535 wrong password\n" in done.output
    assert "flask mail resume" in done.output


def test_a_pause_that_ends_by_itself_needs_nobody(app: Flask, run: Run) -> None:
    worker_ran(app)
    with app.app_context():
        until = NOW + timedelta(minutes=5)
        save(MailRelay(name="default", pause=RelayPause.TEMPORARY, since=NOW, paused_until=until))

    done = run("status")

    assert done.exit_code == 0
    assert "PAUSED (temporary) since 2027-01-15 10:00, tried again at 2027-01-15 10:05\n" in done.output


@pytest.mark.parametrize("state", [S.FAILED, S.HELD])
def test_failed_and_held_mails_need_a_person(app: Flask, run: Run, state: OutboxState) -> None:
    worker_ran(app)
    make_mails(app, state, S.QUEUED)

    done = run("status")

    assert done.exit_code == 1
    assert f"{state:<10}       1" in done.output
    assert "flask mail retry" in done.output


def test_old_mails_and_a_silent_worker_need_a_person(app: Flask, run: Run) -> None:
    make_mails(app, S.QUEUED, next_attempt_at=NOW - timedelta(minutes=80))

    done = run("status")

    assert done.exit_code == 1
    assert "The oldest due mail has waited for 1 h 20 min." in done.output
    assert "The worker says nothing." in done.output


def test_pause_and_resume(app: Flask, run: Run) -> None:
    worker_ran(app)

    assert "No mail leaves any more." in run("pause", "--reason", "new server").output
    paused = run("status")
    assert "PAUSED (by_hand)" in paused.output
    assert "reason: new server" in paused.output
    assert run("resume").output == "Mails leave again.\n"
    assert run("resume").output == "Nothing was paused.\n"
    assert run("status").exit_code == 0


def test_retry_takes_ids(app: Flask, run: Run) -> None:
    failed, sent = make_mails(app, S.FAILED, S.QUEUED)

    done = run("retry", str(failed), str(sent))

    assert done.output.splitlines()[0] == "1 mail will be tried again."
    assert state_of(app, failed) is S.QUEUED


def test_retry_takes_all_that_failed_of_one_kind(app: Flask, run: Run) -> None:
    (one,) = make_mails(app, S.FAILED, kind=MailKind.DIGEST)
    (held,) = make_mails(app, S.HELD)

    assert run("retry", "--failed", "--kind", "test").output == "0 mails will be tried again.\n"
    assert run("retry", "--failed", "--kind", "digest").output == "1 mail will be tried again.\n"
    assert (state_of(app, one), state_of(app, held)) == (S.QUEUED, S.HELD)


@pytest.mark.parametrize("words", [[], ["1", "--failed"], ["1", "--kind", "test"]])
def test_retry_wants_to_know_what(run: Run, words: list[str]) -> None:
    assert run("retry", *words).exit_code == 2


def test_plan_prints_what_has_left_and_what_will(app: Flask, run: Run) -> None:
    with app.app_context():
        workshop = make_workshop()
        default_mail_plan(workshop)
        sign_up(workshop)

    done = run("plan", "kooperation")

    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[0].endswith("(kooperation), times in Europe/Berlin, now Fri 2027-01-15 10:00")
    assert lines[1].split() == ["WHEN", "MAIL", "TO", "STATE", "AUDIENCE"]
    assert any(
        line.startswith("Wed 2027-02-17 09:00  reminder")
        and line.endswith("1  planned   everybody with a seat")
        for line in lines
    )
    assert any("seat_certain" in line and "1 queued" in line for line in lines)


def test_a_workshop_that_is_not_there_is_answered_with_those_that_are_near(app: Flask, run: Run) -> None:
    with app.app_context():
        make_workshop()

    done = run("plan", "koperation")

    assert done.exit_code == 1
    assert "There is no workshop “koperation”. Did you mean: kooperation?" in done.output


def test_preview_prints_the_mail_for_the_longest_name_or_the_person_named(app: Flask, run: Run) -> None:
    with app.app_context():
        workshop = make_workshop()
        reference = sign_up(workshop, "ada").reference
        sign_up(workshop, "ben", family_name="Bitdiddle-Wolfeschlegelsteinhausenbergerdorff")
        before = len(mails())

    longest, ada = (
        run("preview", "kooperation", "reminder"),
        run("preview", "kooperation", "reminder", "--registration", reference.lower()),
    )

    assert "Guten Tag Ben Bitdiddle-Wolfeschlegelsteinhausenbergerdorff," in longest.output
    assert ada.output.startswith("To:       ada@musterhausen.example.org\nSubject:  Erinnerung: ")
    assert "<html" in run("preview", "kooperation", "reminder", "--html").output
    assert (
        "No registration “XX” in kooperation."
        in run("preview", "kooperation", "reminder", "--registration", "XX").output
    )
    with app.app_context():
        assert len(mails()) == before


def test_a_test_mail_is_queued(app: Flask, run: Run) -> None:
    done = run("test", "team@example.org")

    assert done.output == "Mail 1 is queued.\n"
    assert state_of(app, 1) is S.QUEUED


def test_a_test_mail_to_nobody_is_refused(run: Run) -> None:
    assert "“nobody” is no e-mail address." in run("test", "nobody").output


def test_whoever_waits_for_a_test_mail_learns_why_it_does_not_leave(app: Flask, run: Run) -> None:
    without_worker = run("test", "team@example.org", "--wait", "--seconds", "0")
    worker_ran(app)
    run("pause", "--reason", "new server")
    paused = run("test", "team@example.org", "--wait", "--seconds", "0")

    assert without_worker.exit_code == paused.exit_code == 1
    assert "the worker says nothing" in without_worker.output
    assert "mails are paused (by_hand). Reason: new server" in paused.output


def test_whoever_waits_for_a_test_mail_sees_it_sent(live_server: Callable[..., Any], smtp_sink: Any) -> None:
    server = live_server(workers=0, **smtp_sink.settings)
    server.start_worker()

    done = server.flask("mail", "test", "team@example.org", "--wait")

    assert "Sent. The mail server says: 2.0.0 OK" in done
