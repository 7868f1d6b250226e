"""Who was there: prefilled by the join page, completed by hand."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration import clock
from registration.extensions import db
from registration.models import Attendance, WorkshopSession
from registration.services.joining import join
from registration.vocabulary import Role
from tests.factories import find, instant, make_session, make_workshop, sign_up
from tests.times import NOW
from tests.views.organiser.conftest import SignInAs
from tests.views.pages import hidden_fields, words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
WALL = datetime(2027, 1, 15, 7, 0)  # noqa: DTZ001 - a wall time: the morning of NOW
START, END = instant(WALL), instant(WALL) + timedelta(hours=2, minutes=30)
EARLIER = NOW - timedelta(days=3)
MoveClock = Callable[[datetime], None]


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch) -> MoveClock:
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def address(app: Flask) -> str:
    """A session to which Ada has come by the join page, and Ben not."""
    with app.app_context():
        workshop = make_workshop(sessions=[make_session(WALL)], closes_at=START)
        ada = sign_up(workshop, "ada", now=EARLIER)
        sign_up(workshop, "ben", now=EARLIER)
        session = workshop.sessions[0]
        join(ada.id, session.id, now=START)
        return f"/organiser/workshops/{workshop.id}/sessions/{session.id}/attendance"


def ids(app: Flask) -> tuple[int, int]:
    with app.app_context():
        return find(1, "ada").id, find(1, "ben").id


def recorded(app: Flask) -> dict[int, bool]:
    with app.app_context():
        return {one.registration_id: one.attended for one in db.session.scalars(select(Attendance))}


def save(desk: FlaskClient, address: str, *present: int, opened: str = "") -> str:
    """Send the page as a person would who ticks these boxes; `opened` is the page that she has before her."""
    page = opened or desk.get(address).text
    fields = [("csrf_token", hidden_fields(desk.get(address))["csrf_token"])]
    for name in ("listed", "recorded"):
        fields += [(name, part.split('"')[0]) for part in page.split(f'name="{name}" value="')[1:]]
    answer = desk.post(address, data=_grouped(fields) | {"present": [str(one) for one in present]})
    assert answer.status_code == 303
    return words(desk.get(answer.location))


def _grouped(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    return {name: [value for one, value in fields if one == name] for name, _ in fields}


def test_page_shows_who_joined_and_when(desk: FlaskClient, address: str) -> None:
    page = desk.get(address)

    assert "1 von 2 Personen anwesend" in words(page)
    assert "Fr 15.01.2027 07:00 über die Seite „Zum Meeting“" in words(page)
    assert page.text.count(" checked") == 1


def test_organiser_adds_somebody_and_it_says_by_hand(app: Flask, desk: FlaskClient, address: str) -> None:
    ada, ben = ids(app)
    page = save(desk, address, ada, ben)

    assert recorded(app) == {ada: True, ben: True}
    assert "Gespeichert. 1 Eintrag ist neu." in page
    assert "2 von 2 Personen anwesend" in page
    assert "Fr 15.01.2027 10:00 von Hand" in page


def test_empty_box_means_absent_after_the_end(app: Flask, desk: FlaskClient, address: str) -> None:
    ada, ben = ids(app)
    save(desk, address)

    assert recorded(app) == {ada: False, ben: False}


def test_empty_box_means_nothing_while_people_still_come(
    app: Flask, desk: FlaskClient, address: str, move_clock: MoveClock
) -> None:
    ada, _ben = ids(app)
    move_clock(START + timedelta(minutes=5))

    save(desk, address, ada)

    assert recorded(app) == {ada: True}


def test_who_joins_while_the_page_is_open_stays_present(app: Flask, desk: FlaskClient, address: str) -> None:
    ada, ben = ids(app)
    opened = desk.get(address).text
    with app.app_context():
        session = db.session.scalars(select(WorkshopSession)).one()
        join(ben, session.id, now=END - timedelta(minutes=1))

    save(desk, address, ada, opened=opened)

    assert recorded(app) == {ada: True, ben: True}


def test_before_the_dial_in_nothing_can_be_saved(
    desk: FlaskClient, address: str, move_clock: MoveClock
) -> None:
    move_clock(START - timedelta(hours=1))

    page = desk.get(address)

    assert "Der Termin hat noch nicht begonnen." in words(page)
    assert 'type="checkbox"' not in page.text


def test_a_form_sent_too_early_is_refused(
    app: Flask, desk: FlaskClient, address: str, move_clock: MoveClock
) -> None:
    ada, ben = ids(app)
    opened = desk.get(address).text
    move_clock(START - timedelta(hours=1))

    assert "Der Termin hat noch nicht begonnen." in save(desk, address, ada, ben, opened=opened)
    assert recorded(app) == {ada: True}


def test_viewer_may_only_look(app: Flask, sign_in_as: SignInAs, address: str) -> None:
    ada, _ben = ids(app)
    viewer = sign_in_as(Role.VIEWER)
    page = viewer.get(address)

    assert "1 von 2 Personen anwesend" in words(page)
    assert "Anwesenheit speichern" not in words(page)
    assert viewer.post(address, data={"present": str(ada)}).status_code in (400, 403)
    assert recorded(app) == {ada: True}


def test_session_of_another_workshop_is_not_found(app: Flask, desk: FlaskClient, address: str) -> None:
    with app.app_context():
        other = make_workshop(slug="andere").id

    assert desk.get(address.replace("workshops/1", f"workshops/{other}")).status_code == 404


def test_page_is_reached_from_the_sessions(desk: FlaskClient, address: str) -> None:
    sessions = address.split("/sessions", maxsplit=1)[0] + "/sessions"

    assert f'href="{address}"' in desk.get(sessions).text
