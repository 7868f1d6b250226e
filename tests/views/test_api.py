"""The list as JSON keeps what docs/api.md promises."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration.views.availability import Chance
from registration.vocabulary import Decision, WorkshopFormat
from tests.factories import START, make_session, make_workshop, sign_up
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("at_now", "app_context")
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")

Instant = object()
ANSWER: dict[str, Any] = {"total": int, "page": int, "pages": int, "next": (str, None), "workshops": list}
WORKSHOP: dict[str, Any] = {
    "id": int,
    "url": str,
    "title": str,
    "subtitle": str,
    "series": str,
    "summary": str,
    "language": str,
    "format": str,
    "audience": list,
    "sessions": list,
    "registration": dict,
}
SESSION: dict[str, Any] = {
    "title": str,
    "starts_at": Instant,
    "ends_at": Instant,
    "time_zone": str,
    "place": str,
}
REGISTRATION: dict[str, Any] = {
    "state": str,
    "is_open": bool,
    "opens_at": (Instant, None),
    "closes_at": (Instant, None),
    "capacity": (int, None),
    "free": (int, None),
}


def assert_shape(found: dict[str, Any], shape: dict[str, Any]) -> None:
    """Exactly these fields, each of its type."""
    assert found.keys() == shape.keys()
    for name, kinds in shape.items():
        allowed = kinds if isinstance(kinds, tuple) else (kinds,)
        assert any(_is(found[name], kind) for kind in allowed), (name, found[name])


def _is(value: object, kind: Any) -> bool:
    if kind is None:
        return value is None
    if kind is Instant:
        return (
            isinstance(value, str) and bool(INSTANT.fullmatch(value)) and bool(datetime.fromisoformat(value))
        )
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def ask(client: FlaskClient, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/api/workshops{query}")
    assert answer.content_type == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


def test_answer_has_the_promised_shape(client: FlaskClient) -> None:
    make_workshop(slug="one", opens_at=NOW - timedelta(days=1), audience="Leitungen")
    make_workshop(slug="two", capacity=None, closes_at=None, deadline_on=None, format=WorkshopFormat.ON_SITE)

    found = ask(client)

    assert_shape(found, ANSWER)
    for workshop in found["workshops"]:
        assert_shape(workshop, WORKSHOP)
        assert_shape(workshop["registration"], REGISTRATION)
        for one in workshop["sessions"]:
            assert_shape(one, SESSION)


@on_sqlite
def test_a_missing_and_a_wrong_field_are_found(client: FlaskClient) -> None:
    found = ask(client)

    for wrong in ({"total": "1"}, {"more": 1}, {"total": True}):
        with pytest.raises(AssertionError):
            assert_shape(found | wrong, ANSWER)


@on_sqlite
def test_document_names_every_field_and_every_state() -> None:
    text = DOCUMENT.read_text()

    fields = {
        *ANSWER,
        *(WORKSHOP.keys() - {"sessions", "registration"}),
        *(f"sessions[].{one}" for one in SESSION),
        *(f"registration.{one}" for one in REGISTRATION),
    }
    states = {one.value for one in Chance} - {"cancelled"}
    assert {one for one in fields | states if f"`{one}`" not in text} == set()


def test_values_are_those_of_the_page(client: FlaskClient) -> None:
    sign_up(make_workshop(capacity=4, series="Werkstatt"))

    (found,) = ask(client)["workshops"]

    assert found["url"] == "http://localhost/workshops/kooperation"
    assert found["sessions"][0]["starts_at"] == "2027-02-24T10:00:00+01:00"
    assert found["registration"] == {
        "state": "free",
        "is_open": True,
        "opens_at": None,
        "closes_at": "2027-02-13T00:00:00+01:00",
        "capacity": 4,
        "free": 3,
    }


@on_sqlite
@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({"capacity": 0}, "waiting_list"),
        ({"capacity": 0, "has_waiting_list": False}, "full"),
        ({"capacity": None}, "unlimited"),
        ({"closes_at": NOW}, "closed"),
        ({"opens_at": NOW + timedelta(days=1)}, "not_open"),
        ({"decision": Decision.APPLY_FIRST}, "by_choice"),
    ],
)
def test_state_says_what_a_newcomer_can_expect(
    client: FlaskClient, columns: dict[str, object], state: str
) -> None:
    make_workshop(**columns)

    assert ask(client)["workshops"][0]["registration"]["state"] == state


@on_sqlite
def test_nothing_personal_and_no_room_is_told(client: FlaskClient) -> None:
    sign_up(make_workshop())

    text = client.get("/api/workshops").text.lower()

    secrets = ("meeting.example.org", "2741", "lupine", "5550", "lovelace", "musterhausen", "projektleitung")
    assert [one for one in secrets if one in text] == []


@on_sqlite
def test_pages_lead_to_each_other(client: FlaskClient) -> None:
    for number in range(5):
        start = START + timedelta(days=number)
        make_workshop(slug=f"w{number}", sessions=[make_session(start, uid=f"w{number}")])

    seen, query = [], "?size=2&q=form"
    while query:
        found = ask(client, query)
        seen += [one["url"][-2:] for one in found["workshops"]]
        query = (found["next"] or "").partition("/api/workshops")[2]

    assert seen == ["w0", "w1", "w2", "w3", "w4"]
    assert (found["total"], found["page"], found["pages"]) == (5, 3, 3)


@on_sqlite
@pytest.mark.parametrize(("size", "shown"), [("", 20), ("0", 1), ("1000", 25), ("abc", 20), ("-3", 20)])
def test_size_is_taken_as_far_as_it_makes_sense(client: FlaskClient, size: str, shown: int) -> None:
    for number in range(25):
        make_workshop(slug=f"w{number}")

    assert len(ask(client, f"?size={size}")["workshops"]) == shown


def test_who_has_the_newest_gets_nothing_again(client: FlaskClient) -> None:
    workshop = make_workshop()
    tag = client.get("/api/workshops").headers["ETag"]

    same = client.get("/api/workshops", headers={"If-None-Match": tag})
    sign_up(workshop)
    changed = client.get("/api/workshops", headers={"If-None-Match": tag})

    assert (same.status_code, same.data) == (304, b"")
    assert changed.status_code == 200


@on_sqlite
def test_other_sites_may_read_this_and_the_feeds_and_nothing_else(app: Flask, client: FlaskClient) -> None:
    make_workshop()
    name = "Access-Control-Allow-Origin"

    paths = ("/api/workshops", "/workshops.ics", "/workshops.atom", "/", "/workshops/kooperation", "/privacy")
    answers = {path: client.get(path, headers={"Origin": "https://www.example.org"}) for path in paths}

    assert [path for path, answer in answers.items() if answer.headers.get(name) == "*"] == list(paths[:3])
    assert answers["/api/workshops"].headers["Cache-Control"] == "public, max-age=60"


@on_sqlite
def test_english_answer_leads_to_english_pages(client: FlaskClient) -> None:
    make_workshop()

    found = client.get("/en/api/workshops").get_json()

    assert found["workshops"][0]["url"] == "http://localhost/en/workshops/kooperation"
