"""The certificate of attendance behind one's own link."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration import clock
from registration.extensions import db, one_transaction
from registration.models import Attendance, Registration
from registration.services.attending import record_attendance
from registration.vocabulary import LinkPurpose, RegistrationState, WorkshopState
from tests.factories import instant, make_organiser, make_session, make_workshop, sign_up
from tests.services.plans import wall
from tests.views.pages import words

AFTER = timedelta(hours=1)
Read = Callable[..., tuple[int, str]]


@pytest.fixture
def ada(app_context: Flask) -> Registration:
    """She has a seat on two afternoons of two and three hours."""
    first, second = (
        make_session(wall(f"2027-02-{day}T14:00"), ends_local=end, ends_at=instant(end))
        for day, end in ((24, wall("2027-02-24T16:00")), (25, wall("2027-02-25T17:00")))
    )
    return sign_up(make_workshop(sessions=[first, second]))


@pytest.fixture
def read(app: Flask, client: FlaskClient, ada: Registration, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Open her certificate, an hour after the workshop; the answer is the status and the words."""

    def open_page(
        path: str = "/certificate", language: str = "", at: datetime | None = None
    ) -> tuple[int, str]:
        now = at or end_of(ada) + AFTER
        monkeypatch.setattr(clock, "now", lambda: now)
        answer = client.get(f"{language}/my-registration/{token(app, ada)}{path}")
        return answer.status_code, words(answer)

    return open_page


def token(app: Flask, person: Registration, purpose: LinkPurpose = LinkPurpose.MANAGE) -> str:
    link = person.link(purpose)
    assert link is not None
    return str(link.token(app.config["SECRET_KEY"]))


def end_of(person: Registration) -> datetime:
    assert person.workshop.ends_at is not None
    return person.workshop.ends_at


def attend(person: Registration, *sessions: int, minutes: int | None = None) -> None:
    by = {"organiser_id": make_organiser().id, "now": end_of(person)}
    for number in sessions:
        record_attendance(person.workshop.sessions[number].id, {person.id: True}, **by)  # type: ignore[arg-type]
    with one_transaction():
        for one in db.session.scalars(Attendance.present(person.id)):
            one.minutes = minutes


def test_it_names_person_workshop_sessions_and_duration(ada: Registration, read: Read) -> None:
    attend(ada, 0, 1)

    status, text = read()

    assert status == 200
    for part in ("Ada", ada.family_name, ada.organisation_name, ada.workshop.title, ada.reference):
        assert part in text
    for part in ("24. Februar 2027", "25. Februar 2027", "5 Stunden, 2 von 2 Terminen", "Ausgestellt am"):
        assert part in text
    assert "anwesend:" not in text


def test_it_certifies_only_what_was_attended(ada: Registration, read: Read) -> None:
    """Reduced duration is stated."""
    attend(ada, 0, minutes=95)

    _, text = read()

    assert "anwesend: 1 Stunde 35 Minuten" in text
    assert "1 Stunde 35 Minuten, 1 von 2 Terminen" in text
    assert "25. Februar 2027, 14:00" not in text


def test_more_minutes_than_the_session_has_are_the_whole_of_it(ada: Registration, read: Read) -> None:
    attend(ada, 0, minutes=300)

    assert "2 Stunden, 1 von 2 Terminen" in read()[1]


def test_it_speaks_english(ada: Registration, read: Read) -> None:
    attend(ada, 0, 1)

    status, text = read(language="/en")

    assert status == 200
    assert "Certificate of attendance" in text
    assert "5 hours, 2 of 2 sessions" in text


def test_a_corrected_name_stands_on_it(ada: Registration, read: Read) -> None:
    """Nothing has to be issued anew by hand (L-14)."""
    attend(ada, 0)
    with one_transaction():
        ada.family_name = "Größer-Meyer"

    assert "Größer-Meyer" in read()[1]


def test_what_is_over_is_certified_while_the_rest_is_ahead(ada: Registration, read: Read) -> None:
    attend(ada, 0)

    _, text = read(at=end_of(ada) - AFTER)

    assert "2 Stunden, 1 von 2 Terminen" in text


def test_sessions_have_the_same_number_as_on_ones_own_page(ada: Registration, read: Read) -> None:
    attend(ada, 1)

    _, text = read()

    assert "Termin 2" in text
    assert "Termin 1" not in text


@pytest.mark.parametrize("state", [WorkshopState.CANCELLED, WorkshopState.ARCHIVED])
def test_what_was_attended_stays_true_whatever_becomes_of_the_rest(
    ada: Registration, read: Read, state: WorkshopState
) -> None:
    attend(ada, 0)
    with one_transaction():
        ada.workshop.state = state
        ada.enter(RegistrationState.WITHDRAWN, now=end_of(ada))

    assert "1 von 2 Terminen" in read()[1]


def test_before_the_end_there_is_none(ada: Registration, read: Read) -> None:
    _, text = read(at=end_of(ada) - AFTER)

    assert "Wenn Sie an der Veranstaltung teilgenommen haben" in text


@pytest.mark.parametrize("is_absent", [True, False])
def test_without_attendance_it_says_whom_to_ask(ada: Registration, read: Read, is_absent: bool) -> None:
    if is_absent:
        attend(ada, 0)
        with one_transaction():
            db.session.scalars(Attendance.present(ada.id)).one().attended = False

    status, text = read()

    assert status == 200
    assert "keine Teilnahme eingetragen" in text
    assert ada.workshop.contact_email in text


def test_ones_own_page_leads_to_it_when_there_is_one(ada: Registration, read: Read) -> None:
    attend(ada, 0)

    assert "Teilnahmebescheinigung ansehen" in read("")[1]
    assert "Teilnahmebescheinigung ansehen" not in read("", at=end_of(ada) - timedelta(days=2))[1]


def test_another_link_opens_none(app: Flask, client: FlaskClient, ada: Registration) -> None:
    attend(ada, 0)

    join = token(app, ada, LinkPurpose.JOIN)

    assert client.get(f"/my-registration/{join}/certificate").status_code == 404
