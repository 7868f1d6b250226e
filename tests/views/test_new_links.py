"""Asking for the private link again tells nobody who is registered."""

import pytest
from flask.testing import FlaskClient

from registration.vocabulary import MailKind
from tests.factories import mails, make_workshop, sign_up
from tests.views.pages import hidden_fields, send, title, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]


def test_known_and_unknown_addresses_get_the_same_answer(client: FlaskClient) -> None:
    sign_up(make_workshop())

    known = send(client, "/new-link", {"email": "ada@musterhausen.example.org"})
    unknown = send(client, "/new-link", {"email": "nobody@example.org"})

    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert client.get(known.location).status_code == 200
    assert [mail.registration.given_name for mail in mails(MailKind.NEW_LINK)] == ["Ada"]


def test_no_address_is_an_error_with_a_remedy(client: FlaskClient) -> None:
    page = send(client, "/new-link", {"email": "ada"})

    assert page.status_code == 422
    assert title(page).startswith("Fehler: ")
    assert words(page).count("Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein") == 2


def test_outdated_form_is_shown_again(client: FlaskClient) -> None:
    page = client.post("/new-link", data={"email": "ada@example.org"})

    assert "Bitte senden Sie das Formular noch einmal ab." in words(page)
    assert 'value="ada@example.org"' in page.text
    assert "csrf_token" in hidden_fields(page)
