"""What somebody can expect, told before she sends the form: the sentence, and that nothing else happens."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from registration.extensions import db
from registration.models import JournalEntry, OutboxMessage, Question, Registration
from registration.vocabulary import Decision, QuestionKind, RuleEffect, RuleKind
from tests.factories import (
    EligibilityRule,
    make_organisation,
    make_workshop,
    require_agreement,
    save,
    sign_up,
    submit,
)
from tests.times import NOW
from tests.views.pages import hidden_fields, words

pytestmark = pytest.mark.usefixtures("app_context", "at_now")

FORM = "/workshops/kooperation/register"
OUTLOOK = "/workshops/kooperation/outlook"
WITH, WITHOUT = "Stadt Musterhausen", "Gemeinde Ohnefeld"
SEAT_AT_ONCE = "Ihre Kommune hat eine Zielvereinbarung: Sie erhalten sofort einen Platz."
REVIEW = "Wir prüfen Ihre Anmeldung."
UNDISCLOSED = "Wir prüfen, ob Ihre Kommune teilnehmen kann. Das Ergebnis steht in Ihrer E-Mail."
WAITING = "Alle Plätze sind vergeben: Sie kommen auf die Warteliste."


@pytest.fixture
def app(make_app: Any) -> Flask:
    """Where agreements are public."""
    app: Flask = make_app(AGREEMENTS_ARE_PUBLIC=True)
    return app


@pytest.fixture
def discreet(make_app: Any) -> FlaskClient:
    """Where they are not: the default."""
    client: FlaskClient = make_app().test_client()
    return client


@pytest.fixture(autouse=True)
def organisations(app_context: Flask) -> None:
    make_organisation(WITH, agreements=[(date(2026, 1, 1), None)], domains=["musterhausen.example.org"])
    make_organisation(WITHOUT)


def told(client: FlaskClient, organisation: str, **fields: str) -> str:
    """The part that a script asks for."""
    token = hidden_fields(client.get(FORM))["csrf_token"]
    answer = client.post(
        f"{OUTLOOK}?part=yes", data={"csrf_token": token, "organisation": organisation} | fields
    )
    assert answer.status_code == 200
    return words(answer)


def test_an_agreement_gives_a_seat_at_once(client: FlaskClient) -> None:
    require_agreement(make_workshop())

    assert SEAT_AT_ONCE in told(client, WITH)


def test_slip_in_the_provider_is_told_before_anything_is_sent(client: FlaskClient) -> None:
    """M-24."""
    require_agreement(make_workshop())

    page = told(client, WITH, email_domain="Gmial.com")

    assert "Ihre E-Mail-Adresse endet auf Gmial.com. Meinten Sie gmail.com?" in page
    assert SEAT_AT_ONCE in page
    assert "Meinten Sie" not in told(client, WITH, email_domain="musterhausen.example.org")


@pytest.mark.parametrize(
    ("organisation", "why"),
    [
        (WITHOUT, "Ihre Kommune hat keine Zielvereinbarung."),
        ("Stadt Unbekannt", "Ihre Organisation ist nicht in unserem Verzeichnis."),
        ("Stadt Musterhuasen", "Wir haben Ihre Organisation nicht sicher erkannt."),
    ],
)
def test_whoever_is_to_be_reviewed_learns_why(client: FlaskClient, organisation: str, why: str) -> None:
    require_agreement(make_workshop())

    page = told(client, organisation)

    assert REVIEW in page
    assert why in page


def test_the_domain_of_the_address_may_settle_a_doubt(client: FlaskClient) -> None:
    require_agreement(make_workshop())

    assert SEAT_AT_ONCE in told(client, "Stadt Musterhuasen", email_domain="musterhausen.example.org")


def test_a_full_workshop_leads_to_the_waiting_list(client: FlaskClient) -> None:
    sign_up(make_workshop(capacity=1), "ada")

    assert WAITING in told(client, WITH)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({}, "Sie erhalten sofort einen Platz."),
        ({"capacity": 0, "has_waiting_list": False}, "Alle Plätze sind vergeben. Es gibt keine Warteliste."),
        ({"decision": Decision.BY_ORGANISER}, REVIEW),
        ({"decision": Decision.APPLY_FIRST}, "Das Organisationsteam wählt unter allen Bewerbungen aus."),
        (
            {"closes_at": NOW, "allows_late_requests": True},
            "Der Anmeldeschluss ist vorbei: Das Organisationsteam entscheidet über Ihre Anfrage.",
        ),
        ({"closes_at": NOW}, "Die Anmeldung ist geschlossen."),
        ({"opens_at": NOW + timedelta(days=3)}, "Die Anmeldung beginnt am Montag, 18. Januar 2027."),
        (
            {"limit_per_organisation": 2},
            "Sie erhalten sofort einen Platz, wenn Ihre Organisation noch nicht 2 Plätze hat.",
        ),
    ],
)
def test_the_way_of_deciding_is_told(client: FlaskClient, columns: dict[str, Any], sentence: str) -> None:
    make_workshop(**columns)

    page = client.post(OUTLOOK, data={"organisation": WITH})

    assert sentence in words(page)


def test_how_many_of_an_organisation_have_registered_is_not_told(client: FlaskClient) -> None:
    workshop = make_workshop(limit_per_organisation=1)
    before = told(client, WITH)
    sign_up(workshop, "ada")

    assert told(client, WITH) == before


def test_a_rule_that_refuses_says_why(client: FlaskClient) -> None:
    require_agreement(make_workshop(), RuleEffect.REFUSE)

    page = told(client, WITHOUT)

    assert "Sie können sich zu dieser Veranstaltung nicht anmelden." in page
    assert "Gemeinde Ohnefeld hat keine Zielvereinbarung." in page


def test_answers_decide_as_well(client: FlaskClient) -> None:
    workshop = make_workshop()
    question = save(
        Question(
            workshop_id=workshop.id, kind=QuestionKind.YES_NO_UNSURE, label="Kennen Sie es?", is_required=True
        )
    )
    rule = EligibilityRule(workshop_id=workshop.id, kind=RuleKind.QUESTION, effect=RuleEffect.REVIEW)
    rule.question_id = question.id
    save(rule)

    assert "Beantworten Sie die Fragen." in told(client, WITH)
    assert REVIEW in told(client, WITH, **{question.field_name: "no"})
    assert "Sie erhalten sofort einen Platz." in told(client, WITH, **{question.field_name: "yes"})


def test_a_full_choice_leads_to_the_waiting_list_although_other_seats_are_free(client: FlaskClient) -> None:
    workshop = make_workshop()
    question = save(
        Question(
            workshop_id=workshop.id,
            kind=QuestionKind.CHOICE,
            label="Wie nehmen Sie teil?",
            options=["vor Ort", "online"],
            option_limits={"vor Ort": 1},
        )
    )
    sign_up(workshop, "ada", answers={question.id: "vor Ort"})

    assert "Für Ihre Auswahl sind alle Plätze vergeben" in told(
        client, WITH, **{question.field_name: "vor Ort"}
    )
    assert "Sie erhalten sofort einen Platz." in told(client, WITH, **{question.field_name: "online"})


def test_where_agreements_are_not_public_all_read_the_same(discreet: FlaskClient) -> None:
    require_agreement(make_workshop())

    answers = {told(discreet, one) for one in (WITH, WITHOUT, "Stadt Unbekannt", "Stadt Musterhuasen")}

    assert len(answers) == 1
    assert UNDISCLOSED in answers.pop()


def test_where_agreements_are_not_public_full_workshops_do_not_tell_either(discreet: FlaskClient) -> None:
    require_agreement(make_workshop(capacity=0, review_holds_seat=False))

    assert told(discreet, WITH) == told(discreet, WITHOUT)


FULL = "Alle Plätze sind vergeben. Es gibt keine Warteliste."
CLOSED = "Die Anmeldung ist geschlossen."
APPLICATION = "Das Organisationsteam wählt unter allen Bewerbungen aus."
PERHAPS_REFUSED = (
    "Nicht jede Kommune kann teilnehmen. Wenn Ihre es nicht kann, lesen Sie das gleich nach dem Senden."
)
REFUSE = RuleEffect.REFUSE


@pytest.mark.parametrize(
    ("columns", "effect", "sentence"),
    [
        ({"capacity": 0, "has_waiting_list": False}, RuleEffect.REVIEW, FULL),
        ({"capacity": 0, "has_waiting_list": False}, REFUSE, FULL),
        ({"capacity": 0}, RuleEffect.REVIEW, WAITING),
        ({"capacity": 0}, REFUSE, PERHAPS_REFUSED),
        ({}, REFUSE, PERHAPS_REFUSED),
        ({"decision": Decision.APPLY_FIRST}, RuleEffect.REVIEW, APPLICATION),
        ({"closes_at": NOW}, REFUSE, CLOSED),
    ],
)
def test_what_does_not_depend_on_the_agreement_is_told_and_the_rest_reads_the_same(
    discreet: FlaskClient, columns: dict[str, Any], effect: RuleEffect, sentence: str
) -> None:
    require_agreement(make_workshop(**columns), effect)

    pages = [
        words(discreet.post(OUTLOOK, data={"organisation": one})) for one in (WITH, WITHOUT, "Unbekannt")
    ]

    assert all(sentence in page for page in pages)
    assert not any("Zielvereinbarung" in page for page in pages)


def test_a_workshop_for_everybody_has_nothing_to_hide(discreet: FlaskClient) -> None:
    make_workshop()

    assert "Sie erhalten sofort einen Platz." in told(discreet, WITHOUT)


def test_asking_leaves_no_registration_no_mail_and_no_seat(client: FlaskClient) -> None:
    require_agreement(make_workshop(capacity=1))
    typed = {"organisation": WITH, "family_name": "Lovelace", "email": "ada@musterhausen.example.org"}

    for _ in range(2):
        told(client, WITH)
        client.post(OUTLOOK, data=typed)

    counted = (Registration, OutboxMessage, JournalEntry)
    rows = [db.session.scalar(select(func.count(one.id))) for one in counted]
    assert rows == [0, 0, 0]
    assert SEAT_AT_ONCE in told(client, WITH)


def test_the_second_button_shows_the_form_again_with_all_that_was_typed(client: FlaskClient) -> None:
    require_agreement(make_workshop())
    typed = {"family_name": "Lovelace", "email": "ada@example.org", "organisation": WITH, "note": "Bis bald"}

    page = client.post(OUTLOOK, data=hidden_fields(client.get(FORM)) | typed)

    assert page.status_code == 200
    assert SEAT_AT_ONCE in words(page)
    assert "Noch ist nichts gesendet." in words(page)
    assert all(f'value="{typed[name]}"' in page.text for name in ("family_name", "email", "organisation"))
    assert "Bis bald</textarea>" in page.text
    assert f'action="{FORM}"' in page.text
    assert "error-summary" not in page.text


def test_sending_after_looking_registers_once(client: FlaskClient) -> None:
    require_agreement(make_workshop())
    typed = {"family_name": "Lovelace", "email": "ada@musterhausen.example.org", "organisation": WITH}
    looked_at = client.post(OUTLOOK, data=hidden_fields(client.get(FORM)) | typed)

    sent = client.post(FORM, data=hidden_fields(looked_at) | typed)

    assert sent.status_code == 303
    assert db.session.scalar(select(func.count(Registration.id))) == 1


def test_without_an_organisation_nothing_is_foretold(client: FlaskClient) -> None:
    make_workshop()

    assert "Nennen Sie Ihre Kommune oder Organisation." in words(client.post(OUTLOOK, data={}))


def test_the_script_needs_the_token_of_the_form(client: FlaskClient) -> None:
    make_workshop()

    assert client.post(f"{OUTLOOK}?part=yes", data={"organisation": WITH}).status_code == 400


def test_looking_up_the_address_leads_to_the_form(client: FlaskClient) -> None:
    make_workshop()

    assert client.get(OUTLOOK).location == FORM


def test_attempts_are_limited_over_all_processes(make_app: Any) -> None:
    make_workshop()
    clients = [make_app(OUTLOOKS_PER_MINUTE=3).test_client() for _ in range(2)]
    tried = [clients[one % 2].post(OUTLOOK, data={"organisation": WITH}) for one in range(5)]

    assert [one.status_code for one in tried] == [200, 200, 200, 429, 429]
    assert f'value="{WITH}"' in tried[-1].text


def send(client: FlaskClient, **fields: str) -> Any:
    typed = {"family_name": "Lovelace", "email": "ada@musterhausen.example.org", "organisation": WITH}
    return client.post(FORM, data=hidden_fields(client.get(FORM)) | typed | fields, follow_redirects=True)


def test_the_page_after_sending_says_what_comes_next(client: FlaskClient) -> None:
    require_agreement(make_workshop())

    assert SEAT_AT_ONCE in words(send(client))
    assert REVIEW in words(send(client, organisation=WITHOUT, email="ben@example.org"))


def test_the_page_after_sending_is_the_same_for_known_people(client: FlaskClient) -> None:
    require_agreement(make_workshop(capacity=2))
    send(client)

    known = words(send(client))
    unknown = words(send(client, family_name="Bitdiddle", email="ben@musterhausen.example.org"))

    assert known == unknown.replace("ben@", "ada@")
    assert SEAT_AT_ONCE in known


def test_the_page_after_sending_keeps_the_secret_as_well(discreet: FlaskClient) -> None:
    require_agreement(make_workshop())

    assert UNDISCLOSED in words(send(discreet))
    assert UNDISCLOSED in words(send(discreet, organisation=WITHOUT, email="ben@example.org"))


def test_a_further_person_finds_the_organisation_in_the_form_and_has_a_form_of_her_own(
    client: FlaskClient,
) -> None:
    make_workshop()
    first = send(client)

    assert f"{FORM}?further=yes" in first.text
    form = client.get(f"{FORM}?further=yes")

    assert f'value="{WITH}"' in form.text
    assert "Lovelace" not in form.text
    typed = {"family_name": "Bitdiddle", "email": "ben@musterhausen.example.org", "organisation": WITH}
    client.post(FORM, data=hidden_fields(form) | typed)
    people = db.session.scalars(select(Registration)).all()
    assert len({one.form_key for one in people}) == len(people) == 2
    assert {one.to_address for one in db.session.scalars(select(OutboxMessage))} == {
        "ada@musterhausen.example.org",
        "ben@musterhausen.example.org",
    }


def test_nobody_else_finds_the_organisation_in_the_form(app: Flask) -> None:
    make_workshop()
    client = app.test_client()
    send(client)

    assert f'value="{WITH}"' not in client.get(FORM).text
    assert f'value="{WITH}"' not in app.test_client().get(f"{FORM}?further=yes").text


def test_rule_on_a_question_that_is_not_asked_leaves_the_seat(client: FlaskClient) -> None:
    workshop = make_workshop()
    new = save(Question(workshop_id=workshop.id, kind=QuestionKind.YES_NO_UNSURE, label="Neu hier?"))
    knows = Question(workshop_id=workshop.id, kind=QuestionKind.YES_NO_UNSURE, label="Vorwissen?", position=1)
    knows.depends_on_id, knows.depends_on_value = new.id, "no"
    save(knows)
    rule = EligibilityRule(workshop_id=workshop.id, kind=RuleKind.QUESTION, effect=RuleEffect.REVIEW)
    rule.parameters, rule.question_id = {"accepted": ["yes"]}, knows.id
    save(rule)

    assert "Sie erhalten sofort einen Platz." in told(client, WITH, **{new.field_name: "yes"})
    assert REVIEW in told(client, WITH, **{new.field_name: "no", knows.field_name: "no"})
    assert submit(workshop, answers={new.id: "yes"}).verdict["outcome"] == "eligible"
