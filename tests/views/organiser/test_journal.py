"""The journal at the desk speaks German, and names only what somebody has changed."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import registration
from registration.extensions import db, one_transaction
from registration.forms.organiser.journal_words import CHANGED
from registration.forms.organiser.session import stored as stored_session
from registration.forms.organiser.words import JOURNAL
from registration.forms.organiser.workshop import stored
from registration.models import JournalEntry, Workshop, WorkshopSession
from registration.services import correcting, publishing, scheduling
from registration.steps.journal import PARTICIPANT, write
from registration.vocabulary import RegistrationState
from tests.factories import make_workshop, sign_up
from tests.times import NOW
from tests.views.pages import send, words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
TEXTS = {"description": "Eins  \n\n- zwei\n", "audience": "Kommunen\nHochschulen\n"}
WRITTEN = re.compile(r'\b_?(?:write|note)\(\s*"([a-z_]+)"')


@pytest.fixture
def ids(app: Flask) -> dict[str, int]:
    with app.app_context():
        workshop = make_workshop(**TEXTS)
        return {"workshop": workshop.id, "session": workshop.sessions[0].id}


def actions() -> set[str]:
    """Every line that the program writes, as its source says."""
    files = Path(registration.__file__).parent.rglob("*.py")
    return {action for file in files for action in WRITTEN.findall(file.read_text(encoding="utf-8"))}


def browser(shown: dict[str, Any]) -> dict[str, str]:
    """What a browser sends of a form that nobody has touched: texts with CRLF, boxes that are ticked."""
    sent = {name: value for name, value in shown.items() if name not in ("version", "agenda") and value}
    lines = enumerate(shown.get("agenda", []))
    sent |= {f"agenda-{row}-{name}": value for row, line in lines for name, value in line.items()}
    return {n: "y" if value is True else str(value).replace("\n", "\r\n") for n, value in sent.items()}


@pytest.mark.usefixtures("app")
def test_every_line_and_every_column_has_a_word() -> None:
    written = actions() - {"added", "changed", "removed"}
    assert len(written) > 20
    assert written | {str(state) for state in RegistrationState} <= set(JOURNAL)
    facts = (publishing.WorkshopFacts, scheduling.SessionFacts)
    columns = {name for one in facts for name in one.__dataclass_fields__} - {"fold"}
    instants = {"opens_at", "closes_at", "starts_at", "ends_at", "dial_in_at"}
    assert columns | instants | correcting.JUDGED | {"answers"} <= set(CHANGED)


def test_a_form_that_nobody_has_touched_changes_nothing(
    app: Flask, desk: FlaskClient, ids: dict[str, int]
) -> None:
    page = f"/organiser/workshops/{ids['workshop']}"
    with app.app_context():
        typed = browser(stored(db.session.get_one(Workshop, ids["workshop"])))
        session = browser(stored_session(db.session.get_one(WorkshopSession, ids["session"])))

    assert send(desk, f"{page}/settings", typed).status_code == 303
    assert send(desk, f"{page}/sessions/{ids['session']}", session).status_code == 303

    with app.app_context():
        entries = db.session.scalars(select(JournalEntry)).all()
        assert [(one.action, one.details) for one in entries] == []
        assert db.session.get_one(Workshop, ids["workshop"]).description == TEXTS["description"]


def test_a_change_is_named_in_german_and_nothing_else(desk: FlaskClient, app: Flask, ids: dict) -> None:
    page = f"/organiser/workshops/{ids['workshop']}"
    with app.app_context():
        typed = browser(stored(db.session.get_one(Workshop, ids["workshop"])))
        session = browser(stored_session(db.session.get_one(WorkshopSession, ids["session"])))

    send(desk, f"{page}/settings", typed | {"capacity": "99"})
    send(desk, f"{page}/sessions/{ids['session']}", session | {"ends": "13:15", "room_password": "neu"})

    journal = words(desk.get(f"{page}/journal"))
    assert "Workshop geändert Plätze" in journal
    assert "Termin geändert Ende, Passwort des Meetings" in journal


def test_what_a_person_did_is_named_in_german(desk: FlaskClient, app: Flask, ids: dict[str, int]) -> None:
    with app.app_context():
        ada = sign_up(db.session.get_one(Workshop, ids["workshop"])).id
        with one_transaction():
            about = {"workshop_id": ids["workshop"], "registration_id": ada}
            details = {"changed": ["family_name", "organisation_name"]}
            write("corrected", now=NOW, actor=PARTICIPANT, details=details, **about)
            write("link_requested", now=NOW, actor=PARTICIPANT, **about)

    person = words(desk.get(f"/organiser/registrations/{ada}"))

    assert "Nachname, Organisation" in person
    assert "neuen Link angefordert" in person
