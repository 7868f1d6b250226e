"""Correcting one's own data, and the steps that one's own page shows."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration import clock
from registration.extensions import db
from registration.models import Attendance, Question, Registration
from registration.services.joining import join
from registration.services.withdrawing import withdraw
from registration.vocabulary import LinkPurpose, QuestionKind
from tests.factories import make_workshop, save, sign_up
from tests.times import NOW
from tests.views.pages import send, title, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]


def page_of(app: Flask, registration: Registration) -> str:
    link = registration.link(LinkPurpose.MANAGE)
    assert link is not None
    return f"/my-registration/{link.token(app.config['SECRET_KEY'])}"


def test_form_shows_what_is_known_and_leads_to_the_change_of_address(app: Flask, client: FlaskClient) -> None:
    mine = page_of(app, sign_up(make_workshop(), role="Leitung"))

    page = client.get(f"{mine}/data")

    assert f'href="{mine}/data"' in client.get(mine).text
    known = ("Ada", "Lovelace", "Leitung", "Stadt Musterhausen")
    assert all(f'value="{value}"' in page.text for value in known)
    assert f'href="{mine}/address"' in page.text


def test_corrected_data_stands_on_the_page(app: Flask, client: FlaskClient) -> None:
    mine = page_of(app, sign_up(make_workshop()))
    typed = {"given_name": "Augusta Ada", "family_name": "King", "role": "Rechnerin", "note": "Platz vorn"}
    typed["organisation"] = "Stadt Musterhausen"

    answer = send(client, f"{mine}/data", typed)

    assert (answer.status_code, answer.location) == (303, f"{mine}?saved=data")
    page = words(client.get(answer.location))
    assert "Ihre Angaben sind gespeichert." in page
    assert all(text in page for text in ("Augusta Ada King", "Rechnerin", "Platz vorn"))


def test_empty_family_name_is_explained(app: Flask, client: FlaskClient) -> None:
    page = send(client, f"{page_of(app, sign_up(make_workshop()))}/data", {"family_name": " "})

    assert page.status_code == 422
    assert title(page).startswith("Fehler: Angaben ändern")
    assert 'href="#family_name"' in page.text


def test_name_of_another_registration_with_this_address_is_refused(app: Flask, client: FlaskClient) -> None:
    workshop = make_workshop()
    both = {"email": "amt@musterhausen.example.org"}
    mine = page_of(app, sign_up(workshop, "ada", **both))
    ben = sign_up(workshop, "ben", **both)

    typed = {"given_name": "Ben", "family_name": ben.family_name, "organisation": "Stadt Musterhausen"}
    page = send(client, f"{mine}/data", typed)

    assert page.status_code == 422
    assert "Unter diesem Namen gibt es schon eine Anmeldung." in words(page)


def test_registration_that_is_over_is_not_changed(app: Flask, client: FlaskClient) -> None:
    ada = sign_up(make_workshop())
    mine = page_of(app, ada)
    withdraw(ada.id, now=NOW)

    assert "Angaben ändern" not in words(client.get(mine))
    assert client.post(f"{mine}/data", data={"family_name": "King"}).status_code == 303
    db.session.expire_all()
    assert ada.family_name == "Lovelace"


def test_looking_at_the_form_changes_nothing(app: Flask, client: FlaskClient) -> None:
    ada = sign_up(make_workshop())

    client.get(f"{page_of(app, ada)}/data?family_name=King")

    assert ada.family_name == "Lovelace"


@pytest.mark.parametrize(
    ("attended", "said"), [(True, "Teilgenommen: erledigt"), (False, "Teilgenommen: offen")]
)
def test_fourth_step_is_lit_by_attendance_only(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, attended: bool, said: str
) -> None:
    workshop = make_workshop()
    ada, session = sign_up(workshop), workshop.sessions[0]
    save(
        Attendance(
            registration_id=ada.id, session_id=session.id, attended=attended, recorded_at=session.starts_at
        )
    )
    monkeypatch.setattr(clock, "now", lambda: session.ends_at + timedelta(days=1))

    assert said in words(client.get(page_of(app, ada)))


def test_open_door_is_shown_on_the_own_page(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = make_workshop()
    ada, session = sign_up(workshop), workshop.sessions[0]
    mine = page_of(app, ada)
    assert 'href="/join/' not in client.get(mine).text

    monkeypatch.setattr(clock, "now", lambda: session.dial_in_or_start_at)

    assert 'href="/join/' in client.get(mine).text
    assert join(ada.id, session.id, now=session.starts_at) == session.room_link


@pytest.mark.parametrize("kind", list(QuestionKind))
@pytest.mark.parametrize("answer", ["vor Ort\nonline", "2027-02-24", "yes", "31.02.2027"])
def test_answer_to_what_the_question_was_before_leaves_the_form_usable(
    app: Flask, client: FlaskClient, kind: QuestionKind, answer: str
) -> None:
    workshop = make_workshop()
    question = save(Question(workshop_id=workshop.id, kind=kind, label="Wie?", options=["A", "B"]))
    mine = page_of(app, sign_up(workshop, answers={question.id: answer}))

    assert client.get(f"{mine}/data").status_code == 200


def test_form_marks_the_options_that_are_full_but_not_her_own(app: Flask, client: FlaskClient) -> None:
    workshop = make_workshop()
    options = {"options": ["A", "B"], "option_limits": {"A": 1, "B": 1}}
    question = save(Question(workshop_id=workshop.id, kind=QuestionKind.CHOICE, label="Was?", **options))
    ada, ben = (sign_up(workshop, name, answers={question.id: x}) for name, x in (("ada", "A"), ("ben", "B")))

    hers, his = (words(client.get(f"{page_of(app, one)}/data")) for one in (ada, ben))

    assert "A B (ausgebucht)" in hers
    assert "A (ausgebucht) B" in his
