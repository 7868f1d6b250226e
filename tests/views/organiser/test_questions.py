"""The organiser's editor for questions and consents, and what a person's page shows of the answers."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration.extensions import db
from registration.models import Question, Registration, Workshop
from registration.vocabulary import ConsentKind, QuestionKind, WorkshopState
from tests.factories import make_workshop, save, sign_up
from tests.views.pages import send, words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
PLACE = {
    "kind": "choice",
    "label": "Wo nehmen Sie teil?",
    "purpose": "Für die Raumplanung.",
    "help_text": "Sie können sich später umentscheiden.",
    "options": "vor Ort | 12\nonline|20\n im Stream ",
}


@pytest.fixture
def number(app: Flask) -> int:
    with app.app_context():
        return make_workshop().id


@pytest.fixture
def questions(number: int) -> str:
    return f"/organiser/workshops/{number}/questions"


def look(app: Flask, query: Any) -> list[Any]:
    with app.app_context():
        return list(db.session.scalars(query).unique())


def test_options_have_their_limits_behind_them(app: Flask, desk: FlaskClient, questions: str) -> None:
    assert send(desk, f"{questions}/new", PLACE).status_code == 303

    (place,) = look(app, select(Question))
    assert place.options == ["vor Ort", "online", "im Stream"]
    assert place.option_limits == {"vor Ort": 12, "online": 20}
    assert place.help_text == "Sie können sich später umentscheiden."
    page = desk.get(f"{questions}/{place.id}").text
    assert "vor Ort | 12\nonline | 20\nim Stream</textarea>" in page


@pytest.mark.parametrize("limit", ["viele", "-1", "1,5", "9999999", "²"])
def test_limit_that_is_no_number_is_refused(desk: FlaskClient, questions: str, limit: str) -> None:
    page = send(desk, f"{questions}/new", PLACE | {"options": f"vor Ort | {limit}\nonline"})

    assert words(page).count(f"„{limit}“ ist keine Höchstzahl. Schreiben Sie zum Beispiel: vor Ort | 12") == 2
    assert f"vor Ort | {limit}" in page.text


def test_question_needs_its_purpose(desk: FlaskClient, questions: str) -> None:
    page = send(desk, f"{questions}/new", PLACE | {"purpose": " "})

    assert words(page).count("Ohne Grund darf nichts gefragt werden.") == 2


def test_nothing_is_published_with_a_question_without_purpose(app: Flask, desk: FlaskClient) -> None:
    with app.app_context():
        draft = make_workshop(slug="entwurf", state=WorkshopState.DRAFT)
        save(Question(workshop_id=draft.id, kind=QuestionKind.NUMBER, label="Wie viele?"))
        path = f"/organiser/workshops/{draft.id}"

    assert "Bei der Frage „Wie viele?“ fehlt, wozu Sie sie stellen." in words(desk.get(f"{path}/publication"))


def test_question_can_depend_on_an_answer_to_an_earlier_one(
    app: Flask, desk: FlaskClient, questions: str
) -> None:
    send(desk, f"{questions}/new", PLACE)
    (place,) = look(app, select(Question.id))
    food = {
        "kind": "choices",
        "label": "Was essen Sie?",
        "purpose": "Für die Küche.",
        "options": "Suppe\nSalat",
    }

    send(desk, f"{questions}/new", food | {"shown_when": f"{place}:vor Ort"})

    stored = look(app, select(Question).where(Question.depends_on_id == place))
    assert [one.depends_on_value for one in stored] == ["vor Ort"]
    page = desk.get(f"{questions}/{stored[0].id}").text
    assert f'<option selected value="{place}:vor Ort">' in page
    settings = words(desk.get(questions.replace("questions", "settings")))
    assert "Nur, wenn „Wo nehmen Sie teil?“ beantwortet ist mit „vor Ort“" in settings


def test_question_that_comes_later_is_not_offered(app: Flask, desk: FlaskClient, questions: str) -> None:
    send(desk, f"{questions}/new", PLACE)
    send(desk, f"{questions}/new", PLACE | {"label": "Zweite?"})
    first, second = look(app, select(Question.id).order_by(Question.id))

    page = send(desk, f"{questions}/{first}", PLACE | {"shown_when": f"{second}:online"})

    assert page.status_code == 400
    assert look(app, select(Question).where(Question.depends_on_id.is_not(None))) == []


def test_consents_are_settings_of_the_workshop(app: Flask, desk: FlaskClient, number: int) -> None:
    settings = f"/organiser/workshops/{number}/settings"
    facts = {"title": "Titel", "format": "online", "language": "de", "decision": "at_once"}
    facts |= {"zone": "Europe/Berlin", "offer_hours": "24", "consents": ["photo"]}

    assert send(desk, settings, facts).status_code == 303

    assert look(app, select(Workshop))[0].consents == ["photo"]
    assert "Fotos und Aufzeichnungen der Veranstaltung, auf denen" in words(desk.get(settings))


@pytest.mark.parametrize("path", ["/organiser/workshops/{number}/registrations", "/organiser"])
def test_support_needs_stand_on_the_persons_page_only(
    app: Flask, desk: FlaskClient, number: int, path: str
) -> None:
    with app.app_context():
        ada = sign_up(db.session.get_one(Workshop, number), support_needs="Schriftdolmetschen")
        person = f"/organiser/registrations/{ada.id}"

    assert "Schriftdolmetschen" in words(desk.get(person))
    assert "Schriftdolmetschen" not in desk.get(path.format(number=number)).text


@pytest.mark.parametrize(
    ("kind", "stored", "shown"),
    [
        (QuestionKind.YES_NO_UNSURE, "unsure", "Ich bin unsicher"),
        (QuestionKind.CHOICES, "Suppe\nSalat", "Suppe, Salat"),
        (QuestionKind.NUMBER, "2.5", "2,5"),
        (QuestionKind.DATE, "2027-02-24", "24.02.2027"),
        (QuestionKind.DATE, "einmal", "einmal"),
    ],
)
def test_persons_page_shows_answers_in_words(
    app: Flask, desk: FlaskClient, number: int, kind: QuestionKind, stored: str, shown: str
) -> None:
    with app.app_context():
        question = save(Question(workshop_id=number, kind=kind, label="Frage?", purpose="!"))
        ada = sign_up(db.session.get_one(Workshop, number), answers={question.id: stored})
        person = f"/organiser/registrations/{ada.id}"

    assert f"Frage?{shown}" in words(desk.get(person)).replace("Frage? ", "Frage?")


def test_persons_page_shows_consents_with_their_words(app: Flask, desk: FlaskClient, number: int) -> None:
    with app.app_context():
        workshop = make_workshop(slug="foto", consents=["photo"])
        ada = sign_up(workshop, consents=(ConsentKind.PHOTO,))
        person, wording = f"/organiser/registrations/{ada.id}", ada.consents[0].wording

    assert wording in words(desk.get(person))


def test_entering_by_hand_asks_the_same_questions(
    app: Flask, desk: FlaskClient, number: int, questions: str
) -> None:
    send(desk, f"{questions}/new", PLACE | {"kind": "choices"})
    (place,) = look(app, select(Question.id))
    by_hand = f"/organiser/workshops/{number}/registrations/new"
    person = {"family_name": "Lovelace", "email": "ada@example.org", "organisation": "Stadt Musterhausen"}

    sent = send(
        desk, by_hand, person | {f"question_{place}": ["online", "vor Ort"], "support_needs": "Rampe"}
    )

    assert sent.status_code == 303
    with app.app_context():
        ada = db.session.scalars(select(Registration)).one()
        assert [answer.value for answer in ada.answers] == ["vor Ort\nonline"]
        assert ada.support_needs == "Rampe"
