"""`/metrics`: what stands in it, and who may read it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from registration import clock
from registration.extensions import db, one_transaction
from registration.models import JobRun, OutboxMessage
from registration.steps import outbox_numbers
from registration.steps.relay import pause, relay_row
from registration.vocabulary import MailKind, OutboxState, RelayPause
from tests.factories import mails, make_workshop, save, sign_up, submit
from tests.times import NOW

PARTIAL = r"USING (COVERING )?INDEX ix_outbox_message_(due|lease|stuck|bounced)"
WHOLE = rf"SCAN outbox_message(?! {PARTIAL})|Seq Scan"
LINE = re.compile(r"^(registration_\w+)(\{.*?\})? (\S+)$", re.M)


@pytest.fixture(autouse=True)
def at_now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def values(client, **headers) -> dict[str, float]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {name + labels: float(value) for name, labels, value in LINE.findall(answer.text)}


def change_mail(number: int, **columns) -> None:
    with one_transaction():
        mail = mails()[number]
        for name, value in columns.items():
            setattr(mail, name, value)


def test_an_empty_installation_has_numbers_too(client):
    found = values(client)

    assert found['registration_mail_queue{state="queued"}'] == 0
    assert found["registration_mail_oldest_due_seconds"] == 0
    assert found["registration_outbox_rows"] == 0
    assert found['registration_mail_paused{kind="configuration"}'] == 0
    assert [name for name in found if name.startswith("registration_build_info")]


def test_the_queue_is_counted_by_state_and_age(app_context, client):
    workshop = make_workshop()
    submit(workshop, "ada", now=NOW - timedelta(minutes=5))
    submit(workshop, "ben")
    change_mail(1, next_attempt_at=NOW + timedelta(hours=1))
    found = values(client)

    assert found['registration_mail_queue{state="queued"}'] == 2
    assert found["registration_mail_oldest_due_seconds"] == 300
    assert found['registration_registrations{state="unconfirmed"}'] == 2
    assert found["registration_outbox_rows"] == 2


def test_outcomes_are_counted_by_kind(app_context, client):
    sign_up(make_workshop())
    change_mail(0, state=OutboxState.FAILED, created_at=NOW - timedelta(days=90))
    change_mail(1, state=OutboxState.SENT, sent_at=NOW, bounced_at=NOW, is_uncertain=True)
    found = values(client)

    assert found['registration_mails_24h{kind="seat_certain",state="sent"}'] == 1
    assert found['registration_mails_stuck{kind="confirm_address",state="failed"}'] == 1
    assert found["registration_mails_bounced_24h"] == 1
    assert found["registration_mails_uncertain_24h"] == 1


def test_pause_and_jobs_are_told(app_context, client):
    with one_transaction():
        pause(relay_row(), RelayPause.CONFIGURATION, "535", now=NOW)
    save(JobRun(name="deliver", succeeded_at=NOW))
    found = values(client)

    assert found['registration_mail_paused{kind="configuration"}'] == 1
    assert found['registration_mail_paused{kind="temporary"}'] == 0
    assert found['registration_job_last_success_timestamp_seconds{job="deliver"}'] == NOW.timestamp()


def test_nothing_personal_is_told(app_context, client):
    sign_up(make_workshop(), "ada")
    text = client.get("/metrics").text.lower()

    assert [word for word in ("ada", "lovelace", "musterhausen", "kooperation") if word in text] == []


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"])
def test_who_comes_through_a_proxy_is_not_on_this_machine(make_app, header):
    for hops in (0, 1):
        client = make_app(TRUSTED_PROXY_HOPS=hops).test_client()

        assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("address", ["203.0.113.9", "", "10.0.0.4"])
def test_other_machines_find_no_such_page(client, address):
    answer = client.get("/metrics", environ_overrides={"REMOTE_ADDR": address})

    assert answer.status_code == 404


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_the_token_opens_it_from_anywhere_and_a_wrong_one_does_not(make_app):
    client = make_app(METRICS_TOKEN="a-long-random-token").test_client()
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}

    def status(given: str) -> int:
        return client.get(
            "/metrics", headers={"Authorization": given}, environ_overrides=elsewhere
        ).status_code

    assert status("Bearer a-long-random-token") == 200
    assert [status(one) for one in ("Bearer wrong", "Bearer ", "Basic a-long-random-token", "Bearer ä")] == [
        404
    ] * 4


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_an_empty_token_is_no_token(client):
    answer = client.get(
        "/metrics", headers={"Authorization": "Bearer "}, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}
    )

    assert answer.status_code == 404


def test_the_first_mail_since_an_instant_is_found_among_gaps(app_context):
    workshop = make_workshop()
    for hours, name in enumerate(("ada", "ben", "cleo", "dora", "emil")):
        submit(workshop, name, now=NOW + timedelta(hours=hours))
    with one_transaction():
        db.session.delete(mails()[2])

    for hours, expected in ((0, 4), (1, 3), (2, 2), (3, 2), (4, 1), (5, 0)):
        written = outbox_numbers.written_since(NOW + timedelta(hours=hours))

        assert sum(one.mails for one in written) == expected
        assert {one.kind for one in written} <= {MailKind.CONFIRM_ADDRESS}


def test_no_question_about_the_outbox_reads_all_of_it(app_context, client):
    sign_up(make_workshop())
    with statements() as asked:
        client.get("/metrics")
    on_outbox = [one for one in asked if "FROM outbox_message" in one[0]]

    assert len(on_outbox) > 5
    assert [plan for plan in map(plan_of, on_outbox) if re.search(WHOLE, plan)] == []


def test_a_question_that_reads_all_of_it_would_be_found(app_context):
    with statements() as asked:
        db.session.execute(select(OutboxMessage.id).where(OutboxMessage.to_address == "x"))

    assert re.search(WHOLE, plan_of(asked[-1]))


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    found: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, *_more) -> None:
        found.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    yield found
    event.remove(db.engine, "before_cursor_execute", note)


def plan_of(asked: tuple[str, Any]) -> str:
    """How the database goes about it; PostgreSQL would read a small table as a whole if it might."""
    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    with db.engine.connect() as connection:
        if db.engine.dialect.name != "sqlite":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(explain + asked[0], asked[1]))
