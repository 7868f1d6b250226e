"""What the form says about data: which text was shown, what is asked freely, what stays with the team."""

import hashlib
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from registration.extensions import db
from registration.mail.building import build
from registration.mail.rendering import render
from registration.models import JournalEntry, OutboxMessage, PrivacyNotice, Registration
from registration.vocabulary import ConsentKind
from tests.factories import make_workshop, submit
from tests.times import NOW
from tests.views.pages import hidden_fields, send, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now"),
]
FORM = "/workshops/kooperation/register"
ADA = {"family_name": "Lovelace", "email": "ada@example.org", "organisation": "Stadt Musterhausen"}
CONSENTS = [kind.value for kind in ConsentKind]


def newest() -> Registration:
    return db.session.scalars(select(Registration).order_by(Registration.id.desc())).first()


def notices() -> list[PrivacyNotice]:
    return list(db.session.scalars(select(PrivacyNotice).order_by(PrivacyNotice.language)))


@pytest.mark.usefixtures("app_context")
def test_text_that_was_shown_is_kept_under_the_version_of_the_registration(client: FlaskClient) -> None:
    make_workshop()

    send(client, FORM, ADA)

    (notice,) = notices()
    assert newest().privacy_version == notice.version
    assert hashlib.sha256(notice.text.encode()).hexdigest().startswith(notice.version)
    assert (notice.language, notice.shown_from) == ("de", NOW)


def test_each_language_has_its_text(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    with app.app_context():
        make_workshop()
    client = app.test_client()  # outside: what belongs to one request ends with it

    send(client, f"/en{FORM}", ADA)
    german = hidden_fields(client.get(FORM))["privacy_version"]

    with app.app_context():
        assert [one.language for one in notices()] == ["de", "en"]
        assert newest().language == "en"
        assert newest().privacy_version not in ("", german)


@pytest.mark.usefixtures("app_context")
def test_text_is_written_once_however_many_forms_are_shown(app: Flask, client: FlaskClient) -> None:
    make_workshop()

    for _ in range(3):
        client.get(FORM)
        app.extensions.pop("registration_pages")
    for number in range(3):
        send(client, FORM, ADA | {"family_name": f"Lovelace {number}"})

    assert len(notices()) == 1


def test_form_that_was_open_while_the_text_changed_keeps_the_one_it_was_shown_with(
    make_app: Callable[..., Flask],
) -> None:
    before, after = make_app(), make_app(PRIVACY_CONTROLLER="Andere Stelle")
    with before.app_context():
        make_workshop()
        shown = before.test_client().get(FORM)
    version = hidden_fields(shown)["privacy_version"]

    with after.app_context():
        client = after.test_client()
        send(client, FORM, ADA | {"privacy_version": version})
        assert newest().privacy_version == version
        send(client, FORM, ADA | {"family_name": "Byron", "privacy_version": "made-up"})
        assert newest().privacy_version not in (version, "made-up")


@pytest.mark.usefixtures("app_context")
def test_form_can_be_sent_with_no_box_ticked(client: FlaskClient) -> None:
    make_workshop(consents=CONSENTS)
    page = client.get(FORM)

    answer = client.post(FORM, data=hidden_fields(page) | ADA)

    assert page.text.count('type="checkbox"') == 3
    assert "checked" not in page.text
    assert answer.status_code == 303
    assert newest().consents == []


@pytest.mark.usefixtures("app_context")
def test_each_ticked_box_is_a_consent_in_the_words_beside_it(client: FlaskClient) -> None:
    make_workshop(consents=["photo", "announcements"])

    send(client, f"/en{FORM}", ADA | {"consent_photo": "y"})

    (given,) = newest().consents
    assert given.kind is ConsentKind.PHOTO
    assert given.wording in words(client.get(f"/en{FORM}"))


@pytest.mark.usefixtures("app_context")
def test_ticked_box_stays_ticked_after_an_error(client: FlaskClient) -> None:
    make_workshop(consents=["photo", "announcements"])

    page = send(client, FORM, ADA | {"email": "", "consent_photo": "y"}).text

    assert page.count("checked") == 1


@pytest.mark.usefixtures("app_context")
def test_support_needs_are_a_field_of_their_own(client: FlaskClient) -> None:
    make_workshop()

    page = client.get(FORM)
    send(client, FORM, ADA | {"support_needs": "Schriftdolmetschen", "note": "Bis bald"})

    assert "Was brauchen Sie, um gut teilnehmen zu können? – optional" in words(page)
    assert (newest().support_needs, newest().note) == ("Schriftdolmetschen", "Bis bald")


def test_support_needs_are_in_no_mail_and_no_journal(app_context: Flask) -> None:
    submit(make_workshop(), support_needs="Schriftdolmetschen")

    message = db.session.scalars(select(OutboxMessage)).one()
    content = build(message, render(message, now=NOW))

    assert "Schriftdolmetschen" not in str(message.context)
    assert b"Schriftdolmetschen" not in content
    found = select(func.count(JournalEntry.id)).where(
        JournalEntry.details.cast(db.String).contains("Schrift")
    )
    assert db.session.scalar(found) == 0


def test_no_cache_keeps_a_token_or_what_was_typed(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    with app.app_context():
        make_workshop()
    client = app.test_client()  # outside: what belongs to one request ends with it

    form = client.get(FORM)
    refused = client.post(FORM, data=hidden_fields(form) | ADA | {"email": "keine"})
    sent = client.post(FORM, data=hidden_fields(form) | ADA)
    answers = [form, refused, sent, client.get(sent.location)]

    assert [answer.status_code for answer in answers] == [200, 422, 303, 200]
    assert {answer.headers.get("Cache-Control") for answer in answers} == {"private, no-store"}
    assert "Cache-Control" not in client.get("/workshops/kooperation").headers
