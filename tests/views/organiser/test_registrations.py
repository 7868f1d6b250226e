"""The registrations of a workshop, the page of a person, mails, and the register of organisations."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from registration.extensions import db, one_transaction
from registration.models import JournalEntry, Organisation, OutboxMessage, Registration
from registration.tokens import seal
from registration.vocabulary import Certainty, Decision, MailKind, OutboxState, RegistrationState
from tests.factories import make_organisation, make_workshop, require_agreement, sign_up, submit
from tests.times import NOW
from tests.views.pages import hidden_fields, send, words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
State = RegistrationState


@pytest.fixture
def ids(app: Flask) -> dict[str, int]:
    """One seat: Ada has it, Ben waits; Dora is under review in a second workshop."""
    with app.app_context():
        workshop = make_workshop(capacity=1)
        other = make_workshop(slug="andere", title="Andere", decision=Decision.BY_ORGANISER)
        found = {"workshop": workshop.id, "other": other.id}
        found |= {name: sign_up(workshop, name).id for name in ("ada", "ben")}
        return found | {"dora": sign_up(other, "dora", organisation="Samtgemeinde Unbekannt").id}


@pytest.fixture
def state(app: Flask) -> Callable[[int], RegistrationState]:
    def state(registration_id: int) -> RegistrationState:
        with app.app_context():
            return db.session.get_one(Registration, registration_id).state

    return state


def _list(ids: dict[str, int], name: str = "workshop") -> str:
    return f"/organiser/workshops/{ids[name]}/registrations"


def test_list_shows_state_rank_and_organisation(desk: FlaskClient, ids: dict) -> None:
    page = words(desk.get(_list(ids)))

    assert "Lovelace, Ada" in page
    assert "Platz sicher" in page
    assert "Platz 1" in page


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("?state=waiting", ["Ben"]),
        ("?search=LOVE", ["Ada"]),
        ("?search=ada%40muster", ["Ada"]),
        ("?search=%25", []),
        ("?state=unheard-of", ["Ada", "Ben"]),
        ("?page=99", []),
        ("?page=x", ["Ada", "Ben"]),
    ],
)
def test_list_is_filtered_and_searched(asked: str, shown: list, desk: FlaskClient, ids: dict) -> None:
    page = words(desk.get(_list(ids) + asked))

    assert [name for name in ("Ada", "Ben") if f", {name}" in page] == shown


def test_list_asks_the_database_at_most_once_more_per_person(
    app: Flask, desk: FlaskClient, ids: dict
) -> None:
    def count() -> int:
        asked: list[str] = []
        with app.app_context():
            engine = db.engine

        def note(*arguments: Any) -> None:
            asked.append(arguments[2])

        event.listen(engine, "before_cursor_execute", note)
        desk.get(_list(ids))
        event.remove(engine, "before_cursor_execute", note)
        return len(asked)

    few = count()
    with app.app_context():
        for number in range(12):
            submit(
                db.session.get_one(Registration, ids["ada"]).workshop,
                "cleo",
                email=f"cleo{number}@example.org",
                family_name=f"Nummer {number}",
            )

    assert count() <= few + 12


def test_one_click_approves_one_person(desk: FlaskClient, ids: dict, state: Callable) -> None:
    page = _list(ids, "other")

    answer = send(desk, page, {"ids": str(ids["dora"])}, to=f"{page}/approve")

    assert answer.status_code == 303
    assert state(ids["dora"]) is State.CONFIRMED
    assert "1 Person ist angenommen." in words(desk.get(answer.location))


def test_selected_people_are_named_before_anything_happens(
    desk: FlaskClient, ids: dict, state: Callable
) -> None:
    page = desk.get(f"{_list(ids)}/decline?ids={ids['ada']}&ids={ids['ben']}")

    assert "2 Personen erhalten eine E-Mail." in words(page)
    assert state(ids["ben"]) is State.WAITING


def test_several_are_decided_together(app: Flask, desk: FlaskClient, ids: dict, state: Callable) -> None:
    address = f"{_list(ids)}/cancel?ids={ids['ada']}&ids={ids['ben']}"
    chosen = {"ids": [ids["ada"], ids["ben"]], "text": "Leider krank"}

    send(desk, address, chosen, to=f"{_list(ids)}/cancel")  # type: ignore[arg-type] # a list is sent as two fields

    assert {state(ids["ada"]), state(ids["ben"])} == {State.CANCELLED}
    with app.app_context():
        sent = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == MailKind.CANCELLED)).all()
        assert [message.context["text"] for message in sent] == ["Leider krank"] * 2


def test_full_workshop_warns_first_and_gives_the_seat_then(
    app: Flask, desk: FlaskClient, ids: dict, state: Callable
) -> None:
    fields = {"ids": str(ids["ben"])}

    warning = send(desk, _list(ids), fields, to=f"{_list(ids)}/move-up")
    assert warning.status_code == 409
    assert "Alle Plätze sind vergeben." in words(warning)
    assert state(ids["ben"]) is State.WAITING

    done = desk.post(f"{_list(ids)}/move-up", data=hidden_fields(warning))
    assert done.status_code == 303
    assert state(ids["ben"]) is State.CONFIRMED
    with app.app_context():
        last = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
        assert last is not None
        assert last.reason == "over_capacity"


def test_step_that_does_not_fit_is_refused_with_a_sentence(desk: FlaskClient, ids: dict) -> None:
    fields = {"ids": str(ids["ada"])}

    answer = send(desk, f"{_list(ids)}/approve?ids={ids['ada']}", fields, to=f"{_list(ids)}/approve")

    assert answer.status_code == 400
    assert "Dieser Schritt passt nicht zum Stand der Anmeldung." in words(answer)


def test_people_of_another_workshop_cannot_be_decided(desk: FlaskClient, ids: dict, state: Callable) -> None:
    fields = {"ids": str(ids["dora"])}

    assert send(desk, _list(ids), fields, to=f"{_list(ids)}/approve").status_code == 404
    assert state(ids["dora"]) is State.IN_REVIEW


def test_person_on_the_telephone_is_entered_by_hand(desk: FlaskClient, ids: dict) -> None:
    typed = {
        "given_name": "Cleo",
        "family_name": "Theodora",
        "email": "cleo@example.org",
        "organisation": "Stadt Musterhausen",
        "address_is_confirmed": "1",
    }

    answer = send(desk, f"{_list(ids)}/new", typed)

    assert answer.status_code == 303
    page = words(desk.get(answer.location))
    assert "von Hand eingetragen" in page
    assert "Platz 2" in page


def test_person_who_is_registered_already_is_refused_on_the_form(desk: FlaskClient, ids: dict) -> None:
    typed = {
        "given_name": "Ada",
        "family_name": "Lovelace",
        "email": "ada@musterhausen.example.org",
        "organisation": "Stadt Musterhausen",
    }

    answer = send(desk, f"{_list(ids)}/new", typed)

    assert answer.status_code == 400
    assert "Diese Person ist schon angemeldet." in words(answer)


def test_page_of_a_person_shows_data_journal_and_mails(desk: FlaskClient, ids: dict) -> None:
    page = words(desk.get(f"/organiser/registrations/{ids['ben']}"))

    for part in (
        "ben@musterhausen.example.org",
        "Stadt Musterhausen",
        "auf die Warteliste",
        "Bitte Adresse bestätigen",
    ):
        assert part in page


def test_text_of_a_sent_mail_is_shown_as_text(app: Flask, desk: FlaskClient, ids: dict) -> None:
    letter = b"Subject: Hallo\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGuten Tag <b>Ada</b>\r\n"
    with app.app_context(), one_transaction():
        message = db.session.scalars(
            select(OutboxMessage).where(OutboxMessage.registration_id == ids["ada"])
        ).first()
        assert message is not None
        message.content = seal(letter, app.config["SECRET_KEY"])
        message_id = message.id

    for address in (f"/organiser/mails/{message_id}", f"/organiser/registrations/{ids['ada']}"):
        assert "Guten Tag &lt;b&gt;Ada&lt;/b&gt;" in desk.get(address).text


def test_failed_mail_is_shown_everywhere_and_tried_again(app: Flask, desk: FlaskClient, ids: dict) -> None:
    with app.app_context(), one_transaction():
        message = db.session.scalars(
            select(OutboxMessage).where(OutboxMessage.registration_id == ids["ada"])
        ).first()
        assert message is not None
        message.state, message.state_reason = OutboxState.FAILED, "550 No such user"
        message_id = message.id

    assert "1 E-Mail ist nicht angekommen." in words(desk.get("/organiser/mails"))
    assert "550 No such user" in words(desk.get("/organiser/mails?state=failed"))
    assert "1 nicht angekommen" in words(desk.get(_list(ids)))
    assert "1 E-Mail ist nicht angekommen" in words(desk.get("/organiser"))

    answer = send(desk, "/organiser/mails", {"ids": str(message_id)}, to="/organiser/mails/attempts")
    assert answer.status_code == 303
    with app.app_context():
        assert db.session.get_one(OutboxMessage, message_id).state is OutboxState.QUEUED


def test_today_names_what_needs_me(desk: FlaskClient, ids: dict) -> None:
    page = words(desk.get("/organiser"))

    assert "1 wartet auf Ihre Entscheidung: Andere" in page


def test_unknown_organisation_is_added_with_one_click(app: Flask, desk: FlaskClient, ids: dict) -> None:
    person = f"/organiser/registrations/{ids['dora']}"

    send(desk, person, {"organisation_id": ""}, to=f"{person}/organisation")

    with app.app_context():
        dora = db.session.get_one(Registration, ids["dora"])
        assert dora.organisation_certainty is Certainty.CERTAIN
        assert db.session.scalars(select(Organisation.name)).all() == ["Samtgemeinde Unbekannt"]


def test_unknown_name_becomes_another_name_of_a_known_organisation(
    app: Flask, desk: FlaskClient, ids: dict
) -> None:
    with app.app_context():
        known = make_organisation("Verband Beispielland").id
    person = f"/organiser/registrations/{ids['dora']}"

    send(desk, person, {"organisation_id": str(known)}, to=f"{person}/organisation")

    with app.app_context():
        assert db.session.get_one(Registration, ids["dora"]).organisation_id == known


def test_verdict_is_shown_as_it_was_and_as_it_would_be_today(app: Flask, desk: FlaskClient) -> None:
    with app.app_context():
        make_organisation(agreements=[(date(2026, 1, 1), None)])
        workshop = make_workshop()
        ada = sign_up(workshop).id
        require_agreement(workshop)
        organisation = db.session.scalars(select(Organisation)).one()
        with one_transaction():
            organisation = db.session.get_one(Organisation, organisation.id)
            organisation.agreements, organisation.changed_at = [], NOW + timedelta(seconds=1)

    page = words(desk.get(f"/organiser/registrations/{ada}"))
    assert "Bei der Anmeldung: berechtigt" in page
    assert "Heute wäre es so: zu prüfen" in page


def test_organisation_is_entered_with_names_domains_and_agreements(app: Flask, desk: FlaskClient) -> None:
    typed = {
        "name": "Landkreis Beispiel",
        "kind": "district",
        "state": "HE",
        "official_key": "06999",
        "aliases": "Lkr. Beispiel\nKreis Beispiel",
        "domains": "@Beispiel.example.org",
        "agreements": "1.1.2026 bis 31.12.2027\nab 01.01.2028",
    }

    assert send(desk, "/organiser/organisations/new", typed).status_code == 303

    with app.app_context():
        one = db.session.scalars(select(Organisation)).one()
        assert one.official_key == "06999"
        assert [row.domain for row in one.domains] == ["beispiel.example.org"]
        assert [(row.valid_from, row.valid_until) for row in one.agreements] == [
            (date(2026, 1, 1), date(2027, 12, 31)),
            (date(2028, 1, 1), None),
        ]


def test_agreement_that_cannot_be_read_comes_back(desk: FlaskClient) -> None:
    typed = {"name": "Landkreis Beispiel", "kind": "district", "agreements": "seit 2026"}

    answer = send(desk, "/organiser/organisations/new", typed)

    assert answer.status_code == 400
    assert "Schreiben Sie jede Zielvereinbarung so" in words(answer)


def test_a_shared_mailbox_is_pointed_out(desk: FlaskClient, app: Flask) -> None:
    with app.app_context():
        workshop = make_workshop(slug="geteilt")
        both = {"email": "bildungsbuero@musterhausen.example.org"}
        ada = sign_up(workshop, "ada", **both)
        sign_up(workshop, "ben", **both)
        ids = {"workshop": workshop.id, "ada": ada.id}
    hint = "Mit dieser Adresse ist auch angemeldet: Ben Bitdiddle"
    assert hint in words(desk.get(f"/organiser/registrations/{ids['ada']}"))
    assert hint in words(desk.get(_list(ids)))
