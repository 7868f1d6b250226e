"""The desk's waiting list: why each one waits, and why a free seat is not given."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration.extensions import one_transaction
from registration.forms.organiser.workshop import stored
from registration.models import Workshop
from registration.services import reviewing
from registration.services.offering import end_due_offers
from registration.services.withdrawing import withdraw
from registration.views.organiser.waiting import waiting_list_in_words
from registration.vocabulary import Decision
from tests.factories import find, make_organisation, make_organiser, make_workshop, sign_up
from tests.times import NOW
from tests.views.pages import send, words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
in_context = pytest.mark.usefixtures("app_context")
END = NOW + timedelta(hours=24)


def waited(**columns: object) -> Workshop:
    """A workshop of one seat, which Ada has; Ben and Cleo wait."""
    workshop = make_workshop(capacity=1, **columns)
    for name in ("ada", "ben", "cleo"):
        sign_up(workshop, name)
    return workshop


def notes(workshop: Workshop, **later: float) -> list[str]:
    return waiting_list_in_words(workshop, now=NOW + timedelta(**later)).notes


def reasons(workshop: Workshop, **later: float) -> list[list[str]]:
    return list(waiting_list_in_words(workshop, now=NOW + timedelta(**later)).reasons.values())


@in_context
def test_a_full_workshop_needs_no_note() -> None:
    workshop = waited()

    assert notes(workshop) == []
    assert reasons(workshop) == [["Alle Plätze sind vergeben."]] * 2


@in_context
def test_an_open_offer_is_named_with_its_end() -> None:
    workshop = waited(asks_before_moving_up=True)
    withdraw(find(workshop.id, "ada").id, now=NOW)

    assert notes(workshop) == ["Das Angebot an Ben Bitdiddle läuft bis Sa 16.01.2027 10:00."]
    assert reasons(workshop) == [["Der freie Platz ist einer anderen Person angeboten."]]


@in_context
def test_in_the_last_hours_before_the_start_that_is_the_reason() -> None:
    workshop = waited()
    withdraw(find(workshop.id, "ada").id, now=NOW + timedelta(days=39, hours=12))

    assert notes(workshop, days=39, hours=12) == [
        "1 Platz ist frei, und 2 Personen warten. "
        "In den letzten 24 Stunden vor Beginn rückt niemand von selbst nach."
    ]


@in_context
def test_whom_the_organiser_lets_wait_waits_for_her() -> None:
    workshop = make_workshop(capacity=2, decision=Decision.BY_ORGANISER)
    ada = sign_up(workshop, "ada")
    reviewing.put_on_waiting_list([ada.id], organiser_id=make_organiser().id, now=NOW)

    assert notes(workshop) == [
        "2 Plätze sind frei, und 1 Person wartet. Wartet, bis Sie von Hand entscheiden."
    ]


@in_context
def test_a_limit_is_named() -> None:
    make_organisation()
    workshop = make_workshop(capacity=5, limit_per_organisation=1)
    for name in ("ada", "ben"):
        sign_up(workshop, name)

    assert reasons(workshop) == [["Die Plätze für diese Organisation sind vergeben."]]
    assert notes(workshop) == [
        "4 Plätze sind frei, und 1 Person wartet. Die Plätze für diese Organisation sind vergeben."
    ]


@in_context
def test_a_seat_that_came_free_by_time_is_given_in_a_moment() -> None:
    workshop = waited()
    with one_transaction():
        workshop.capacity = 2

    assert reasons(workshop) == [
        ["Ein Platz ist frei und wird in wenigen Sekunden vergeben."],
        ["Andere stehen weiter vorn."],
    ]


@pytest.fixture
def ids(app: Flask) -> dict[str, int]:
    """Ada has given her seat back, and Ben is asked whether he wants it."""
    with app.app_context():
        workshop = waited(asks_before_moving_up=True)
        found = {name: find(workshop.id, name).id for name in ("ada", "ben", "cleo")}
        withdraw(found["ada"], now=NOW)
        return found | {"workshop": workshop.id}


def test_list_and_person_show_it(ids: dict[str, int], desk: FlaskClient) -> None:
    listed = words(desk.get(f"/organiser/workshops/{ids['workshop']}/registrations"))

    assert "Das Angebot an Ben Bitdiddle läuft bis" in listed
    assert "Der freie Platz ist einer anderen Person angeboten." in listed
    assert "Das Angebot läuft bis" in words(desk.get(f"/organiser/registrations/{ids['ben']}"))
    assert "einer anderen Person angeboten" in words(desk.get(f"/organiser/registrations/{ids['cleo']}"))


def test_who_let_an_offer_end_can_be_given_a_seat_after_all(
    app: Flask, ids: dict[str, int], desk: FlaskClient
) -> None:
    with app.app_context():
        end_due_offers(now=END)

    page = desk.get(f"/organiser/registrations/{ids['ben']}")

    assert "Der angebotene Platz wurde nicht rechtzeitig angenommen." in words(page)
    assert f"/organiser/workshops/{ids['workshop']}/registrations/approve" in page.text
    assert f"/organiser/workshops/{ids['workshop']}/registrations/confirm" not in page.text


@pytest.mark.parametrize(
    ("capacity", "asks", "said"),
    [
        (2, True, "Ein Platz ist angeboten, bis Sa 16.01.2027 10:00."),
        (3, True, "2 Plätze sind angeboten, bis Sa 16.01.2027 10:00."),
        (2, False, "Eine Person ist nachgerückt."),
        (3, False, "2 Personen sind nachgerückt."),
    ],
)
def test_saving_more_seats_says_who_moved_up(
    app: Flask, desk: FlaskClient, capacity: int, asks: bool, said: str
) -> None:
    with app.app_context():
        workshop = waited(asks_before_moving_up=asks)
        page, typed = f"/organiser/workshops/{workshop.id}/settings", _typed(workshop)

    answer = send(desk, page, typed | {"capacity": str(capacity)})

    assert f"Die Einstellungen sind gespeichert. {said}" in words(desk.get(answer.location))
    again = send(desk, page, typed | {"capacity": str(capacity)})
    assert said not in words(desk.get(again.location))


def _typed(workshop: Workshop) -> dict[str, str]:
    """What a browser sends of the form as it stands."""
    shown = {name: value for name, value in stored(workshop).items() if name != "version"}
    return {name: "y" if value is True else str(value) for name, value in shown.items() if value}
