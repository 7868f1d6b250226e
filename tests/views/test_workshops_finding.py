"""Filters of the list: by GET, kind to every address, cheap however much is planned."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from registration.extensions import db, one_transaction
from registration.vocabulary import Decision, WorkshopFormat, WorkshopState
from tests.factories import START, make_session, make_workshop, sign_up
from tests.times import NOW
from tests.views.pages import words

pytestmark = pytest.mark.usefixtures("at_now", "app_context")
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
LARGEST_BYTES, LARGEST_TRANSFER_BYTES = 22_000, 12_000


def titles(client: FlaskClient, path: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'class="card__link"[^>]*>([^<]*)<', client.get(path).text)]


@contextmanager
def noted() -> Iterator[list[str]]:
    """Every statement that the database gets."""
    statements: list[str] = []

    def note(*seen: object) -> None:
        statements.append(str(seen[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    yield statements
    event.remove(db.engine, "before_cursor_execute", note)


def selects(statements: list[str]) -> int:
    return sum(one.startswith("SELECT") for one in statements)


@pytest.fixture
def several(app_context: Flask) -> None:
    march = START + timedelta(days=30)
    make_workshop(
        slug="a",
        title="Öffentlichkeitsbeteiligung",
        audience="- Leitungen\n- Bildungsbüros",
        description="Von **Bürgerräten** lernen.",
    )
    make_workshop(
        slug="b",
        title="Daten lesen",
        series="Werkstatt",
        format=WorkshopFormat.ON_SITE,
        sessions=[make_session(march, uid="b", place="Rathaus Süd")],
    )
    make_workshop(
        slug="c",
        title="Programm",
        format=WorkshopFormat.HYBRID,
        capacity=0,
        sessions=[
            make_session(uid="c1"),
            make_session(march + timedelta(days=30), uid="c2", title="Abschluss"),
        ],
    )


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Öffentlichkeitsbeteiligung", "Programm", "Daten lesen"]),
        ("q=OEFFENTLICH", ["Öffentlichkeitsbeteiligung"]),
        ("q=öffentlich", ["Öffentlichkeitsbeteiligung"]),
        ("q=buergerraetin", []),
        ("q=B%C3%9CRGERR%C3%84T", ["Öffentlichkeitsbeteiligung"]),
        ("q=rathaus+sued", ["Daten lesen"]),
        ("q=abschluss", ["Programm"]),
        ("month=2027-03", ["Daten lesen"]),
        ("month=2027-04", ["Programm"]),
        ("month=2027-05", []),
        ("format=online", ["Öffentlichkeitsbeteiligung", "Programm"]),
        ("format=on_site", ["Programm", "Daten lesen"]),
        ("format=hybrid", ["Programm"]),
        ("free=1", ["Öffentlichkeitsbeteiligung", "Daten lesen"]),
        ("free=1&format=online", ["Öffentlichkeitsbeteiligung"]),
        ("audience=Bildungsb%C3%BCros", ["Öffentlichkeitsbeteiligung"]),
        ("series=Werkstatt", ["Daten lesen"]),
        ("series=Gibt+es+nicht", []),
    ],
)
def test_filter_finds(client: FlaskClient, query: str, found: list[str]) -> None:
    assert titles(client, f"/?{query}") == found


@pytest.mark.usefixtures("several")
def test_programme_stands_under_the_month_that_was_asked_for(client: FlaskClient) -> None:
    page = client.get("/?month=2027-04").text

    assert re.findall(r"<h2[^>]*>([^<]+)", page)[0] == "April 2027"


@on_sqlite
@pytest.mark.parametrize(
    ("columns", "is_found"),
    [
        ({"capacity": None}, True),
        ({"decision": Decision.APPLY_FIRST}, True),
        ({"capacity": 0}, False),
        ({"closes_at": NOW}, False),
        ({"opens_at": NOW + timedelta(days=1)}, False),
    ],
)
def test_free_means_that_a_seat_can_be_had_now(
    client: FlaskClient, columns: dict[str, object], is_found: bool
) -> None:
    make_workshop(**columns)

    assert bool(titles(client, "/?free=1")) is is_found


@pytest.mark.usefixtures("several")
def test_result_is_counted_for_screen_readers(client: FlaskClient) -> None:
    page = client.get("/?format=online").text

    status = re.search(r'<p[^>]*role="status">\s*(.*?)\s*</p>', page, re.S)
    assert status is not None
    assert status[1] == "2 Treffer"


@pytest.mark.usefixtures("several")
def test_each_active_filter_can_be_removed(client: FlaskClient) -> None:
    page = client.get("/?q=daten&format=on_site&free=1").text

    chips = re.findall(r'class="active-filter" href="([^"]*)">([^<]*)<', page)
    assert [(unescape(address), unescape(said)) for address, said in chips] == [
        ("/workshops?format=on_site&free=1", "„daten“"),
        ("/workshops?q=daten&free=1", "Vor Ort möglich"),
        ("/workshops?q=daten&format=on_site", "Noch Plätze frei"),
    ]


@pytest.mark.usefixtures("several")
def test_fields_keep_what_was_chosen(client: FlaskClient) -> None:
    page = client.get("/?q=daten&month=2027-03&series=Werkstatt&free=1").text

    assert 'name="q" maxlength="100" dir="auto" value="daten"' in page
    assert '<option value="2027-03" selected>März 2027</option>' in page
    assert "<option selected>Werkstatt</option>" in page
    assert 'name="free" value="1" checked' in page


@pytest.mark.usefixtures("several")
def test_language_switch_keeps_the_filters(client: FlaskClient) -> None:
    assert 'href="/en/?format=online"' in client.get("/?format=online&nonsense=1").text


@pytest.mark.usefixtures("several")
def test_finding_nothing_says_which_filter_is_in_the_way_and_whom_to_ask(client: FlaskClient) -> None:
    page = client.get("/?q=daten&format=online")

    assert "Dazu haben wir nichts gefunden." in words(page)
    assert "ohne „daten“ (2)" in words(page)
    assert "ohne Online möglich (1)" in words(page)
    assert "mailto:hilfe@example.org" in page.text


@pytest.mark.usefixtures("several")
def test_help_counts_seats_where_free_ones_were_asked_for(client: FlaskClient) -> None:
    page = words(client.get("/?q=programm&free=1"))

    assert "ohne Noch Plätze frei (1)" in page
    assert "ohne „programm“ (2)" in page


@on_sqlite
def test_without_any_workshop_there_is_nothing_to_filter(client: FlaskClient) -> None:
    page = client.get("/?q=daten")

    assert "Zurzeit ist keine Veranstaltung geplant." in words(page)
    assert "<form" not in page.text


@on_sqlite
def test_twenty_stand_on_a_page_and_the_pager_keeps_the_filters(client: FlaskClient) -> None:
    for number in range(41):
        start = START + timedelta(days=number)
        make_workshop(
            slug=f"w{number}", title=f"Daten {number}", sessions=[make_session(start, uid=f"w{number}")]
        )

    first, last = client.get("/?q=daten").text, client.get("/?q=daten&page=3").text

    assert titles(client, "/?q=daten") == [f"Daten {number}" for number in range(20)]
    assert 'rel="next" href="/workshops?page=2&amp;q=daten"' in first
    assert titles(client, "/?q=daten&page=3") == ["Daten 40"]
    assert 'rel="prev" href="/workshops?page=2&amp;q=daten"' in last
    assert "Seite 3 von 3" in last
    assert titles(client, "/?page=99") == ["Daten 40"]


@pytest.mark.usefixtures("several")
@on_sqlite
@pytest.mark.parametrize(
    "query",
    [
        "month=2027-13",
        "month=x",
        "format=party",
        "free=maybe",
        "page=-1",
        "page=abc",
        "page=9" * 40,
        "q=%00",
    ],
)
def test_what_makes_no_sense_is_ignored(client: FlaskClient, query: str) -> None:
    assert len(titles(client, f"/?{query}")) == 3


@on_sqlite
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arguments=st.dictionaries(
        st.sampled_from(
            ["q", "month", "format", "audience", "series", "free", "page", "size", "number", "x"]
        ),
        st.one_of(
            st.text(), st.sampled_from(["1", "online", "2027-02", "<b>", "{{ config }}", "' OR 1=1 --"])
        ),
    )
)
def test_no_address_ends_in_an_error(client: FlaskClient, arguments: dict[str, str]) -> None:
    for path in ("/", "/workshops", "/api/workshops"):
        answer = client.get(
            path, query_string={name: value.encode("utf-8", "replace") for name, value in arguments.items()}
        )
        assert answer.status_code == 200


@pytest.mark.usefixtures("several")
@on_sqlite
@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "{{ config }}", "O'Brien", "李", "a\u202eb", "x" * 10_000]
)
def test_what_was_searched_is_shown_as_text(client: FlaskClient, text: str) -> None:
    page = client.get("/", query_string={"q": text})

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "SECRET_KEY" not in page.text


@pytest.mark.parametrize("query", ["", "?q=daten", "?free=1", "?q=nothing&free=1", "?month=2027-02&page=2"])
def test_many_workshops_cost_as_many_statements_as_few(app: Flask, client: FlaskClient, query: str) -> None:
    def cost() -> tuple[int, int]:
        with noted() as cold:
            client.get(f"/{query}")
        with noted() as warm:
            client.get(f"/{query}")
        return selects(cold), selects(warm)

    make_workshop(slug="first", title="Daten")
    few = cost()
    for number in range(45):
        make_workshop(slug=f"w{number}", title="Daten")
    many = cost()

    assert many == few or many[0] <= few[0] + 1  # a second page has seats to be counted
    assert max(many) <= 7
    assert many[1] <= 3


def test_seats_of_a_page_are_counted_with_one_query(client: FlaskClient) -> None:
    for number in range(5):
        make_workshop(slug=f"workshop-{number}")

    with noted() as statements:
        client.get("/")

    assert sum("FROM registration" in one for one in statements) == 1


def test_kept_list_shows_each_change(app: Flask, client: FlaskClient) -> None:
    workshop = make_workshop(capacity=4)
    seen = [words(client.get("/"))]

    sign_up(workshop)
    seen.append(words(client.get("/")))
    with one_transaction():
        db.session.merge(workshop).title = "Neuer Titel"
    seen.append(words(client.get("/")))
    with one_transaction():
        db.session.merge(workshop).state = WorkshopState.ARCHIVED
    seen.append(words(client.get("/")))

    assert ["Noch 4 von 4" in page for page in seen] == [True, False, False, False]
    assert ["Noch 3 von 4" in page for page in seen] == [False, True, True, False]
    assert ["Neuer Titel" in page for page in seen] == [False, False, True, False]


@on_sqlite
@pytest.mark.parametrize(
    ("after", "said"),
    [
        (timedelta(hours=15), "in 27 Tagen"),
        (timedelta(days=29), "Anmeldeschluss vorbei"),
        (timedelta(days=41), "Zurzeit ist keine Veranstaltung geplant."),
    ],
)
def test_kept_list_goes_with_the_time(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, after: timedelta, said: str
) -> None:
    make_workshop()
    before = words(client.get("/"))

    monkeypatch.setattr("registration.clock.now", lambda: NOW + after)

    assert said not in before
    assert said in words(client.get("/"))


@on_sqlite
def test_page_of_twenty_is_small(client: FlaskClient) -> None:
    for number in range(25):
        make_workshop(
            slug=f"veranstaltung-{number}",
            subtitle="Ein Nachmittag für alle, die anfangen",
            series="Daten im Dialog",
            audience="Bildungsbüros und Steuerungsgruppen\nFachkräfte in Kommunen",
        )

    plain, packed = client.get("/"), client.get("/", headers={"Accept-Encoding": "gzip"})

    assert len(plain.data) <= LARGEST_BYTES
    assert len(packed.data) <= LARGEST_TRANSFER_BYTES


@on_sqlite
def test_filtering_sets_no_cookie_and_is_no_page_of_its_own_for_search_engines(client: FlaskClient) -> None:
    make_workshop()

    filtered, plain = client.get("/?q=form"), client.get("/")

    assert "Set-Cookie" not in filtered.headers
    assert 'name="robots" content="noindex, follow"' in filtered.text
    assert 'rel="canonical"' not in filtered.text
    assert 'rel="canonical" href="http://localhost/workshops"' in plain.text
