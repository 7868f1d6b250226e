"""Mails at the desk: what keeps them back, the list, and what one does about them (M-58 to M-61, M-94)."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from registration.extensions import db, one_transaction
from registration.models import JobRun, JournalEntry, MailRelay, OutboxMessage, SuppressedAddress
from registration.vocabulary import MailKind, OutboxState, RelayPause, Role
from tests.factories import default_mail_plan, make_workshop, save, sign_up
from tests.times import NOW
from tests.views.organiser.conftest import SignInAs
from tests.views.pages import hidden_fields, send, words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
S = OutboxState
FORTSETZEN = "E-Mail-Versand fortsetzen"


@pytest.fixture(autouse=True)
def worker(app: Flask) -> None:
    """It has just run."""
    with app.app_context():
        save(JobRun(name="deliver", succeeded_at=NOW))


def pause(app: Flask, why: RelayPause, **columns: Any) -> None:
    with app.app_context():
        save(MailRelay(name="default", pause=why, since=NOW - timedelta(minutes=5), **columns))


def make_mail(app: Flask, number: int = 1, **columns: Any) -> int:
    defaults: dict[str, Any] = {
        "intent_key": f"test:{number}",
        "message_id": f"<{number}@example.org>",
        "kind": MailKind.TEST,
        "to_address": f"team{number}@example.org",
        "created_at": NOW,
        "next_attempt_at": NOW,
    }
    with app.app_context():
        return save(OutboxMessage(**(defaults | columns))).id


def read(app: Flask, message_id: int) -> OutboxMessage:
    with app.app_context():
        return db.session.get_one(OutboxMessage, message_id)


# What stands in the way, on every page


def test_nothing_is_said_while_mails_leave(desk: FlaskClient) -> None:
    assert "desk-banner" not in desk.get("/organiser").text


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (RelayPause.BY_HAND, "Der E-Mail-Versand ist angehalten Seit 15.01.2027, 09:55 Uhr von Ada."),
        (RelayPause.CONFIGURATION, "Der Mailserver weist uns ab Seit 15.01.2027, 09:55 Uhr von Ada."),
        (RelayPause.REJECTIONS, "Mehrere E-Mails nacheinander wurden abgelehnt Seit 15.01.2027"),
    ],
)
def test_a_pause_is_told_on_every_page_with_its_reason_and_a_button(
    app: Flask, desk: FlaskClient, why: RelayPause, said: str
) -> None:
    pause(app, why, reason="535 no", paused_by="Ada")

    for address in ("/organiser", "/organiser/workshops", "/organiser/organisations", "/organiser/mails"):
        page = desk.get(address)
        assert said in words(page), address
        assert "Grund: „535 no“" in words(page)
        assert "keine geht verloren" in words(page)
        assert "kern-alert--danger" in page.text
        assert FORTSETZEN in words(page)


def test_the_button_lets_mails_leave_again_and_leads_back(app: Flask, desk: FlaskClient) -> None:
    pause(app, RelayPause.CONFIGURATION, reason="535 no")

    answer = send(desk, "/organiser/workshops", {}, to="/organiser/mails/resumption")

    assert answer.location == "/organiser/workshops"
    assert "Der E-Mail-Versand läuft wieder." in words(desk.get(answer.location))
    assert "desk-banner" not in desk.get("/organiser").text
    with app.app_context():
        assert db.session.scalars(select(JournalEntry.action)).all()[-1] == "mails_resumed"


def test_a_viewer_reads_it_and_finds_no_button(app: Flask, sign_in_as: SignInAs) -> None:
    pause(app, RelayPause.BY_HAND, reason="Umzug")

    page = words(sign_in_as(Role.VIEWER).get("/organiser"))

    assert "Grund: „Umzug“" in page
    assert FORTSETZEN not in page


def test_a_pause_that_ends_by_itself_is_told_in_orange(app: Flask, desk: FlaskClient) -> None:
    pause(app, RelayPause.TEMPORARY, reason="refused", paused_until=NOW + timedelta(minutes=5))

    page = desk.get("/organiser")

    assert "um 10:05 Uhr von selbst wieder versucht. Sie müssen nichts tun." in words(page)
    assert "kern-alert--warning" in page.text
    assert FORTSETZEN not in words(page)


def test_it_turns_red_when_mails_are_late_by_it(app: Flask, desk: FlaskClient) -> None:
    pause(app, RelayPause.TEMPORARY, reason="refused", paused_until=NOW + timedelta(minutes=5))
    make_mail(app, next_attempt_at=NOW - timedelta(minutes=16))

    page = desk.get("/organiser")

    assert "Die älteste E-Mail wartet seit 16 Minuten." in words(page)
    assert "kern-alert--danger" in page.text


def test_late_mails_are_told_also_without_a_pause(app: Flask, desk: FlaskClient) -> None:
    make_mail(app, next_attempt_at=NOW - timedelta(hours=2))

    assert "E-Mails warten zu lange Eine ist fällig, die älteste seit 2 Stunden." in words(
        desk.get("/organiser")
    )


def test_many_mails_at_the_pace_that_is_wanted_are_no_alarm(app: Flask, desk: FlaskClient) -> None:
    make_mail(app, next_attempt_at=NOW - timedelta(minutes=20))
    with app.app_context():
        save(MailRelay(name="default", paced_until=NOW + timedelta(seconds=2)))

    page = desk.get("/organiser")

    assert "Viele E-Mails sind unterwegs" in words(page)
    assert "kern-alert--danger" not in page.text


def test_a_silent_worker_is_told(app: Flask, desk: FlaskClient) -> None:
    with app.app_context(), one_transaction():
        db.session.get_one(JobRun, "deliver").succeeded_at = NOW - timedelta(hours=1)

    assert "Der Versanddienst läuft nicht" in words(desk.get("/organiser"))


def test_a_page_of_the_desk_asks_for_it_once(app: Flask, desk: FlaskClient) -> None:
    make_mail(app, state=S.FAILED)
    asked: list[str] = []
    with app.app_context():
        engine = db.engine

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM mail_relay" in statement or "JOIN mail_relay" in statement:
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    desk.get("/organiser/mails")
    event.remove(engine, "before_cursor_execute", hear)

    assert len(asked) == 1


def test_what_did_not_arrive_is_noted_beside_the_navigation(app: Flask, desk: FlaskClient) -> None:
    for number in (1, 2, 3):
        make_mail(app, number, state=S.FAILED)

    assert "3 E-Mails nicht zustellbar" in words(desk.get("/organiser/workshops"))


@pytest.mark.parametrize("address", ["/", "/sign-in", "/nowhere"])
def test_test_mode_is_told_on_public_pages_without_the_address(make_app: Any, address: str) -> None:
    visitor = make_app(MAIL_TEST_ADDRESS="probe@example.org").test_client()

    assert "Testbetrieb" in words(visitor.get(address))
    assert "Test mode" in words(visitor.get("/en/"))
    assert "probe@example.org" not in visitor.get(address).text


def test_test_mode_is_told_at_the_desk_with_the_address(app: Flask, desk: FlaskClient) -> None:
    app.config["MAIL_TEST_ADDRESS"] = "probe@example.org"

    assert "Testbetrieb: Alle E-Mails gehen an probe@example.org" in words(desk.get("/organiser"))


# Stopping and starting


def test_sending_is_stopped_with_a_reason(app: Flask, desk: FlaskClient) -> None:
    answer = send(
        desk, "/organiser/mails", {"reason": "Der Mailserver zieht um"}, to="/organiser/mails/pause"
    )

    assert "Der E-Mail-Versand ist angehalten." in words(desk.get(answer.location))
    assert "von organiser. Grund: „Der Mailserver zieht um“" in words(desk.get("/organiser"))
    with app.app_context():
        assert db.session.get_one(MailRelay, "default").pause is RelayPause.BY_HAND


def test_sending_is_not_stopped_without_a_reason(desk: FlaskClient) -> None:
    answer = send(desk, "/organiser/mails", {"reason": " "}, to="/organiser/mails/pause")

    assert "Nennen Sie den Grund:" in words(desk.get(answer.location))
    assert "desk-banner" not in desk.get("/organiser").text


# The list


def test_the_list_is_narrowed_by_state_kind_and_workshop(app: Flask, desk: FlaskClient) -> None:
    with app.app_context():
        workshop_id = make_workshop().id
    make_mail(app, 1, state=S.FAILED)
    make_mail(app, 2, state=S.SENT, sent_at=NOW, kind=MailKind.DIGEST)
    make_mail(app, 3, state=S.SENT, sent_at=NOW, bounced_at=NOW, workshop_id=workshop_id)

    def shown(query: str) -> set[str]:
        page = words(desk.get(f"/organiser/mails?{query}"))
        return {f"team{number}" for number in (1, 2, 3) if f"team{number}@example.org" in page}

    assert shown("") == {"team1", "team2", "team3"}
    assert shown("state=failed") == {"team1"}
    assert shown("state=sent") == {"team2", "team3"}
    assert shown("kind=digest") == {"team2"}
    assert shown("state=sent&kind=test") == {"team3"}
    assert shown(f"workshop={workshop_id}") == {"team3"}
    assert shown("show=undelivered") == {"team1", "team3"}
    assert shown("state=nonsense&kind=nonsense&workshop=-1") == {"team1", "team2", "team3"}


def test_all_failed_mails_of_a_kind_are_tried_again(app: Flask, desk: FlaskClient) -> None:
    ids = [make_mail(app, number, state=S.FAILED) for number in (1, 2)]
    other = make_mail(app, 3, state=S.FAILED, kind=MailKind.DIGEST)
    page = desk.get("/organiser/mails?state=failed&kind=test")
    assert "Alle 2 dieser Art erneut versuchen" in words(page)

    fields = hidden_fields(page) | {"kind": "test"}
    answer = desk.post("/organiser/mails/attempts/all", data=fields)

    assert "2 E-Mails werden noch einmal versucht." in words(desk.get(answer.location))
    assert [read(app, one).state for one in (*ids, other)] == [S.QUEUED, S.QUEUED, S.FAILED]


def test_a_held_mail_is_let_go(app: Flask, desk: FlaskClient) -> None:
    held = make_mail(app, state=S.HELD)
    assert "Freigeben" in words(desk.get("/organiser/mails"))

    send(desk, f"/organiser/mails/{held}", {"ids": str(held)}, to="/organiser/mails/attempts")

    assert read(app, held).state is S.QUEUED


# One mail


def test_a_mail_tells_its_whole_story(app: Flask, desk: FlaskClient) -> None:
    story = {
        "state": S.SENT,
        "sent_at": NOW,
        "attempts": 2,
        "is_uncertain": True,
        "server_reply": "250 queued as 4711",
        "bounced_at": NOW,
        "bounce": "5.1.1 User unknown",
    }

    page = words(desk.get(f"/organiser/mails/{make_mail(app, **story)}"))

    for said in ("Vergebliche Versuche2", "250 queued as 4711", "5.1.1 User unknown", "Ungewiss:"):
        assert said in page


def test_a_mail_is_sent_once_more(app: Flask, desk: FlaskClient) -> None:
    first = make_mail(app, state=S.SENT, sent_at=NOW)
    page = f"/organiser/mails/{first}"
    assert "Noch einmal senden" in words(desk.get(page))

    answer = send(desk, page, {}, to=f"{page}/copies")

    assert "Die E-Mail wird noch einmal gesendet." in words(desk.get(answer.location))
    with app.app_context():
        states = db.session.scalars(select(OutboxMessage.state).order_by(OutboxMessage.id)).all()
    assert states == [S.SENT, S.QUEUED]


def test_a_mail_that_is_not_true_any_more_is_not_sent_once_more(app: Flask, desk: FlaskClient) -> None:
    with app.app_context():
        sign_up(make_workshop())
        old = db.session.scalars(select(OutboxMessage.id).filter_by(kind=MailKind.CONFIRM_ADDRESS)).one()
        with one_transaction():
            message = db.session.get_one(OutboxMessage, old)
            message.state, message.sent_at = S.SENT, NOW

    answer = send(desk, f"/organiser/mails/{old}", {}, to=f"/organiser/mails/{old}/copies")

    assert "Diese E-Mail passt nicht mehr" in words(desk.get(answer.location))


def test_an_address_is_marked_and_lifted_again(app: Flask, desk: FlaskClient) -> None:
    sent = make_mail(app, state=S.SENT, sent_at=NOW)
    page = f"/organiser/mails/{sent}"

    send(desk, page, {}, to=f"{page}/bounce")

    assert "Adresse gesperrt" in words(desk.get(page))
    assert "An 1 Adresse wird nichts gesendet" in words(desk.get("/organiser/mails"))
    send(desk, page, {"email_key": "team1@example.org"}, to="/organiser/mails/addresses")
    assert "Adresse gesperrt" not in words(desk.get(page))
    with app.app_context():
        assert db.session.scalars(select(SuppressedAddress)).all() == []


# The mails of a workshop


@pytest.fixture
def workshop_id(app: Flask) -> int:
    with app.app_context():
        workshop = make_workshop()
        default_mail_plan(workshop)
        sign_up(workshop, "ada")
        sign_up(workshop, "ben", family_name="Bitdiddle-Wolfeschlegelsteinhausenbergerdorff")
        return workshop.id


def test_the_time_line_shows_what_has_left_and_what_will(desk: FlaskClient, workshop_id: int) -> None:
    page = words(desk.get(f"/organiser/workshops/{workshop_id}/mails"))

    assert "Mi 17.02.2027 09:00 Erinnerung 2 · alle mit Platz geplant Vorschau" in page
    assert "Platz sicher" in page


def test_a_preview_shows_a_real_person_and_the_longest_name(desk: FlaskClient, workshop_id: int) -> None:
    page = words(desk.get(f"/organiser/workshops/{workshop_id}/previews/reminder"))

    assert "Guten Tag Ada Lovelace," in page
    assert "Guten Tag Ben Bitdiddle-Wolfeschlegelsteinhausenbergerdorff," in page


def test_a_preview_is_shown_for_the_person_asked_for_and_for_nobody_elses_workshop(
    app: Flask, desk: FlaskClient, workshop_id: int
) -> None:
    with app.app_context():
        stranger = sign_up(make_workshop(slug="other"), "dora").id
    address = f"/organiser/workshops/{workshop_id}/previews/reminder"

    assert "Guten Tag Ben" in words(desk.get(f"{address}?registration=2"))
    assert desk.get(f"{address}?registration={stranger}").status_code == 404
    assert desk.get(f"/organiser/workshops/{workshop_id}/previews/new_link").status_code == 404
    assert desk.get(f"/organiser/workshops/{workshop_id}/previews/nonsense").status_code == 404


def test_the_html_of_a_preview_may_do_nothing(desk: FlaskClient, workshop_id: int) -> None:
    answer = desk.get(f"/organiser/workshops/{workshop_id}/previews/reminder/html?registration=1")

    assert "Guten Tag Ada Lovelace," in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
