"""Calendar and Atom feed of all announced workshops, as other programs read them."""

from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from registration.extensions import db, one_transaction
from registration.services import publishing
from registration.vocabulary import WorkshopFormat, WorkshopState
from tests.factories import START, make_organiser, make_session, make_workshop, sign_up
from tests.times import NOW
from tests.views.ics_reader import Component, read_calendar

pytestmark = pytest.mark.usefixtures("at_now", "app_context")
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
FEEDS = ("/workshops.ics", "/workshops.atom")
ATOM = {"a": "http://www.w3.org/2005/Atom"}
HURTFUL = "Ä&<b>\"'; \\, 李 👩‍👩‍👧 {{ config }} ]]>"


def events(client: FlaskClient, path: str = "/workshops.ics") -> list[Component]:
    return read_calendar(client.get(path).data).all("VEVENT")


def atom(client: FlaskClient, path: str = "/workshops.atom") -> ElementTree.Element:
    return ElementTree.fromstring(client.get(path).data)


def texts(feed: ElementTree.Element, path: str) -> list[str | None]:
    return [one.text for one in feed.findall(path, ATOM)]


def test_calendar_holds_each_session_of_each_workshop(client: FlaskClient) -> None:
    make_workshop(slug="one")
    second = make_session(START + timedelta(days=14), uid="b", title="Zweites Treffen")
    make_workshop(slug="two", title="Programm", sessions=[make_session(uid="a"), second])

    found = events(client)

    assert [one.value("SUMMARY") for one in found] == [
        "Kooperationsvereinbarungen in (bester) Form",
        "Programm",
        "Programm: Zweites Treffen",
    ]
    assert ("DTSTART", ";TZID=Europe/Berlin", "20270224T100000") in found[0].lines
    assert found[0].value("URL") == "http://localhost/workshops/one"


def test_each_event_says_whom_to_ask_without_the_mailbox_of_the_contact(client: FlaskClient) -> None:
    make_workshop()

    (found,) = events(client)

    assert found.value("ORGANIZER") == "mailto:hilfe@example.org"


@on_sqlite
@pytest.mark.parametrize("path", [*FEEDS, "/en/workshops.ics", "/en/workshops.atom", "/sitemap.xml"])
def test_no_feed_ever_tells_the_room_or_who_comes(client: FlaskClient, path: str) -> None:
    sign_up(make_workshop(format=WorkshopFormat.HYBRID))

    text = client.get(path).text

    secrets = ("meeting.example.org", "2741 555 0199", "lupine", "5550", "musterhausen", "projektleitung")
    assert [one for one in secrets if one in text] == []


@on_sqlite
def test_uids_are_those_of_all_other_files_and_stay(client: FlaskClient) -> None:
    workshop = make_workshop()
    first = [one.value("UID") for one in events(client)]

    with one_transaction():
        db.session.merge(workshop).title = "Neu"

    assert [one.value("UID") for one in events(client)] == first == [workshop.sessions[0].calendar_uid]
    assert events(client)[0].value("SUMMARY") == "Neu"


def test_called_off_workshop_is_called_off_in_every_calendar(client: FlaskClient) -> None:
    workshop = make_workshop()
    client.get("/workshops.ics")
    by = make_organiser().id
    publishing.cancel(workshop.id, version=workshop.version, text="", organiser_id=by, now=NOW)

    (found,) = events(client)

    assert found.value("STATUS") == "CANCELLED"
    assert found.value("SUMMARY").startswith("ABGESAGT: ")


@on_sqlite
@pytest.mark.parametrize("state", [WorkshopState.DRAFT, WorkshopState.ARCHIVED])
def test_what_is_not_public_is_in_no_feed(client: FlaskClient, state: WorkshopState) -> None:
    make_workshop(state=state)

    assert events(client) == []
    assert texts(atom(client), "a:entry/a:title") == []
    assert "kooperation" not in client.get("/sitemap.xml").text


