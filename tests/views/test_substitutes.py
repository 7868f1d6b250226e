"""Naming a substitute, as both people see it."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration import clock
from registration.extensions import db
from registration.mail.rendering import render
from registration.models import Registration
from registration.services.substituting import name_substitute
from registration.services.withdrawing import withdraw
from registration.vocabulary import LinkPurpose, MailKind, RegistrationState
from tests.factories import START, details, find, instant, mails, make_workshop, sign_up, submit
from tests.times import NOW
from tests.views.pages import send, title, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]
DORA = {"given_name": "Dora", "family_name": "Dietrich", "email": "dora@musterhausen.example.org", "role": ""}
State = RegistrationState


def address_of(app: Flask, registration: Registration, purpose: LinkPurpose = LinkPurpose.MANAGE) -> str:
    link = registration.link(purpose)
    assert link is not None
    page = {LinkPurpose.MANAGE: "my-registration", LinkPurpose.CONFIRM: "confirm"}[purpose]
    return f"/{page}/{link.token(app.config['SECRET_KEY'])}"


def test_seat_offers_to_name_a_substitute(app: Flask, client: FlaskClient) -> None:
    mine = address_of(app, sign_up(make_workshop()))

    assert f'href="{mine}/substitute"' in client.get(mine).text
    assert "geht erst dann an diese Person über, wenn sie ihre E-Mail-Adresse bestätigt" in words(
        client.get(f"{mine}/substitute")
    )


def test_who_waits_is_not_offered_to_pass_anything_on(app: Flask, client: FlaskClient) -> None:
    mine = address_of(app, sign_up(make_workshop(capacity=0)))

    assert "Vertretung" not in words(client.get(mine))
    answer = client.get(f"{mine}/substitute")
    assert (answer.status_code, answer.location) == (303, mine)


def test_named_substitute_stands_on_the_page_until_she_confirms(app: Flask, client: FlaskClient) -> None:
    workshop = make_workshop()
    ada = sign_up(workshop)
    mine = address_of(app, ada)

    answer = send(client, f"{mine}/substitute", DORA)

    assert (answer.status_code, answer.location) == (303, mine)
    assert "Sie haben eine Vertretung genannt." in words(client.get(mine))
    dora = find(workshop.id, "dora")
    send(client, address_of(app, dora, LinkPurpose.CONFIRM), {})
    db.session.expire_all()
    assert (ada.state, dora.state) == (State.SUBSTITUTED, State.CONFIRMED)
    assert "Vertretung genannt" not in words(client.get(mine))


def test_missing_name_and_wrong_address_are_explained(app: Flask, client: FlaskClient) -> None:
    form = f"{address_of(app, sign_up(make_workshop()))}/substitute"

    page = send(client, form, {"given_name": "Dora", "family_name": "", "email": "keine-adresse"})

    assert page.status_code == 422
    assert title(page).startswith("Fehler: Vertretung nennen")
    assert 'href="#family_name"' in page.text
    assert 'href="#email"' in page.text
    assert 'value="Dora"' in page.text
    assert mails(MailKind.CONFIRM_ADDRESS)[1:] == []


@pytest.mark.parametrize("state", ["unknown", "unconfirmed", "has a seat"])
def test_nobody_learns_from_the_form_whether_somebody_is_registered(
    app: Flask, client: FlaskClient, state: str
) -> None:
    workshop = make_workshop()
    mine = address_of(app, sign_up(workshop))
    if state != "unknown":
        {"unconfirmed": submit, "has a seat": sign_up}[state](workshop, "dora")

    answer = send(client, f"{mine}/substitute", DORA | {"given_name": "DORA"})

    assert (answer.status_code, answer.location) == (303, mine)
    page = words(client.get(mine))
    assert "Sie haben eine Vertretung genannt. Die Bestätigung steht noch aus." in page
    assert "Dora" not in page
    assert mails()[-1].to_address == DORA["email"]


def test_nobody_tries_one_address_after_the_other(app: Flask, client: FlaskClient) -> None:
    workshop = make_workshop()
    form = f"{address_of(app, sign_up(workshop))}/substitute"
    sign_up(workshop, "dora")

    answers = [send(client, form, DORA) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [303, 303, 303, 422]
    assert "Zu viele Versuche" in words(answers[-1])


def test_double_click_names_her_once_and_without_an_error(app: Flask, client: FlaskClient) -> None:
    mine = address_of(app, sign_up(make_workshop()))

    answers = [send(client, f"{mine}/substitute", DORA) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(mails(MailKind.CONFIRM_ADDRESS)) == 2  # Ada's own, and one to Dora


def test_form_without_its_token_is_shown_again(app: Flask, client: FlaskClient) -> None:
    page = client.post(f"{address_of(app, sign_up(make_workshop()))}/substitute", data=DORA)

    assert page.status_code == 422
    assert "Bitte senden Sie das Formular noch einmal ab." in words(page)
    assert 'value="Dietrich"' in page.text


def test_mail_and_page_say_whose_seat_it_is(app: Flask, client: FlaskClient) -> None:
    workshop = make_workshop()
    name_substitute(sign_up(workshop).id, details("dora"), now=NOW)

    mail = render(mails(MailKind.CONFIRM_ADDRESS)[-1], now=NOW)
    text = mail.text
    page = client.get(address_of(app, find(workshop.id, "dora"), LinkPurpose.CONFIRM))

    assert mail.subject == "Bitte bestätigen: Sie sollen Ada Lovelace vertreten"
    assert "Ada Lovelace hat Sie als Vertretung genannt." in text
    assert "Sie haben sich angemeldet" not in text
    assert "Sie übernehmen damit den Platz von Ada Lovelace." in words(page)


def test_seat_given_back_meanwhile_is_not_promised(app: Flask, client: FlaskClient) -> None:
    workshop = make_workshop()
    ada = sign_up(workshop)
    name_substitute(ada.id, details("dora"), now=NOW)
    withdraw(ada.id, now=NOW)

    text = render(mails(MailKind.CONFIRM_ADDRESS)[-1], now=NOW).text
    page = client.get(address_of(app, find(workshop.id, "dora"), LinkPurpose.CONFIRM))

    assert "Platz" not in text.split("\n-- \n")[0]
    assert "Sie übernehmen" not in words(page)


def test_after_the_end_nobody_is_named_any_more(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = address_of(app, sign_up(make_workshop()))
    monkeypatch.setattr(clock, "now", lambda: instant(START) + timedelta(days=1))

    assert "Vertretung" not in words(client.get(mine))
    assert client.get(f"{mine}/substitute").status_code == 303
