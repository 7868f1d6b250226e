"""What stands in the logs: events with ids, one line each, and nothing that tells who somebody is (L-61)."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from registration import logs
from registration.extensions import db, one_transaction
from registration.mail.transport import Transport
from registration.models import OutboxMessage, Registration
from registration.services.confirming import confirm_address
from registration.services.delivering import deliver_due
from registration.services.registering import register
from registration.services.signing_in import SignInRefused, sign_in
from registration.services.withdrawing import withdraw
from tests.factories import details, find, mails, make_workshop, submit
from tests.times import NOW

ROOT = Path(__file__).parent.parent
PRIVATE = ("ada", "lovelace", "musterhausen", "geheime", "kooperationsvereinbarungen", "bitte bestätigen")
log = structlog.get_logger("registration.planted")


class Lines:
    """What has been logged so far, as it would stand in the file."""

    def __init__(self) -> None:
        self._text = io.StringIO()
        self.handler = logging.StreamHandler(self._text)
        self.handler.setFormatter(logs.formatter("json"))

    @property
    def text(self) -> str:
        return self._text.getvalue()

    @property
    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def names(self) -> list[str]:
        return [event["event"] for event in self.events]


@pytest.fixture
def logged() -> Iterator[Lines]:
    lines = Lines()
    logging.getLogger().addHandler(lines.handler)
    yield lines
    logging.getLogger().removeHandler(lines.handler)


@pytest.fixture
def app(make_app, smtp_sink) -> Flask:
    return make_app(**smtp_sink.settings)


@pytest.fixture
def deliver(app_context) -> Iterator[Callable[[], None]]:
    transport = Transport(app_context.config)

    def run() -> None:
        while deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False):
            pass

    yield run
    transport.close()


def personal(text: str, *more: str) -> list[str]:
    return [word for word in (*PRIVATE, *more) if word.lower() in text.lower()]


def keys_of(registration: Registration) -> list[str]:
    secret = "test-secret-key-" * 3
    return [link.token(secret) for link in registration.links]


def test_no_line_of_the_main_flows_tells_who_somebody_is(app_context, deliver, smtp_sink, logged):
    workshop = make_workshop()
    registration = submit(workshop, note="Geheime Notiz")
    confirm_address(registration.id, now=NOW)
    deliver()
    smtp_sink.replies["RCPT"] = "550 5.1.1 <ada@musterhausen.example.org> Lovelace: unknown here"
    withdraw(registration.id, now=NOW)
    deliver()
    register(workshop.id, details("ada"), now=NOW)
    smtp_sink.replies["MAIL"] = "550 5.7.1 <anmeldung@example.org> who are you"
    deliver()
    with pytest.raises(SignInRefused):
        sign_in("ada@musterhausen.example.org", "geheimes-kennwort", now=NOW)

    assert {"registration.received", "registration.withdrawn", "sign_in.refused"} <= set(logged.names)
    assert personal(logged.text, *keys_of(find(workshop.id, "ada")), *keys_of(registration)) == []


def test_a_planted_name_in_a_line_would_be_found(app_context, logged):
    registration = submit(make_workshop())
    log.info("planted", name=registration.family_name, key=keys_of(registration)[0])

    assert personal(logged.text, *keys_of(registration)) == ["lovelace", keys_of(registration)[0]]


def test_an_address_is_removed_wherever_it_comes_from(logged):
    log.warning("planted", reply="550 <ada@musterhausen.example.org>: unknown", to="o'brien@beispiel.de")

    assert logged.events[0]["reply"] == "550 <[address]>: unknown"
    assert "beispiel" not in logged.text


def test_an_error_of_a_page_names_neither_its_key_nor_the_values(app_context, logged):
    key = keys_of(submit(make_workshop()))[0]
    app_context.add_url_rule("/my-registration/<token>/planted", view_func=lambda token: 1 // 0)
    app_context.testing = False
    app_context.test_client().get(f"/my-registration/{key}/planted?q=Lovelace")

    (event,) = [one for one in logged.events if one["level"] == "error"]
    assert event["event"] == "Exception on /my-registration/…/planted [GET]"
    assert event["exception"].endswith("ZeroDivisionError: integer division or modulo by zero")
    assert personal(logged.text, key) == []


def test_an_error_of_the_database_does_not_show_the_row(app_context, logged):
    submit(make_workshop())
    row = {column.key: getattr(mails()[0], column.key) for column in OutboxMessage.__table__.columns}
    try:
        with one_transaction():
            db.session.execute(insert(OutboxMessage).values(row))
    except IntegrityError:
        log.exception("planted")

    assert "IntegrityError" in logged.events[-1]["exception"]
    assert personal(logged.events[-1]["exception"]) == []


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_every_address_with_a_key_is_masked(app):
    form = logs.formatter("json")
    for rule in app.url_map.iter_rules():
        if "token" in rule.arguments:
            for before in ("", "/", "//", " "):  # what is typed or joined wrongly still has the key
                address = rule.rule.replace("<token>", f"{before}KEY")
                record = logging.LogRecord("x", logging.INFO, "", 0, address, (), None)
                assert "KEY" not in form.format(record), address


def test_a_line_of_text_can_be_read():
    record = logging.LogRecord("alembic", logging.WARNING, "", 0, "Running upgrade", (), None)
    line = logs.formatter("text").format(record)

    assert line[8:] == " warning Running upgrade"


@pytest.mark.parametrize(
    ("env", "asked", "is_json"), [("production", "", True), ("test", "", False), ("test", "json", True)]
)
def test_production_logs_json_unless_told_otherwise(env, asked, is_json, capsys):
    logs.configure({"APP_ENV": env, "LOG_FORMAT": asked})
    logging.getLogger("registration").warning("planted")
    line = capsys.readouterr().err.strip().splitlines()[-1]
    logs.configure({"APP_ENV": "test", "LOG_FORMAT": ""})

    assert line.startswith("{") is is_json


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_gunicorn_says_what_was_asked_but_not_by_whom_nor_with_which_key(live_server):
    server = live_server(1, LOG_FORMAT="json", GUNICORN_CMD_ARGS="--access-logfile -")
    with pytest.raises(Exception, match="404"):
        fetch(f"{server.url}/confirm/{'k' * 43}?q=Lovelace")
    server.stop(server.processes[0])
    lines = [json.loads(line) for line in server.logs().splitlines() if line.startswith("{")]
    asked = [one for one in lines if one["event"] == "http.request" and one["status"] == 404]

    assert [(one["method"], one["path"]) for one in asked] == [("GET", "/confirm/…")]
    assert not [line for line in server.logs().splitlines() if line and not line.startswith(("{", "---"))]
    assert personal(server.logs(), "k" * 43, "127.0.0.1 ", "Python-urllib") == []


def fetch(url: str) -> None:
    import urllib.request

    urllib.request.urlopen(url, timeout=5).close()


def test_starting_loads_nothing_that_only_some_commands_need():
    heavy = "{'prometheus_client', 'dns', 'imap_tools', 'alembic'}"
    program = f"import registration, sys; print(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )

    assert answer.stdout.strip() == "[]"


def test_only_the_formatter_knows_of_the_library_behind_it():
    """Whoever logs does it by structlog, with the name of an event."""
    found = [
        str(path)
        for path in ROOT.glob("registration/**/*.py")
        if "import logging" in path.read_text() and path.name != "logs.py"
    ]

    assert found == []
