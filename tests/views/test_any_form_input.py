"""Whatever is sent to the form: never an error of ours, and nothing that was typed is lost."""

from collections.abc import Callable, Iterator
from html import escape, unescape
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from registration import clock, create_app
from registration.extensions import db
from registration.models import Question
from registration.rules.names import clean, clean_multiline
from registration.vocabulary import ConsentKind, QuestionKind
from tests.conftest import SETTINGS
from tests.factories import make_workshop, save
from tests.servers.databases import SqliteDatabases
from tests.times import NOW
from tests.views.pages import hidden_fields

FORM = "/workshops/kooperation/register"
ANSWERS = {200, 302, 303, 404, 413, 422, 429}
LINES = ("given_name", "family_name", "email", "organisation", "role")
TEXTS = ("note", "support_needs")
OTHERS = (
    "website",
    "form_key",
    "csrf_token",
    "privacy_version",
    "is_late_request",
    "consent_photo",
    "",
    "x[]",
)
OFFERED = ["yes", "no", "unsure", "A", "B"]
any_text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    [
        "x" * 10_000,
        "{{ config }}",
        "<script>",
        "\0",
        "\u202e",
        "=1+1",
        "ada@example.org",
        "24.02.2027",
        "1e999",
    ]
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One installation for all examples, with a question of every kind; one depends on another."""
    folder: Path = tmp_path_factory.mktemp("any")
    url = SqliteDatabases(folder).fresh()
    limits = {"REGISTRATIONS_PER_CLIENT_PER_HOUR": 10**6, "REGISTRATIONS_PER_ADDRESS_PER_HOUR": 10**6}
    made = create_app(SETTINGS | limits | {"DATABASE_URL": url, "INSTANCE_DIR": str(folder)})
    with made.app_context():
        workshop = make_workshop(capacity=None, consents=list(ConsentKind))
        ids: list[int] = []
        for position, kind in enumerate(QuestionKind):
            columns = {"label": kind.value, "purpose": "!", "options": ["A", "B"], "position": position}
            if kind is QuestionKind.DATE:
                columns |= {"depends_on_id": ids[0], "depends_on_value": "yes", "is_required": True}
            ids.append(save(Question(workshop_id=workshop.id, kind=kind, **columns)).id)
        made.config["QUESTION_IDS"] = ids
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def shown(app: Flask) -> tuple[FlaskClient, dict[str, str]]:
    client = app.test_client()
    return client, hidden_fields(client.get(FORM))


@pytest.fixture(autouse=True, scope="module")
def at_now() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        yield


names = (
    st.sampled_from([*LINES, *TEXTS, *OTHERS, *(f"question_{number}" for number in range(1, 9))]) | any_text
)
sent_fields = st.lists(st.tuples(names, any_text | st.sampled_from(OFFERED)), max_size=25)
RELAXED = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@RELAXED
@given(fields=sent_fields, has_token=st.booleans())
def test_any_fields_get_an_answer_and_stay_on_the_page(
    shown: tuple[FlaskClient, dict[str, str]], fields: list[tuple[str, str]], has_token: bool
) -> None:
    client, hidden = shown
    sent = MultiDict(fields)
    if has_token:
        sent["csrf_token"] = hidden["csrf_token"]
        sent.poplist("form_key")

    page = client.post(FORM, data=sent)

    assert page.status_code in ANSWERS
    if page.status_code in (422, 429):
        assert_nothing_is_lost(page, sent)


def assert_nothing_is_lost(page: TestResponse, sent: MultiDict[str, str]) -> None:
    """Of a field that came twice, the first one counts, as everywhere."""
    text = page.get_data(as_text=True)
    for name in LINES:
        if name in sent:
            typed = sent[name] if name == "email" else clean(sent[name])
            assert f'value="{escape(typed)}"'.replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in text
    for name in TEXTS:
        if name in sent:
            assert clean_multiline(sent[name]) in unescape(text).replace("\r\n", "\n")


@RELAXED
@given(body=st.binary(max_size=400), kind=st.sampled_from(["", "application/json", "text/plain"]))
def test_any_bytes_get_an_answer(shown: tuple[FlaskClient, dict[str, str]], body: bytes, kind: str) -> None:
    client, _ = shown
    form = "application/x-www-form-urlencoded"

    assert client.post(FORM, data=body, content_type=kind or form).status_code in ANSWERS
    assert client.post(FORM, data=body, content_type="multipart/form-data; boundary=x").status_code in ANSWERS


# Both databases: SQLite keeps and finds what PostgreSQL refuses, a NUL before all.
ODD = ["\0", "a\0b", "\ufffe", "\U0010ffff", "x" * 10_000]
HIDDEN = ("website", "form_key", "csrf_token", "privacy_version", "is_late_request")
ADA = {"family_name": "Lovelace", "email": "ada@example.org", "organisation": "Stadt Musterhausen"}


@pytest.fixture
def visitor(make_app: Callable[..., Flask]) -> FlaskClient:
    made = make_app(
        PROPAGATE_EXCEPTIONS=False,
        REGISTRATIONS_PER_CLIENT_PER_HOUR=10**6,
        REGISTRATIONS_PER_ADDRESS_PER_HOUR=10**6,
    )
    with made.app_context():
        make_workshop()
    return made.test_client()


def test_odd_text_in_any_field_is_answered_by_either_database(visitor: FlaskClient) -> None:
    statuses = {
        (name, odd): visitor.post(FORM, data=hidden_fields(visitor.get(FORM)) | ADA | {name: odd}).status_code
        for name in (*HIDDEN, *LINES, *TEXTS, "question_1")
        for odd in ODD
    }

    assert {asked: status for asked, status in statuses.items() if status not in ANSWERS} == {}


def test_odd_text_in_an_address_is_answered_by_either_database(visitor: FlaskClient) -> None:
    odd = [*ODD[:4], "Kooperation", "x" * 500]
    paths = [
        path.format(quote(one))
        for one in odd
        for path in (
            "/workshops/{}",
            "/workshops/{}/register",
            "/workshops/{}/registered",
            "/workshops/{}/calendar.ics",
            "/my-registration/{}",
            "/confirm/{}",
        )
    ]

    assert {visitor.get(path).status_code for path in paths} == {404}
    assert {visitor.get(f"/workshops?text={quote(one)}&series={quote(one)}").status_code for one in odd} == {
        200
    }


def test_file_in_the_place_of_a_text_is_no_text(shown: tuple[FlaskClient, dict[str, str]]) -> None:
    client, hidden = shown
    files = {name: (BytesIO(b"Lovelace"), "name.txt") for name in (*LINES, *TEXTS, "question_1")}

    assert client.post(FORM, data=hidden | files).status_code == 422


@pytest.mark.parametrize("size", [100_000, 2_000_000])
def test_huge_form_is_shown_again_or_refused_for_its_size(
    shown: tuple[FlaskClient, dict[str, str]], size: int
) -> None:
    client, hidden = shown

    page = client.post(FORM, data=hidden | {"note": "x" * size})

    assert page.status_code == (422 if size < 512 * 1024 else 413)
    assert ("x" * size in page.text) is (page.status_code == 422)


def test_very_many_fields_are_refused_for_their_number(shown: tuple[FlaskClient, dict[str, str]]) -> None:
    client, _ = shown

    answer = client.post(FORM, data={f"field_{number}": "x" for number in range(5_000)})

    assert answer.status_code in ANSWERS