@on_sqlite
def test_what_was_over_long_ago_leaves_the_feeds(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_workshop()
    end = datetime(2027, 2, 24, 11, 30, tzinfo=NOW.tzinfo)

    monkeypatch.setattr("registration.clock.now", lambda: end + timedelta(days=179))
    assert len(events(client)) == 1
    monkeypatch.setattr("registration.clock.now", lambda: end + timedelta(days=182))
    assert events(client) == []


@on_sqlite
def test_hurtful_text_stays_text(client: FlaskClient) -> None:
    make_workshop(title=HURTFUL, summary=HURTFUL + "\nzweite Zeile\x08")

    (found,), feed = events(client), atom(client)

    assert found.value("SUMMARY") == HURTFUL
    assert found.value("DESCRIPTION").startswith(HURTFUL + "\nzweite Zeile")
    assert texts(feed, "a:entry/a:title") == [HURTFUL]
    content = texts(feed, "a:entry/a:content")[0]
    assert content is not None
    assert "<b>" not in content


def test_atom_names_what_the_standard_wants(client: FlaskClient) -> None:
    make_workshop(series="Werkstatt")

    feed = atom(client)

    assert texts(feed, "a:id") == ["http://localhost/workshops.atom"]
    assert texts(feed, "a:author/a:name") == ["Transferagentur Beispielland"]
    links = {one.get("rel"): one.get("href") for one in feed.findall("a:link", ATOM)}
    assert links == {"self": "http://localhost/workshops.atom", "alternate": "http://localhost/workshops"}
    for path in ("a:updated", "a:entry/a:updated", "a:entry/a:published"):
        (instant,) = texts(feed, path)
        assert instant is not None
        assert datetime.fromisoformat(instant) == NOW
    assert texts(feed, "a:entry/a:id") == [f"tag:localhost,2027-01-15:workshop-{1}"]


@on_sqlite
def test_atom_starts_with_what_was_announced_last(client: FlaskClient) -> None:
    make_workshop(slug="old", title="Alt")
    make_workshop(slug="new", title="Neu", published_at=NOW + timedelta(hours=1))

    feed = atom(client)

    assert texts(feed, "a:entry/a:title") == ["Neu", "Alt"]
    assert texts(feed, "a:updated") == [(NOW + timedelta(hours=1)).isoformat()]


@on_sqlite
def test_empty_feeds_are_valid(client: FlaskClient) -> None:
    assert texts(atom(client), "a:updated") == ["2000-01-01T00:00:00+00:00"]
    assert read_calendar(client.get("/workshops.ics").data).parts == []


@on_sqlite
def test_feeds_speak_the_readers_language(client: FlaskClient) -> None:
    make_workshop()

    assert texts(atom(client, "/en/workshops.atom"), "a:title") == [
        "Workshops – Transferagentur Beispielland"
    ]
    assert events(client, "/en/workshops.ics")[0].value("URL") == "http://localhost/en/workshops/kooperation"


@pytest.mark.parametrize("path", FEEDS)
def test_who_has_the_newest_gets_nothing_again(client: FlaskClient, path: str) -> None:
    workshop = make_workshop()
    first = client.get(path)

    same = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    with one_transaction():
        db.session.merge(workshop).title = "Neu"
    changed = client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert (same.status_code, same.data) == (304, b"")
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


@on_sqlite
@pytest.mark.parametrize("path", FEEDS)
def test_feed_may_be_kept_and_read_from_anywhere(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.headers["Cache-Control"] == "public, max-age=900"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    assert "Content-Disposition" not in answer.headers


@on_sqlite
def test_pages_announce_the_feeds(client: FlaskClient) -> None:
    make_workshop()

    for prefix in ("", "/en"):
        for path in ("/", "/workshops/kooperation"):
            page = client.get(prefix + path).text
            assert f'<link rel="alternate" type="application/atom+xml" href="{prefix}/workshops.atom"' in page
            assert f'<link rel="alternate" type="text/calendar" href="{prefix}/workshops.ics"' in page


@pytest.mark.parametrize("path", [*FEEDS, "/sitemap.xml"])
def test_many_workshops_cost_as_many_statements_as_few(app: Flask, client: FlaskClient, path: str) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))

    def cost() -> int:
        statements.clear()
        client.get(path)
        return sum(one.startswith("SELECT") for one in statements)

    make_workshop(slug="first")
    few, warm = cost(), cost()
    for number in range(30):
        make_workshop(slug=f"w{number}")

    assert cost() == few
    assert warm == 1


@on_sqlite
def test_search_engines_are_told_what_to_read(client: FlaskClient) -> None:
    make_workshop()

    robots, sitemap = client.get("/robots.txt").text, client.get("/sitemap.xml").data

    assert "Disallow: /my-registration\n" in robots
    assert "Sitemap: http://localhost/sitemap.xml\n" in robots
    found = ElementTree.fromstring(sitemap)
    places = [one.text for one in found.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert "http://localhost/workshops/kooperation" in places
    assert "http://localhost/en/workshops/kooperation" in places
