"""The questions of a workshop on its form: every kind, with errors, and those that depend on another."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from registration.extensions import db
from registration.models import Question, Registration, Workshop
from registration.vocabulary import QuestionKind
from tests.factories import make_workshop, save
from tests.views.pages import send, title, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]
FORM = "/workshops/kooperation/register"
ADA = {"family_name": "Lovelace", "email": "ada@example.org", "organisation": "Stadt Musterhausen"}
KINDS = list(QuestionKind)


@pytest.fixture
def workshop(app_context: object) -> Workshop:
    return make_workshop()


def ask(workshop: Workshop, kind: QuestionKind, **columns: object) -> str:
    """Add a question and return the name of its field."""
    defaults = {"label": "Gruppe", "purpose": "Für die Planung.", "options": ["A", "B", "C"]}
    return save(Question(workshop_id=workshop.id, kind=kind, **(defaults | columns))).field_name


def answers() -> list[str]:
    newest = db.session.scalars(select(Registration).order_by(Registration.id.desc()))
    return [answer.value for answer in newest.first().answers]


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (QuestionKind.YES_NO_UNSURE, "unsure", "unsure"),
        (QuestionKind.SHORT_TEXT, "  ein   Satz ", "ein Satz"),
        (QuestionKind.LONG_TEXT, "erste\r\nzweite", "erste\nzweite"),
        (QuestionKind.CHOICE, "B", "B"),
        (QuestionKind.CHOICES, ["C", "A"], "A\nC"),
        (QuestionKind.NUMBER, "2,5", "2.5"),
        (QuestionKind.NUMBER, "−3", "-3"),
        (QuestionKind.DATE, "24.2.2027", "2027-02-24"),
        (QuestionKind.DATE, "2027-02-24", "2027-02-24"),
    ],
)
def test_answer_is_kept_as_it_is_meant(
    client: FlaskClient, workshop: Workshop, kind: QuestionKind, typed: object, kept: str
) -> None:
    name = ask(workshop, kind)

    assert send(client, FORM, ADA | {name: typed}).status_code == 303

    assert answers() == [kept]


@pytest.mark.parametrize("kind", KINDS)
def test_required_question_says_what_is_missing_on_top_and_at_the_field(
    client: FlaskClient, workshop: Workshop, kind: QuestionKind
) -> None:
    name = ask(workshop, kind, is_required=True)

    page = send(client, FORM, ADA)

    said = "Wählen Sie eine Antwort auf" if f'id="{name}-0"' in page.text else "Beantworten Sie die Frage"
    assert page.status_code == 422
    assert title(page).startswith("Fehler: ")
    assert words(page).count(f"{said} „Gruppe“.") == 2
    assert f'id="{name}-error"' in page.text
    target = f"{name}-0" if f'id="{name}-0"' in page.text else name
    assert f'href="#{target}"' in page.text


@pytest.mark.parametrize("kind", KINDS)
def test_question_that_may_stay_open_may_stay_open(
    client: FlaskClient, workshop: Workshop, kind: QuestionKind
) -> None:
    ask(workshop, kind)

    assert send(client, FORM, ADA).status_code == 303

    assert answers() == []


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        (QuestionKind.NUMBER, "viele", "Geben Sie bei „Gruppe“ eine Zahl ein, zum Beispiel 12 oder 2,5."),
        (QuestionKind.NUMBER, "1.200", "Lassen Sie Punkte zwischen Tausendern weg."),
        (QuestionKind.DATE, "morgen", "einen Tag im Format TT.MM.JJJJ ein, zum Beispiel 24.02.2027."),
        (QuestionKind.DATE, "31.02.2027", "einen Tag im Format TT.MM.JJJJ ein"),
        (QuestionKind.LONG_TEXT, "x" * 2001, "„Gruppe“ ist 2.001 Zeichen lang. Erlaubt sind 2.000."),
        (QuestionKind.SHORT_TEXT, "x\u202ey", "„Gruppe“ enthält unsichtbare Steuerzeichen."),
    ],
)
def test_wrong_answer_stays_in_its_field_beside_a_sentence_that_helps(
    client: FlaskClient, workshop: Workshop, kind: QuestionKind, typed: str, said: str
) -> None:
    name = ask(workshop, kind)

    page = send(client, FORM, ADA | {name: typed})

    assert page.status_code == 422
    assert words(page).count(said) == 2
    assert f'value="{typed}"' in page.text or f">\r\n{typed}</textarea>" in page.text


def test_only_offered_answers_count(client: FlaskClient, workshop: Workshop) -> None:
    name = ask(workshop, QuestionKind.CHOICES)

    page = send(client, FORM, ADA | {name: ["A", "Z"]})

    assert page.status_code == 422
    assert words(page).count("Wählen Sie eine der angebotenen Antworten.") == 2
    assert (
        "checked"
        in page.text.split(f'id="{name}-0"')[1].split(">")[0] + page.text.split(f'id="{name}-0"')[0][-200:]
    )


def test_purpose_and_help_stand_beside_the_field(client: FlaskClient, workshop: Workshop) -> None:
    name = ask(workshop, QuestionKind.SHORT_TEXT, help_text="Eine Schätzung genügt.")

    page = client.get(FORM)

    hint = page.text.split(f'id="{name}-hint"')[1].split("</div>")[0]
    assert "Eine Schätzung genügt." in hint
    assert "Für die Planung." in hint
    assert f'aria-describedby="{name}-hint"' in page.text


class TestDependent:
    """One question is asked only because of the answer to another."""

    @pytest.fixture(autouse=True)
    def questions(self, workshop: Workshop) -> None:
        self.travels = ask(workshop, QuestionKind.YES_NO_UNSURE, label="Reisen Sie an?", position=1)
        number = int(self.travels.removeprefix("question_"))
        depends = {"depends_on_id": number, "depends_on_value": "yes"}
        self.when = ask(workshop, QuestionKind.DATE, label="Wann?", is_required=True, position=2, **depends)

    def test_it_must_be_answered_when_it_is_asked(self, client: FlaskClient) -> None:
        page = send(client, FORM, ADA | {self.travels: "yes"})

        assert page.status_code == 422
        assert words(page).count("Beantworten Sie die Frage „Wann?“.") == 2

    @pytest.mark.parametrize("travels", ["no", ""])
    def test_it_may_stay_empty_or_wrong_when_it_is_not_asked(self, client: FlaskClient, travels: str) -> None:
        for when in ("", "morgen"):
            person = ADA | {"family_name": f"Lovelace {when}"}
            assert send(client, FORM, person | {self.travels: travels, self.when: when}).status_code == 303

    def test_answer_that_was_not_asked_for_is_not_kept(self, client: FlaskClient) -> None:
        send(client, FORM, ADA | {self.travels: "no", self.when: "24.02.2027"})

        assert answers() == ["no"]

    def test_what_was_typed_into_it_stays_on_the_page(self, client: FlaskClient) -> None:
        page = send(client, FORM, ADA | {"email": "", self.travels: "no", self.when: "24.02.2027"})

        assert page.status_code == 422
        assert 'value="24.02.2027"' in page.text

    def test_form_says_when_it_is_meant(self, client: FlaskClient) -> None:
        page = client.get(FORM)

        assert "Nur wenn Sie bei ‚Reisen Sie an?‘ ‚Ja‘ gewählt haben." in words(page)
        assert "questions" in page.text.split("</head>")[0]

    def test_english_form_says_it_in_english(self, client: FlaskClient) -> None:
        assert "Only if you have chosen ‘Yes’ for ‘Reisen Sie an?’." in words(client.get(f"/en{FORM}"))


def test_used_up_option_is_marked_and_can_be_chosen_all_the_same(
    client: FlaskClient, workshop: Workshop
) -> None:
    name = ask(workshop, QuestionKind.CHOICE, option_limits={"A": 0})

    page = client.get(FORM)

    assert "A (ausgebucht – Warteliste)" in words(page)
    assert "B (ausgebucht" not in words(page)
    assert send(client, FORM, ADA | {name: "A"}).status_code == 303


def test_mark_of_a_used_up_option_follows_the_count(client: FlaskClient, workshop: Workshop) -> None:
    name = ask(workshop, QuestionKind.CHOICE, option_limits={"A": 1})
    before = words(client.get(FORM))

    send(client, FORM, ADA | {name: "A"})

    assert "ausgebucht" not in before
    assert "A (ausgebucht – Warteliste)" in words(client.get(FORM))
