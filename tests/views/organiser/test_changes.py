"""Änderung mitteilen: from saving a session to the mails, or to the decision against them (U-19)."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration.extensions import db
from registration.models import OutboxMessage, WorkshopSession
from registration.vocabulary import MailKind, Role
from tests.factories import make_workshop, sign_up
from tests.views.organiser.conftest import SignInAs
from tests.views.pages import hidden_fields, send, words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
SESSION = {
    "day": "26.2.2027",
    "starts": "14:00",
    "ends": "16:30",
    "dial_in": "13:45",
    "room_platform": "Webex",
    "room_link": "https://meeting.example.org/room/4711",
    "room_meeting_number": "2741 555 0199",
    "room_password": "lupine",
    "room_phones": "+49 69 5550 1234",
}


@pytest.fixture
def path(app: Flask) -> str:
    """A workshop with two seats, one of them for Ada and one for Ben."""
    with app.app_context():
        workshop = make_workshop()
        number = workshop.id
        for name in ("ada", "ben"):
            sign_up(workshop, name)
            workshop = db.session.get_one(type(workshop), number)
        return f"/organiser/workshops/{number}"


@pytest.fixture
def mails(app: Flask) -> Callable[[], list[OutboxMessage]]:
    def written() -> list[OutboxMessage]:
        with app.app_context():
            query = select(OutboxMessage).where(OutboxMessage.kind == MailKind.WORKSHOP_CHANGED)
            return list(db.session.scalars(query.order_by(OutboxMessage.id)))

    return written


@pytest.fixture
def moved(app: Flask, desk: FlaskClient, path: str) -> str:
    """The page that saving another time leads to."""
    with app.app_context():
        session_id = db.session.scalars(select(WorkshopSession.id)).one()
    address = f"{path}/sessions/{session_id}"
    answer = send(desk, address, SESSION)
    assert answer.status_code == 303
    return answer.location


def test_saving_another_time_leads_to_whom_it_concerns(desk: FlaskClient, path: str, moved: str) -> None:
    page = words(desk.get(moved))

    assert moved == f"{path}/changes"
    assert "2 Personen erhalten eine E-Mail" in page
    assert "Mittwoch, 24. Februar 2027, 10:00 bis 12:30 Uhr" in page
    assert "Freitag, 26. Februar 2027, 14:00 bis 16:30 Uhr" in page


def test_telling_writes_one_mail_to_each_and_says_so(
    desk: FlaskClient, path: str, moved: str, mails: Callable[[], list[OutboxMessage]]
) -> None:
    answer = send(desk, moved, {"text": "Wir bitten um Verständnis."})

    assert "Mitgeteilt: 2 Personen erhalten eine E-Mail." in words(desk.get(answer.location))
    assert [one.context["text"] for one in mails()] == ["Wir bitten um Verständnis."] * 2
    assert "Änderung mitgeteilt" in words(desk.get(f"{path}/journal"))
    assert "Es gibt keine Änderung mitzuteilen." in words(desk.get(moved))


def test_a_second_click_tells_nothing_twice(
    desk: FlaskClient, moved: str, mails: Callable[[], list[OutboxMessage]]
) -> None:
    fields = hidden_fields(desk.get(moved))
    desk.post(moved, data=fields)

    answer = desk.post(moved, data=fields)

    assert "Es gibt keine Änderung mehr mitzuteilen." in words(answer)
    assert len(mails()) == 2


def test_what_is_left_for_later_is_remembered_on_every_page(
    desk: FlaskClient, path: str, moved: str, mails: Callable[[], list[OutboxMessage]]
) -> None:
    for page in (path, f"{path}/sessions", f"{path}/registrations"):
        assert "Änderung noch nicht mitgeteilt" in words(desk.get(page))
    assert "2 wissen noch nichts von einer Änderung" in words(desk.get("/organiser"))
    assert mails() == []


def test_deciding_against_it_is_written_down(
    desk: FlaskClient, path: str, moved: str, mails: Callable[[], list[OutboxMessage]]
) -> None:
    answer = send(desk, moved, {}, to=f"{moved}/silence")

    assert "Niemand erhält eine E-Mail." in words(desk.get(answer.location))
    assert "bewusst nicht mitgeteilt" in words(desk.get(f"{path}/journal"))
    assert "noch nicht mitgeteilt" not in words(desk.get(path))
    assert mails() == []


def test_the_preview_reads_like_the_mail_with_the_words_as_typed(
    desk: FlaskClient, moved: str, mails: Callable[[], list[OutboxMessage]]
) -> None:
    empty = desk.get(f"{moved}/preview")
    written = send(desk, moved, {"text": "<b>Bis</b> bald."}, to=f"{moved}/preview")

    assert "Der Termin Ihrer Veranstaltung hat sich geändert." in words(empty)
    assert "&lt;b&gt;Bis&lt;/b&gt; bald." in written.text
    assert "sandbox" in written.headers["Content-Security-Policy"]
    assert mails() == []


def test_a_viewer_is_not_asked_to_tell_anything(sign_in_as: SignInAs, path: str, moved: str) -> None:
    viewer = sign_in_as(Role.VIEWER)

    assert "mitgeteilt" not in words(viewer.get(path))
    assert "wissen noch nichts" not in words(viewer.get("/organiser"))
