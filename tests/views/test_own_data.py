"""All my data, and asking for their erasure (Art. 15 and 17 GDPR)."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration.extensions import db
from registration.models import Question, Registration
from registration.services.joining import join
from registration.services.withdrawing import withdraw
from registration.vocabulary import ConsentKind, LinkPurpose, MailKind, QuestionKind
from tests.factories import mails, make_workshop, save, sign_up
from tests.times import NOW
from tests.views.pages import send, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]


def page_of(app: Flask, registration: Registration) -> str:
    link = registration.link(LinkPurpose.MANAGE)
    assert link is not None
    return f"/my-registration/{link.token(app.config['SECRET_KEY'])}"


def exported(client: FlaskClient, mine: str) -> list[dict[str, object]]:
    answer = client.get(f"{mine}/all-data.json")
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["Cache-Control"] == "no-store"
    found: list[dict[str, object]] = json.loads(answer.text)["registrations"]
    return found


def test_everything_that_was_said_and_done_stands_in_the_file(app: Flask, client: FlaskClient) -> None:
    workshop = make_workshop(consents=[ConsentKind.PHOTO])
    options = ["Tee", "Kaffee"]
    question = save(
        Question(
            workshop_id=workshop.id, kind=QuestionKind.CHOICES, label="Was trinken Sie?", options=options
        )
    )
    ada = sign_up(
        workshop,
        role="Leitung",
        note="Platz vorn",
        support_needs="Untertitel",
        answers={question.id: "Tee\nKaffee"},
        consents=(ConsentKind.PHOTO,),
    )
    session = workshop.sessions[0]
    join(ada.id, session.id, now=session.starts_at)

    [one] = exported(client, page_of(app, ada))

    said = one["registration"]
    assert isinstance(said, dict)
    assert (said["role"], said["note"], said["support_needs"]) == ("Leitung", "Platz vorn", "Untertitel")
    assert one["answers"] == [{"question": question.label, "kind": "choices", "answer": ["Tee", "Kaffee"]}]
    assert [consent["kind"] for consent in one["consents"]] == ["photo"]  # type: ignore[attr-defined]
    assert [mail["kind"] for mail in one["mails"]] == ["confirm_address", "seat_certain"]  # type: ignore[attr-defined]
    assert [line["action"] for line in one["journal"]] == ["received", "confirmed"]  # type: ignore[attr-defined]
    assert [presence["attended"] for presence in one["attendance"]] == [True]  # type: ignore[attr-defined]


def test_page_says_the_same_in_words(app: Flask, client: FlaskClient) -> None:
    ada = sign_up(make_workshop(), note="Platz vorn")

    page = words(client.get(f"{page_of(app, ada)}/all-data"))

    assert all(
        text in page
        for text in ("Ada Lovelace", "Platz vorn", "Zusage an ada@", "Platz sicher (automatisch)")
    )


@pytest.mark.parametrize(
    ("kind", "answer", "language", "shown"),
    [
        (QuestionKind.DATE, "2027-03-01", "", "01.03.2027"),
        (QuestionKind.DATE, "2027-03-01", "/en", "1 Mar 2027"),
        (QuestionKind.NUMBER, "2.5", "", "2,5"),
        (QuestionKind.NUMBER, "2.5", "/en", "2.5"),
        (QuestionKind.YES_NO_UNSURE, "unsure", "", "Ich bin unsicher"),
        (QuestionKind.CHOICES, "Tee\nKaffee", "", "Tee, Kaffee"),
        (QuestionKind.SHORT_TEXT, "yes", "", "yes"),
    ],
)
def test_answers_are_shown_as_people_write_them(
    app: Flask, client: FlaskClient, kind: QuestionKind, answer: str, language: str, shown: str
) -> None:
    workshop = make_workshop()
    options = ["Tee", "Kaffee"] if kind is QuestionKind.CHOICES else []
    question = save(Question(workshop_id=workshop.id, kind=kind, label="Was?", options=options))
    mine = page_of(app, sign_up(workshop, answers={question.id: answer}))

    assert f"Was?{shown} " in words(client.get(f"{language}{mine}/all-data"))


def test_what_is_left_out_is_said_and_who_has_it(app: Flask, client: FlaskClient) -> None:
    mine = page_of(app, sign_up(make_workshop()))

    page = words(client.get(f"{mine}/all-data"))
    file = json.loads(client.get(f"{mine}/all-data.json").text)

    assert "Nicht dabei sind: der Wortlaut der E-Mails an Sie" in page
    assert "projektleitung@example.org" in page
    assert file["left_out"].startswith("Nicht dabei sind: der Wortlaut der E-Mails")
    assert file["ask_for_it"] == "projektleitung@example.org"


def test_all_registrations_of_the_same_person_are_in_it_and_nobody_elses(
    app: Flask, client: FlaskClient
) -> None:
    shared = {"email": "amt@musterhausen.example.org"}
    first, second = make_workshop(), make_workshop(slug="second", title="Zweite")
    ada = sign_up(first, "ada", **shared)
    sign_up(second, "ada", **shared)
    sign_up(first, "ben", note="nur für Ben", **shared)
    third = sign_up(make_workshop(slug="third"), "ada")

    found = exported(client, page_of(app, ada))

    assert [one["workshop"] for one in found] == [first.title, "Zweite"]
    assert "nur für Ben" not in json.dumps(found, ensure_ascii=False)
    assert len(exported(client, page_of(app, third))) == 1


def test_no_secret_is_in_it(app: Flask, client: FlaskClient) -> None:
    ada = sign_up(make_workshop())

    text = client.get(f"{page_of(app, ada)}/all-data.json").text

    for link in ada.links:
        assert not {link.nonce, link.fingerprint, link.token(app.config["SECRET_KEY"])} & {*text.split('"')}
    assert "meeting.example.org" not in text


def test_asking_for_erasure_needs_the_choice_and_tells_the_organiser_once(
    app: Flask, client: FlaskClient
) -> None:
    ada = sign_up(make_workshop())
    mine = page_of(app, ada)

    assert send(client, f"{mine}/erasure", {}).status_code == 422
    db.session.expire_all()
    assert ada.erasure_requested_at is None

    for _ in range(2):
        page = send(client, f"{mine}/erasure", {"decision": "erase"})
    db.session.expire_all()
    assert ada.erasure_requested_at == NOW
    assert [mail.to_address for mail in mails(MailKind.ERASURE_REQUESTED)] == ["projektleitung@example.org"]
    assert "Ihre Bitte ist angekommen." in words(client.get(f"{mine}/erasure"))
    assert page.status_code == 200
    assert ada.has_seat


def test_who_has_withdrawn_can_still_see_and_ask(app: Flask, client: FlaskClient) -> None:
    ada = sign_up(make_workshop())
    mine = page_of(app, ada)
    withdraw(ada.id, now=NOW)

    assert len(exported(client, mine)) == 1
    assert send(client, f"{mine}/erasure", {"decision": "erase"}).status_code == 303
