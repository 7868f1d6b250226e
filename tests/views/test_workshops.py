"""The list of workshops, and the page of each one."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from registration.vocabulary import Decision, RuleEffect, WorkshopState
from tests.factories import START, make_session, make_workshop, require_agreement, sign_up
from tests.times import NOW
from tests.views.pages import words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]


def test_list_without_workshops_says_so(client: FlaskClient) -> None:
    assert "Zurzeit ist keine Veranstaltung geplant." in words(client.get("/"))


def test_card_says_when_and_how_many_seats_are_free(client: FlaskClient) -> None:
    sign_up(make_workshop(capacity=4))

    page = words(client.get("/workshops"))

    assert "Mittwoch, 24. Februar 2027, 10:00 bis 12:30 Uhr" in page
    assert "Noch 3 von 4 Plätzen frei" in page
    assert "bis einschließlich Freitag, 12. Februar 2027 (in 28 Tagen)" in page


def test_next_workshop_stands_first(client: FlaskClient) -> None:
    later = START + timedelta(days=30)
    make_workshop(slug="later", title="Später", sessions=[make_session(later, uid="later")])
    make_workshop(slug="sooner", title="Früher")

    page = client.get("/").text

    headings = re.findall(r"<h[23][^>]*>(?:<a[^>]*>)?([^<]+)", page)
    assert headings[:4] == ["Februar 2027", "Früher", "März 2027", "Später"]


@pytest.mark.parametrize("state", [WorkshopState.DRAFT, WorkshopState.ARCHIVED])
def test_what_is_not_published_is_not_there(client: FlaskClient, state: WorkshopState) -> None:
    make_workshop(state=state)

    assert "Kooperationsvereinbarungen" not in client.get("/").text
    assert client.get("/workshops/kooperation").status_code == 404


def test_past_workshop_is_not_listed(client: FlaskClient) -> None:
    make_workshop(sessions=[make_session(START - timedelta(days=60))], closes_at=NOW - timedelta(days=50))

    assert "Kooperationsvereinbarungen" not in client.get("/").text


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"capacity": 0}, "Warteliste"),
        ({"capacity": 0, "has_waiting_list": False}, "Ausgebucht"),
        ({"capacity": None}, "Plätze frei"),
        ({"closes_at": NOW}, "Anmeldeschluss vorbei"),
        ({"decision": Decision.APPLY_FIRST}, "Plätze nach Auswahl"),
        ({"opens_at": NOW + timedelta(days=1)}, "Noch nicht geöffnet"),
    ],
)
def test_seats_are_said_in_words(client: FlaskClient, columns: dict[str, object], said: str) -> None:
    make_workshop(**columns)

    assert said in words(client.get("/"))


def test_somebody_waiting_comes_before_a_newcomer(client: FlaskClient) -> None:
    workshop = make_workshop(capacity=1)
    sign_up(workshop, "ada")
    sign_up(workshop, "ben")

    assert "Warteliste" in words(client.get("/workshops/kooperation"))


def test_plain_reading_sets_no_cookie(client: FlaskClient) -> None:
    make_workshop()

    pages = [client.get(path) for path in ("/", "/workshops/kooperation", "/privacy", "/not-there")]

    assert not any("Set-Cookie" in page.headers for page in pages)


def test_page_shows_programme_as_a_table_with_headings(client: FlaskClient) -> None:
    make_workshop()

    page = client.get("/workshops/kooperation").text

    assert "<caption>Ablauf am Mittwoch, 24. Februar 2027</caption>" in page
    assert '<th scope="row">10:00\u00a0Uhr</th><td>Begrüßung' in page


def test_page_never_shows_the_meeting_room(client: FlaskClient) -> None:
    make_workshop()

    page = client.get("/workshops/kooperation").text
    calendar = client.get("/workshops/kooperation/calendar.ics").text

    assert "meeting.example.org" not in page + calendar
    assert "2741 555 0199" not in page + calendar


def test_agreement_rule_invites_whoever_is_not_sure(client: FlaskClient) -> None:
    require_agreement(make_workshop())

    said = "von Kommunen mit Zielvereinbarung. Nicht sicher? Melden Sie sich an – wir prüfen das."
    assert said in words(client.get("/workshops/kooperation"))


def test_refusing_rule_does_not_invite(client: FlaskClient) -> None:
    require_agreement(make_workshop(), RuleEffect.REFUSE)

    assert "Nicht sicher?" not in words(client.get("/workshops/kooperation"))


def test_cancelled_workshop_says_so_and_offers_no_button(client: FlaskClient) -> None:
    make_workshop(state=WorkshopState.CANCELLED)

    page = client.get("/workshops/kooperation")

    assert page.status_code == 200
    assert "Diese Veranstaltung wurde abgesagt." in words(page)
    assert "/workshops/kooperation/register" not in page.text


def test_several_sessions_are_numbered_steps(client: FlaskClient) -> None:
    second = make_session(START + timedelta(days=14), uid="two", title="Zweites Seminar")
    make_workshop(sessions=[make_session(title="Erstes Seminar"), second])

    page = client.get("/workshops/kooperation")

    assert '<ol class="sessions">' in page.text
    assert "Erster von 2 Terminen" in words(page)


def test_calendar_file_is_a_download_for_calendar_programs(client: FlaskClient) -> None:
    make_workshop()

    answer = client.get("/workshops/kooperation/calendar.ics")

    assert answer.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    assert answer.text.startswith("BEGIN:VCALENDAR\r\n")


def test_english_page_marks_german_text(client: FlaskClient) -> None:
    make_workshop()

    page = client.get("/en/workshops/kooperation")

    assert '<html lang="en">' in page.text
    assert '<h1 class="kern-heading-large" lang="de">' in page.text
    assert "Wednesday, 24 February 2027, 10:00 to 12:30" in words(page)


def test_deadline_is_over_at_the_end_of_its_day(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    make_workshop()
    last, over = datetime(2027, 2, 12, 22, 59, 59, tzinfo=UTC), datetime(2027, 2, 12, 23, 0, tzinfo=UTC)

    monkeypatch.setattr("registration.clock.now", lambda: last)
    assert "(heute)" in words(client.get("/workshops/kooperation"))
    monkeypatch.setattr("registration.clock.now", lambda: over)
    assert "Anmeldeschluss vorbei" in words(client.get("/workshops/kooperation"))
