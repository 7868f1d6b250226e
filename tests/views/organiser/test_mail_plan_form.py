"""The form of a line of the mail plan refuses what would be untrue or useless, and says why."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration.extensions import db
from registration.models import MailRule, Workshop
from registration.vocabulary import Anchor, MailKind, OffsetUnit
from tests.factories import make_workshop
from tests.views.pages import hidden_fields, send, words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
AFTER_THE_END = {"amount": "30", "unit": "minutes", "direction": "after", "anchor": "session_end"}
BEFORE_THE_START = {
    "amount": "3",
    "unit": "days",
    "direction": "before",
    "anchor": "session_start",
    "at": "9:00",
}
AT_THE_DEADLINE = {"amount": "0", "unit": "minutes", "direction": "after", "anchor": "deadline"}


@pytest.fixture
def plan(app: Flask) -> Callable[..., str]:
    """Make a workshop and return where a line of its plan is added."""

    def make(**columns: Any) -> str:
        with app.app_context():
            return f"/organiser/workshops/{make_workshop(**columns).id}/mail-plan/new"

    return make


def rules(app: Flask) -> list[tuple[MailKind, Anchor, OffsetUnit, int]]:
    with app.app_context():
        return [(one.kind, one.anchor, one.unit, one.offset) for one in db.session.scalars(select(MailRule))]


@pytest.mark.parametrize(
    ("kind", "fields", "stored"),
    [
        ("thanks", AFTER_THE_END, (MailKind.THANKS, Anchor.SESSION_END, OffsetUnit.MINUTES, 30)),
        ("certificate", AFTER_THE_END, (MailKind.CERTIFICATE, Anchor.SESSION_END, OffsetUnit.MINUTES, 30)),
        (
            "deadline_reached",
            AT_THE_DEADLINE,
            (MailKind.DEADLINE_REACHED, Anchor.DEADLINE, OffsetUnit.MINUTES, 0),
        ),
        (
            "minimum_not_reached",
            BEFORE_THE_START,
            (MailKind.MINIMUM_NOT_REACHED, Anchor.SESSION_START, OffsetUnit.DAYS, -3),
        ),
    ],
)
def test_thanks_and_notes_can_be_planned(
    kind: str, fields: dict, stored: tuple, app: Flask, desk: FlaskClient, plan: Callable[..., str]
) -> None:
    answer = send(desk, plan(minimum=5), {"kind": kind} | fields)

    assert answer.status_code == 303
    assert rules(app) == [stored]


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("thanks", BEFORE_THE_START, "Der Dank geht erst nach dem Termin hinaus."),
        ("certificate", BEFORE_THE_START, "Die Bescheinigung geht erst nach dem Termin hinaus."),
        ("thanks", AFTER_THE_END | {"direction": "before"}, "Der Dank geht erst nach dem Termin hinaus."),
        ("deadline_reached", BEFORE_THE_START, "Zählen Sie ab dem Anmeldeschluss"),
        (
            "deadline_reached",
            AT_THE_DEADLINE | {"amount": "5", "direction": "before"},
            "Zählen Sie ab dem Anmeldeschluss",
        ),
        ("minimum_not_reached", AFTER_THE_END, "Nach dem Termin nützt der Hinweis nichts mehr."),
        ("reminder", BEFORE_THE_START | {"amount": "366"}, "Erlaubt sind höchstens 365 Tage."),
    ],
)
def test_what_would_be_untrue_or_useless_comes_back_with_the_reason(
    kind: str, fields: dict, sentence: str, app: Flask, desk: FlaskClient, plan: Callable[..., str]
) -> None:
    answer = send(desk, plan(minimum=5), {"kind": kind} | fields)

    assert answer.status_code == 400
    assert sentence in words(answer)
    assert rules(app) == []


def test_a_note_about_a_minimum_needs_one(desk: FlaskClient, plan: Callable[..., str]) -> None:
    answer = send(desk, plan(), {"kind": "minimum_not_reached"} | BEFORE_THE_START)

    assert answer.status_code == 400
    assert "Tragen Sie zuerst in den Einstellungen die Mindestzahl ein." in words(answer)


def test_minimum_and_digest_are_settings_of_the_workshop(app: Flask, desk: FlaskClient) -> None:
    with app.app_context():
        settings = f"/organiser/workshops/{make_workshop().id}/settings"
    fields = hidden_fields(desk.get(settings)) | {
        "title": "Über Daten reden",
        "slug": "kooperation",
        "format": "online",
        "language": "de",
        "decision": "at_once",
        "zone": "Europe/Berlin",
        "capacity": "16",
    }

    too_many = send(desk, settings, fields | {"minimum": "17"})
    saved = send(desk, settings, fields | {"minimum": "8", "has_daily_digest": "y"})

    assert "Die Mindestzahl ist größer als die Zahl der Plätze." in words(too_many)
    assert saved.status_code == 303
    with app.app_context():
        workshop = db.session.scalars(select(Workshop)).one()
        assert (workshop.minimum, workshop.has_daily_digest) == (8, True)
    page = desk.get(settings).get_data(as_text=True)
    assert 'value="8"' in page


def test_words_of_the_organiser_are_kept_shown_and_read_in_the_preview(
    app: Flask, desk: FlaskClient, plan: Callable[..., str]
) -> None:
    new = plan()
    said = {"kind": "thanks", "text": "Die Folien: https://example.org/folien\r\n\r\nBis bald!"}

    answer = send(desk, new, said | AFTER_THE_END)

    assert answer.status_code == 303
    assert "Die Folien: https://example.org/folien" in words(desk.get(answer.location))
    with app.app_context():
        number = db.session.scalars(select(MailRule.id)).one()
    preview = new.replace("/mail-plan/new", f"/previews/thanks/html?rule={number}")
    html = desk.get(preview).text
    assert '<a href="https://example.org/folien"' in html
    assert "Bis bald!" in html


def test_a_note_has_no_words(desk: FlaskClient, plan: Callable[..., str]) -> None:
    answer = send(desk, plan(), {"kind": "deadline_reached", "text": "Bitte bald"} | AT_THE_DEADLINE)

    assert answer.status_code == 400
    assert "Hinweise an die Ansprechperson haben keinen Text von Ihnen." in words(answer)
