"""Suggestions while somebody types: what they say, what they keep to themselves, and that they stay small."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from registration.vocabulary import FederalState, OrganisationKind
from tests.factories import make_organisation

pytestmark = pytest.mark.usefixtures("app_context")


def names(client: FlaskClient, typed: str) -> list[str]:
    answer = client.get("/organisations", query_string={"q": typed})
    return [one["name"] for one in answer.json["organisations"]]  # type: ignore[index] # it is JSON


def test_a_suggestion_tells_name_kind_and_federal_state_and_nothing_else(client: FlaskClient) -> None:
    make_organisation(
        "Landkreis Beispieltal",
        kind=OrganisationKind.DISTRICT,
        state=FederalState.HE,
        aliases=["Geheimes Beispieltal"],
        domains=["beispieltal.example.org"],
        agreements=[(date(2026, 1, 1), None)],
    )

    answer = client.get("/organisations?q=beispiel")

    assert answer.json == {
        "organisations": [{"name": "Landkreis Beispieltal", "kind": "Landkreis", "state": "Hessen"}]
    }


def test_kind_and_state_come_in_the_language_of_the_page(client: FlaskClient) -> None:
    make_organisation("Stadt Musterhausen", state=FederalState.BY)

    answer = client.get("/en/organisations?q=muster")

    assert answer.json["organisations"][0] == {  # type: ignore[index] # it is JSON
        "name": "Stadt Musterhausen",
        "kind": "Town or municipality",
        "state": "Bavaria",
    }


@pytest.mark.parametrize("typed", ["Beispieltal", "lkr. beisp", "Bsp", "Beispeiltal", "BEISPIELTAL"])
def test_aliases_abbreviations_and_typing_errors_are_understood(client: FlaskClient, typed: str) -> None:
    make_organisation("Stadt Musterhausen")
    make_organisation("Landkreis Beispieltal", aliases=["BSP"])

    assert names(client, typed)[0] == "Landkreis Beispieltal"


def test_at_most_ten_are_suggested(client: FlaskClient) -> None:
    for number in range(12):
        make_organisation(f"Stadt Musterhausen {number}")

    assert len(names(client, "musterhausen")) == 10


@pytest.mark.parametrize("typed", ["", "   ", "???"])
def test_nothing_is_suggested_for_nothing(client: FlaskClient, typed: str) -> None:
    make_organisation()

    assert names(client, typed) == []


def test_a_new_organisation_is_found_at_once(client: FlaskClient) -> None:
    before = names(client, "muster")
    make_organisation("Stadt Musterhausen")

    assert (before, names(client, "muster")) == ([], ["Stadt Musterhausen"])


def test_only_the_beginning_of_a_long_text_is_read(client: FlaskClient) -> None:
    make_organisation("Stadt Musterhausen")

    answer = client.get("/organisations", query_string={"q": "muster" + " " * 200 + "x" * 10_000})

    assert answer.status_code == 200
    assert names(client, "muster" + " " * 200 + "x" * 10_000) == names(client, "muster")


def test_asking_sets_no_cookie_and_is_kept_for_a_minute_only(client: FlaskClient) -> None:
    answer = client.get("/organisations?q=muster")

    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    assert answer.mimetype == "application/json"


def test_suggestions_are_only_read(client: FlaskClient) -> None:
    assert client.post("/organisations", data={"q": "muster"}).status_code in {400, 405}
