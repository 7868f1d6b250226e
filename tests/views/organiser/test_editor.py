"""The editor: workshops, sessions, rules, questions, mail plan."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration.extensions import db
from registration.models import AgendaItem, EligibilityRule, MailRule, Question, Workshop, WorkshopSession
from registration.vocabulary import MailKind, OffsetUnit, WorkshopState
from tests.factories import make_workshop, sign_up
from tests.times import NOW
from tests.views.pages import hidden_fields, send, title, words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
FACTS = {
    "title": "Über Daten reden",
    "format": "online",
    "language": "de",
    "decision": "at_once",
    "zone": "Europe/Berlin",
}
SESSION = {"day": "24.2.2027", "starts": "10:00", "ends": "12:30", "dial_in": "9:45"}


@pytest.fixture
def look(app: Flask) -> Callable[[Any], Any]:
    """Read one value from the database, in a context of its own."""

    def look(query: Any) -> Any:
        with app.app_context():
            return db.session.execute(query).scalars().first()

    return look


@pytest.fixture
def path(app: Flask) -> str:
    """The address of a workshop at the desk."""
    with app.app_context():
        return f"/organiser/workshops/{make_workshop().id}"


@pytest.fixture
def draft(app: Flask) -> str:
    with app.app_context():
        workshop = make_workshop(state=WorkshopState.DRAFT, slug="entwurf", sessions=[])
        return f"/organiser/workshops/{workshop.id}"


def test_title_is_enough_for_a_draft(desk: FlaskClient, look: Callable) -> None:
    answer = send(desk, "/organiser/workshops/new", FACTS)

    assert answer.status_code == 303
    assert "Der Entwurf ist gespeichert." in words(desk.get(answer.location))
    assert look(select(Workshop.slug)) == "ueber-daten-reden"


def test_wrong_input_comes_back_with_every_error_named(desk: FlaskClient) -> None:
    wrong = FACTS | {
        "title": "",
        "slug": "Groß",
        "capacity": "viele",
        "deadline_on": "31.2.2027",
        "contact_email": "niemand",
        "zone": "Europa/Berlin",
        "summary": "Bleibt stehen",
    }

    answer = send(desk, "/organiser/workshops/new", wrong)

    assert answer.status_code == 400
    assert title(answer).startswith("Fehler: ")
    for sentence in (
        "Geben Sie einen Titel ein.",
        "Geben Sie eine ganze Zahl ein.",
        "Schreiben Sie den Tag so: 24.02.2027.",
        "Geben Sie eine vollständige E-Mail-Adresse ein.",
        "Diese Zeitzone gibt es nicht.",
    ):
        assert sentence in words(answer)
    assert "Bleibt stehen" in answer.text


def test_columns_that_the_form_does_not_show_cannot_be_set(
    desk: FlaskClient, path: str, look: Callable
) -> None:
    hostile = {column.name: "1" for column in Workshop.__table__.columns}
    hostile |= {"state": "archived", "published_at": "", "closes_at": "", "cancelled_at": "2027-01-01"}
    shown = FACTS | {"slug": "neu", "deadline_on": "12.02.2027", "opens_on": "", "version": "1"}

    send(
        desk, f"{path}/settings", hostile | shown | {"deadline_time": "", "contact_email": "", "consents": []}
    )

    workshop = look(select(Workshop))
    assert workshop.title == "Über Daten reden"
    assert (workshop.state, workshop.created_at, workshop.id) == (WorkshopState.PUBLISHED, NOW, 1)
    assert workshop.cancelled_at is None


def test_deadline_accepts_the_usual_ways_to_write_a_day(desk: FlaskClient, path: str, look: Callable) -> None:
    send(desk, f"{path}/settings", FACTS | {"deadline_on": "9.2.2027"})

    assert look(select(Workshop.deadline_on)) == date(2027, 2, 9)
    assert "Dienstag, 9. Februar 2027" in words(desk.get(f"{path}/settings"))


def test_deadline_on_a_sunday_gets_a_hint(desk: FlaskClient, path: str) -> None:
    send(desk, f"{path}/settings", FACTS | {"deadline_on": "14.02.2027"})

    assert "Der Anmeldeschluss ist kein Werktag." in words(desk.get(f"{path}/settings"))


def test_second_saver_sees_both_versions(desk: FlaskClient, path: str, look: Callable) -> None:
    opened = hidden_fields(desk.get(f"{path}/settings"))
    send(desk, f"{path}/settings", FACTS | {"title": "Die Erste"})

    answer = desk.post(f"{path}/settings", data=opened | FACTS | {"title": "Die Zweite"})

    assert answer.status_code == 409
    assert "Jemand hat inzwischen etwas geändert." in words(answer)
    assert "Die Erste" in words(answer)
    assert "Die Zweite" in words(answer)
    assert look(select(Workshop.title)) == "Die Erste"

    again = desk.post(f"{path}/settings", data=hidden_fields(answer) | FACTS | {"title": "Die Zweite"})
    assert again.status_code == 303
    assert look(select(Workshop.title)) == "Die Zweite"


def test_session_with_its_programme_is_saved(desk: FlaskClient, draft: str, look: Callable) -> None:
    programme = {
        "agenda-0-at": "10:00",
        "agenda-0-item": "Begrüßung",
        "agenda-2-at": "11:00",
        "agenda-2-item": "Arbeit",
    }

    answer = send(desk, f"{draft}/sessions/new", SESSION | programme)

    assert answer.status_code == 303
    assert "Mittwoch, 24. Februar 2027, 10:00 bis 12:30 Uhr" in words(desk.get(f"{draft}/sessions"))
    assert look(select(AgendaItem.item).order_by(AgendaItem.id.desc())) == "Arbeit"


def test_a_programme_outside_of_its_session_is_pointed_out(desk: FlaskClient, path: str) -> None:
    session = f"{path}/sessions/1"
    programme = {"agenda-0-at": "10:00", "agenda-0-item": "Begrüßung", "agenda-1-at": "14:30"}
    programme |= {"agenda-1-item": "Arbeit", "agenda-2-at": "15:00", "agenda-2-item": "Ende"}
    warning = "Im Programm liegen Uhrzeiten außerhalb des Termins: 10:00. Bitte prüfen Sie sie."

    moved = send(desk, session, SESSION | programme | {"starts": "14:00", "ends": "15:00", "dial_in": ""})
    assert warning in words(desk.get(moved.location))

    mended = send(desk, session, SESSION | programme | {"ends": "15:00", "starts": "10:00"})
    assert "Im Programm liegen" not in words(desk.get(mended.location))


def test_time_that_the_clock_jumps_over_gets_a_suggestion(desk: FlaskClient, draft: str) -> None:
    answer = send(
        desk, f"{draft}/sessions/new", SESSION | {"day": "28.03.2027", "starts": "2:30", "dial_in": ""}
    )

    assert answer.status_code == 400
    assert "02:30 Uhr gibt es nicht. Gemeint ist vielleicht 03:00 Uhr." in words(answer)


def test_time_that_happens_twice_gets_a_question(desk: FlaskClient, draft: str, look: Callable) -> None:
    night = SESSION | {"day": "31.10.2027", "starts": "2:30", "ends": "5:00", "dial_in": ""}

    answer = send(desk, f"{draft}/sessions/new", night)
    assert answer.status_code == 400
    assert "Winterzeit" in words(answer)

    assert send(desk, f"{draft}/sessions/new", night | {"fold": "1"}).status_code == 303
    assert look(select(WorkshopSession.starts_at)).hour == 1


def test_session_moved_to_a_time_that_happens_twice_is_asked_about(desk: FlaskClient, draft: str) -> None:
    send(desk, f"{draft}/sessions/new", SESSION)

    answer = send(
        desk,
        f"{draft}/sessions/1",
        SESSION | {"day": "31.10.2027", "starts": "2:30", "ends": "5:00", "dial_in": ""},
    )

    assert answer.status_code == 400
    assert "Winterzeit" in words(answer)


def test_end_in_the_second_of_two_equal_hours_stays_there_when_something_else_is_edited(
    desk: FlaskClient, draft: str, look: Callable
) -> None:
    night = {"day": "30.10.2027", "starts": "22:00", "end_day": "31.10.2027", "ends": "2:30", "dial_in": ""}
    session = f"{draft}/sessions/1"
    send(desk, f"{draft}/sessions/new", night | {"fold": "1"})
    chosen = shown_choice(desk.get(session).text)

    send(desk, session, night | chosen | {"room_password": "Brombeere"})

    assert chosen == {"fold": "1"}
    assert look(select(WorkshopSession.room_password)) == "Brombeere"
    assert look(select(WorkshopSession.ends_at)).hour == 1


def shown_choice(page: str) -> dict[str, str]:
    """What a browser would send of the question which of two hours is meant."""
    found = re.search(r'<input[^>]*checked[^>]*name="fold"[^>]*value="(.)"', page)
    return {"fold": found[1]} if found else {}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"deadline_on": "28.03.2027", "deadline_time": "2:30"}, "Gemeint ist vielleicht 03:00 Uhr."),
        (
            {"deadline_on": "31.10.2027", "deadline_time": "2:30"},
            "02:30 Uhr gibt es in dieser Nacht zweimal.",
        ),
        ({"opens_on": "31.10.2027", "opens_time": "2:00"}, "02:00 Uhr gibt es in dieser Nacht zweimal."),
    ],
)
def test_registration_neither_begins_nor_ends_at_a_time_that_is_none_or_two(
    desk: FlaskClient, path: str, typed: dict[str, str], sentence: str
) -> None:
    answer = send(desk, f"{path}/settings", FACTS | typed)

    assert answer.status_code == 400
    assert sentence in words(answer)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"ends": "9:00"}, "Das Ende liegt nicht nach dem Beginn."),
        ({"dial_in": "10:30"}, "Die Einwahl beginnt erst nach dem Beginn."),
        ({"starts": "morgens"}, "Schreiben Sie die Uhrzeit so: 09:30."),
        ({"room_link": "javascript:alert(1)"}, "Der Link beginnt mit https://."),
        ({"agenda-0-item": "Ohne Uhrzeit"}, "Prüfen Sie die Uhrzeiten im Programm."),
        ({"agenda-0-item": "Falsch", "agenda-0-at": "99:99"}, "Prüfen Sie die Uhrzeiten im Programm."),
    ],
)
def test_wrong_session_comes_back_with_the_reason(
    change: dict, sentence: str, desk: FlaskClient, draft: str
) -> None:
    answer = send(desk, f"{draft}/sessions/new", SESSION | change)

    assert answer.status_code == 400
    assert sentence in words(answer)


def test_rule_question_and_mail_can_be_added_changed_and_removed(
    desk: FlaskClient, draft: str, look: Callable
) -> None:
    assert (
        send(
            desk, f"{draft}/rules/new", {"kind": "federal_state", "effect": "refuse", "states": "BW"}
        ).status_code
        == 303
    )
    question = {
        "kind": "choice",
        "label": "Woher?",
        "purpose": "Für die Planung.",
        "options": "Presse\nKollegium",
    }
    assert send(desk, f"{draft}/questions/new", question).status_code == 303
    mail = {
        "kind": "reminder",
        "amount": "3",
        "unit": "days",
        "direction": "before",
        "anchor": "session_start",
        "at": "8:00",
    }
    assert send(desk, f"{draft}/mail-plan/new", mail).status_code == 303

    assert look(select(EligibilityRule)).parameters == {"states": ["BW"]}
    assert look(select(Question)).options == ["Presse", "Kollegium"]
    rule = look(select(MailRule))
    assert (rule.kind, rule.unit, rule.offset) == (MailKind.REMINDER, OffsetUnit.DAYS, -3)

    send(desk, f"{draft}/mail-plan/{rule.id}", mail | {"amount": "0", "unit": "minutes"})
    assert look(select(MailRule)).at is None
    send(desk, f"{draft}/mails", {}, to=f"{draft}/mail-plan/{rule.id}/removal")
    assert look(select(MailRule)) is None


@pytest.mark.parametrize(
    ("part", "fields", "sentence"),
    [
        ("rules", {"kind": "federal_state", "effect": "review"}, "Wählen Sie mindestens ein Bundesland."),
        ("rules", {"kind": "email_domain", "effect": "review"}, "Geben Sie mindestens eine Domain ein."),
        ("rules", {"kind": "question", "effect": "review"}, "Wählen Sie die Frage."),
        (
            "questions",
            {"kind": "choice", "label": "?", "purpose": "!", "options": "eine"},
            "Geben Sie mindestens zwei Antworten ein.",
        ),
        (
            "mail-plan",
            {"kind": "reminder", "amount": "1", "unit": "days", "direction": "before", "anchor": "dial_in"},
            "Geben Sie die Uhrzeit ein",
        ),
        (
            "mail-plan",
            {
                "kind": "declined",
                "amount": "1",
                "unit": "days",
                "direction": "before",
                "anchor": "dial_in",
                "at": "9:00",
            },
            "Bitte prüfen Sie Ihre Angaben",
        ),
    ],
)
def test_incomplete_part_comes_back_with_the_reason(
    part: str, fields: dict, sentence: str, desk: FlaskClient, draft: str
) -> None:
    answer = send(desk, f"{draft}/{part}/new", fields)

    assert answer.status_code == 400
    assert sentence in words(answer)


def test_draft_says_what_is_missing_and_offers_no_button(desk: FlaskClient, draft: str) -> None:
    page = desk.get(f"{draft}/publication")

    assert "Es gibt noch keinen Termin." in words(page)
    assert "Jetzt veröffentlichen" not in words(page)


def test_complete_draft_is_published(desk: FlaskClient, draft: str, look: Callable) -> None:
    send(desk, f"{draft}/sessions/new", SESSION)

    answer = send(desk, f"{draft}/publication", {})

    assert answer.status_code == 303
    assert look(select(Workshop.state)) is WorkshopState.PUBLISHED


def test_cancelling_names_the_people_before_and_after(
    app: Flask, desk: FlaskClient, path: str, look: Callable
) -> None:
    with app.app_context():
        sign_up(db.session.scalars(select(Workshop)).one())

    page = desk.get(f"{path}/cancellation")
    assert "1 Person erhält eine E-Mail." in words(page)
    assert look(select(Workshop.state)) is WorkshopState.PUBLISHED

    send(desk, f"{path}/cancellation", {"text": "Krankheit"})
    assert look(select(Workshop.state)) is WorkshopState.CANCELLED


def test_copy_asks_for_a_new_date_and_offers_the_old_programme(
    desk: FlaskClient, path: str, look: Callable
) -> None:
    answer = send(desk, path, {}, to=f"{path}/copies")

    form = desk.get(answer.location)
    assert 'value="Begrüßung"' in form.text
    assert "24.02.2027" not in form.text
    assert "meeting.example.org" not in form.text


def test_accepted_answers_are_typed_and_shown_in_german(
    desk: FlaskClient, draft: str, look: Callable[..., Any]
) -> None:
    asked = {"kind": "yes_no_unsure", "label": "Vorkenntnisse?", "purpose": "Für die Gruppen."}
    send(desk, f"{draft}/questions/new", asked)
    rule = {"kind": "question", "effect": "review", "accepted": "ja, Unsicher"}
    send(desk, f"{draft}/rules/new", rule | {"question_id": str(look(select(Question.id)))})

    assert look(select(EligibilityRule)).parameters == {"accepted": ["yes", "unsure"]}
    assert "„Vorkenntnisse?“: Ja, unsicher" in words(desk.get(f"{draft}/settings"))
