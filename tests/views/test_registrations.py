"""The form of a workshop: what it takes, what it says, and that nothing typed is lost."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from registration.extensions import db, one_transaction
from registration.models import Question, Registration, Workshop
from registration.vocabulary import QuestionKind, RegistrationState, RuleEffect
from tests.factories import mails, make_organisation, make_workshop, require_agreement, save, sign_up, submit
from tests.times import NOW
from tests.views.pages import hidden_fields, send, title, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]
FORM = "/workshops/kooperation/register"
ADA = {
    "given_name": "Ada",
    "family_name": "Lovelace",
    "email": "ada@musterhausen.example.org",
    "organisation": "Stadt Musterhausen",
}


def registrations() -> int:
    return db.session.scalar(select(func.count(Registration.id))) or 0


def newest() -> Registration:
    return db.session.scalars(select(Registration).order_by(Registration.id.desc())).one()


def test_sent_form_leads_to_the_page_that_asks_to_confirm(client: FlaskClient) -> None:
    make_workshop()

    answer = send(client, FORM, ADA)

    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "Bitte bestätigen Sie jetzt Ihre E-Mail-Adresse" in words(page)
    assert "ada@musterhausen.example.org" in words(page)


def test_page_after_sending_survives_a_visit_without_cookies(client: FlaskClient) -> None:
    make_workshop()

    page = client.get("/workshops/kooperation/registered")

    assert "Wir haben Ihnen eine E-Mail geschickt." in words(page)
    assert "Set-Cookie" not in page.headers


def test_known_person_gets_the_same_answer(client: FlaskClient) -> None:
    submit(make_workshop())

    answer = send(client, FORM, ADA)

    assert (answer.status_code, answer.location) == (303, "/workshops/kooperation/registered")
    assert registrations() == 1


def test_form_sent_twice_is_one_registration(client: FlaskClient) -> None:
    make_workshop()
    fields = hidden_fields(client.get(FORM)) | ADA

    answers = [client.post(FORM, data=fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert registrations() == 1


def test_only_the_family_name_is_needed_of_the_name(client: FlaskClient) -> None:
    make_workshop()

    send(client, FORM, ADA | {"given_name": ""})

    assert newest().given_name == ""


def test_version_of_the_privacy_text_is_kept(client: FlaskClient) -> None:
    make_workshop()

    send(client, FORM, ADA)

    assert len(newest().privacy_version) == 12


def test_no_checkbox_stands_between_a_person_and_the_form(client: FlaskClient) -> None:
    make_workshop()

    page = client.get(FORM).text

    assert 'type="checkbox"' not in page
    assert 'href="/privacy"' in page


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("family_name", " ", "Geben Sie Ihren Nachnamen ein."),
        ("family_name", "Love\u202elace", "„Nachname“ enthält unsichtbare Steuerzeichen."),
        ("email", "", "Geben Sie Ihre E-Mail-Adresse ein."),
        ("email", "ada", "Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein."),
        ("email", "jörg@example.org", "enthält Umlaute vor dem @. Bitte nennen Sie eine andere."),
        ("organisation", "", "Geben Sie Ihre Kommune oder Organisation ein."),
        ("note", "x" * 10_000, "Ihre Nachricht ist 10.000 Zeichen lang. Erlaubt sind 2.000."),
    ],
)
def test_error_names_field_and_remedy_on_top_and_at_the_field(
    client: FlaskClient, field: str, typed: str, said: str
) -> None:
    make_workshop()

    page = send(client, FORM, ADA | {field: typed})

    assert page.status_code == 422
    assert title(page).startswith("Fehler: ")
    assert words(page).count(said) == 2
    assert f'href="#{field}"' in page.text
    assert f'aria-describedby="{field}-error"' in page.text or f'{field}-error"' in page.text
    assert registrations() == 0


def test_everything_typed_is_still_there_after_an_error(client: FlaskClient) -> None:
    make_workshop()

    page = send(client, FORM, ADA | {"email": "ada@", "note": "Mit <Gebärden>", "role": "Leitung"}).text

    for typed in (
        'value="Ada"',
        'value="Lovelace"',
        'value="ada@"',
        'value="Leitung"',
        "Mit &lt;Gebärden&gt;",
    ):
        assert typed in page


def test_summary_can_be_focused_and_is_announced_once(client: FlaskClient) -> None:
    make_workshop()

    page = send(client, FORM, {}).text

    assert page.count('role="alert"') == 1
    assert 'role="alert" tabindex="-1" data-focus' in page


def test_slip_in_the_provider_is_a_hint_and_no_refusal(client: FlaskClient) -> None:
    """M-24."""
    make_workshop()

    page = send(client, FORM, ADA | {"email": "ada@gmial.com", "family_name": ""})
    sent = send(client, FORM, ADA | {"email": "ada@gmial.com"})

    assert "Meinten Sie ada@gmail.com?" in words(page)
    assert sent.status_code == 303
    assert "Meinten Sie ada@gmail.com?" in words(client.get(sent.location))


def correct(client: FlaskClient, email: str) -> TestResponse:
    """Fill in the form that the hint leads to."""
    return send(client, f"{FORM}?corrected=yes", ADA | {"email": email}, to=f"{FORM}?corrected=yes")


def states() -> dict[str, tuple[RegistrationState, bool]]:
    """The state of each address, and whether a seat is held for it."""
    db.session.expire_all()
    everybody = db.session.scalars(select(Registration).order_by(Registration.id))
    return {one.email: (one.state, one.seat_held_until is not None) for one in everybody}


@pytest.mark.parametrize("has_waiting_list", [True, False])
def test_corrected_form_takes_the_place_and_the_seat_of_the_first(
    client: FlaskClient, *, has_waiting_list: bool
) -> None:
    """M-24: the last seat that is held for the mistyped address is hers."""
    make_workshop(capacity=1, has_waiting_list=has_waiting_list)
    sent = send(client, FORM, ADA | {"email": "ada@gmial.com"})
    assert f'href="{FORM}?corrected=yes"' in client.get(sent.location).text

    assert correct(client, "ada@gmail.de").status_code == 303
    assert correct(client, "ada@gmail.com").status_code == 303

    assert states() == {
        "ada@gmial.com": (RegistrationState.LAPSED, False),
        "ada@gmail.de": (RegistrationState.LAPSED, False),
        "ada@gmail.com": (RegistrationState.UNCONFIRMED, True),
    }


def test_corrected_form_that_is_sent_twice_is_one_registration_and_one_mail(client: FlaskClient) -> None:
    make_workshop()
    send(client, FORM, ADA | {"email": "ada@gmial.com"})
    corrected = f"{FORM}?corrected=yes"
    typed = hidden_fields(client.get(corrected)) | ADA | {"email": "ada@gmail.com"}

    for _ in range(2):
        assert client.post(corrected, data=typed).status_code == 303

    assert [one.to_address for one in mails()] == ["ada@gmial.com", "ada@gmail.com"]


def test_corrected_form_does_not_tell_who_is_registered(client: FlaskClient) -> None:
    """L-55: what she has sent before ends, whether or not the other address is known."""
    workshop = make_workshop()
    sign_up(workshop, email="ada@musterhausen.example.org", given_name=ADA["given_name"])

    for known_or_not in (ADA["email"], "somebody@example.org"):
        send(client, FORM, ADA | {"email": "spy@example.org"})
        correct(client, known_or_not)

        assert states()["spy@example.org"] == (RegistrationState.LAPSED, False)


def test_without_the_hint_nothing_is_replaced(client: FlaskClient) -> None:
    make_workshop()
    send(client, FORM, ADA | {"email": "ada@gmial.com"})

    send(client, FORM, ADA | {"email": "ada@gmail.com"})

    assert {state for state, _ in states().values()} == {RegistrationState.UNCONFIRMED}


def test_right_address_gets_no_hint(client: FlaskClient) -> None:
    make_workshop()

    sent = send(client, FORM, ADA)

    assert "Meinten Sie" not in words(client.get(sent.location))


def test_outdated_form_is_shown_again_with_what_was_typed(client: FlaskClient) -> None:
    make_workshop()

    page = client.post(FORM, data=ADA)

    assert page.status_code == 422
    assert "Bitte senden Sie das Formular noch einmal ab." in words(page)
    assert 'value="Lovelace"' in page.text
    assert client.post(FORM, data=hidden_fields(page) | ADA).status_code == 303


def test_robot_that_fills_every_field_registers_nobody(client: FlaskClient) -> None:
    make_workshop()

    answer = send(client, FORM, ADA | {"website": "https://spam.example.org"})

    assert answer.status_code == 303
    assert registrations() == 0


def test_questions_are_asked_and_answers_kept(client: FlaskClient) -> None:
    workshop = make_workshop()
    kind = QuestionKind.YES_NO_UNSURE
    question = save(
        Question(workshop_id=workshop.id, kind=kind, label="Vorkenntnisse?", purpose="Für die Gruppen.")
    )
    name = question.field_name

    page = client.get(FORM)
    send(client, FORM, ADA | {name: "unsure"})

    assert f'<input aria-describedby="{name}-error"' not in page.text
    assert "Für die Gruppen." in words(page)
    assert [answer.value for answer in newest().answers] == ["unsure"]


def test_required_choice_must_be_made_and_must_be_one_of_the_offered(client: FlaskClient) -> None:
    workshop = make_workshop()
    columns = {"kind": QuestionKind.CHOICE, "label": "Gruppe", "options": ["A", "B"], "is_required": True}
    question = save(Question(workshop_id=workshop.id, **columns))

    nothing = send(client, FORM, ADA)
    something_else = send(client, FORM, ADA | {question.field_name: "C"})

    assert "Wählen Sie eine Antwort auf „Gruppe“." in words(nothing)
    assert f'href="#{question.field_name}-0"' in nothing.text
    assert "Wählen Sie eine der angebotenen Antworten." in words(something_else)


def test_refused_person_reads_why_and_keeps_what_she_typed(client: FlaskClient) -> None:
    require_agreement(make_workshop(), RuleEffect.REFUSE)
    make_organisation()

    page = send(client, FORM, ADA)

    assert page.status_code == 422
    assert "Stadt Musterhausen hat keine Zielvereinbarung." in words(page)
    assert "projektleitung@example.org" in words(page)
    assert 'value="Lovelace"' in page.text


def test_deadline_that_passes_while_the_form_is_open_loses_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_workshop()
    fields = hidden_fields(client.get(FORM)) | ADA
    monkeypatch.setattr("registration.clock.now", lambda: NOW + timedelta(days=29))

    page = client.post(FORM, data=fields)

    assert page.status_code == 422
    assert "Anmeldeschluss war am Freitag, 12. Februar 2027." in words(page)
    assert "projektleitung@example.org" in words(page)
    assert 'value="Lovelace"' in page.text
    assert 'id="send"' not in page.text


def test_late_request_can_be_sent_where_it_is_allowed(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_workshop(allows_late_requests=True)
    monkeypatch.setattr("registration.clock.now", lambda: NOW + timedelta(days=29))

    page = client.get(FORM)
    answer = send(client, FORM, ADA | {"is_late_request": "yes"})

    assert "Anfrage nach Anmeldeschluss senden" in words(page)
    assert answer.status_code == 303
    assert newest().is_late


def test_full_workshop_without_waiting_list_shows_no_form(client: FlaskClient) -> None:
    make_workshop(capacity=0, has_waiting_list=False)

    page = client.get(FORM)

    assert "Alle Plätze sind vergeben. Es gibt keine Warteliste." in words(page)
    assert 'name="family_name"' not in page.text


def test_workshop_that_is_cancelled_while_the_form_is_open_says_so(client: FlaskClient) -> None:
    workshop = make_workshop()
    form = hidden_fields(client.get(FORM))
    with one_transaction():
        db.session.get_one(Workshop, workshop.id).cancel(NOW)

    answer = client.post(FORM, data=form | ADA)

    assert (answer.status_code, answer.location) == (303, "/workshops/kooperation")
    assert "abgesagt" in words(client.get(answer.location))
    assert client.get(FORM).location == "/workshops/kooperation"
    assert registrations() == 0
