"""Confirming an address: a page with a button, and only the button acts."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration.extensions import db
from registration.models import Registration
from registration.vocabulary import LinkPurpose, MailKind, RegistrationState
from tests.factories import mails, make_workshop, submit
from tests.times import NOW
from tests.views.pages import hidden_fields, send, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]


@pytest.fixture
def ada() -> Registration:
    return submit(make_workshop())


@pytest.fixture
def page_of(app: Flask, ada: Registration) -> str:
    link = ada.link(LinkPurpose.CONFIRM)
    assert link is not None
    return f"/confirm/{link.token(app.config['SECRET_KEY'])}"


def state(ada: Registration) -> RegistrationState:
    db.session.expire_all()
    return ada.state


def test_looking_at_the_page_confirms_nothing(client: FlaskClient, ada: Registration, page_of: str) -> None:
    for _ in range(20):
        client.head(page_of)
        client.get(page_of)

    assert state(ada) == RegistrationState.UNCONFIRMED


def test_page_names_person_and_workshop(client: FlaskClient, page_of: str) -> None:
    said = words(client.get(page_of))

    assert "Ada Lovelace" in said
    assert "Kooperationsvereinbarungen in (bester) Form" in said


def test_button_confirms_and_leads_to_the_own_page(
    client: FlaskClient, ada: Registration, page_of: str
) -> None:
    answer = send(client, page_of, {})

    assert answer.status_code == 303
    assert "Ihr Platz ist sicher." in words(client.get(answer.location))
    assert state(ada) == RegistrationState.CONFIRMED


def test_second_confirmation_says_so_and_sends_nothing(client: FlaskClient, page_of: str) -> None:
    fields = hidden_fields(client.get(page_of))
    client.post(page_of, data=fields)
    again = client.post(page_of, data=fields)

    assert again.status_code == 200
    assert "Sie sind bereits bestätigt" in words(again)
    assert len(mails(MailKind.SEAT_CERTAIN)) == 1


def test_link_of_a_confirmed_address_leads_to_the_own_page_only_while_it_is_valid(
    app: Flask, client: FlaskClient, ada: Registration, page_of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, page_of, {})
    manage = ada.link(LinkPurpose.MANAGE)
    assert manage is not None
    own_page = f'href="/my-registration/{manage.token(app.config["SECRET_KEY"])}"'
    assert own_page in client.get(page_of).text

    monkeypatch.setattr("registration.clock.now", lambda: NOW + timedelta(hours=48))

    page = client.get(page_of)
    assert "Sie sind bereits bestätigt" in words(page)
    assert "/my-registration/" not in page.text
    assert 'href="/new-link"' in page.text


def test_expired_link_offers_a_new_one(
    client: FlaskClient, page_of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registration.clock.now", lambda: NOW + timedelta(hours=48))

    page = client.get(page_of)

    assert page.status_code == 410
    assert 'href="/new-link"' in page.text


def test_post_without_token_changes_nothing(client: FlaskClient, ada: Registration, page_of: str) -> None:
    answer = client.post(page_of)

    assert answer.status_code == 400
    assert "Bitte senden Sie das Formular noch einmal ab" in words(answer)
    assert state(ada) == RegistrationState.UNCONFIRMED


def test_link_of_another_purpose_opens_nothing(app: Flask, client: FlaskClient, ada: Registration) -> None:
    manage = ada.link(LinkPurpose.MANAGE)
    assert manage is not None

    assert client.get(f"/confirm/{manage.token(app.config['SECRET_KEY'])}").status_code == 404


def test_page_behind_a_link_is_not_stored_anywhere(client: FlaskClient, page_of: str) -> None:
    headers = client.get(page_of).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Die Anmeldung ist nicht bestätigt und verfällt. War das ein Versehen?"),
        ("?about=address", "Die E-Mail-Adresse bleibt, wie sie war. War das ein Versehen?"),
        ("?about=meeting", "Dieser Link gehört einer anderen Person. Bitte schließen Sie die Seite."),
    ],
)
def test_who_says_no_reads_what_follows_from_it(client: FlaskClient, query: str, said: str) -> None:
    assert said in words(client.get(f"/not-confirmed{query}"))
