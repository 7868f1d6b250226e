"""What the public reads of the seats is what a newcomer gets."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from registration import clock
from registration.models import Workshop
from registration.services.reviewing import put_on_waiting_list
from registration.services.withdrawing import withdraw
from registration.vocabulary import RegistrationState
from tests.factories import make_organiser, make_workshop, sign_up
from tests.services.test_option_limits import ON_SITE, ONLINE, make_hybrid, wants
from tests.times import NOW
from tests.views.pages import words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]
FORM = "/workshops/kooperation/register"
LAST_HOURS = datetime(2027, 2, 23, 12, 0, tzinfo=UTC)
OPEN_TO_THE_START = {"deadline_on": None, "closes_at": None}


@pytest.fixture
def in_the_last_hours(at_now: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LAST_HOURS)


def one_waits_in_the_last_hours(workshop: Workshop) -> None:
    """Ada has given her seat back so late that Ben does not move up by himself."""
    ada = sign_up(workshop, "ada")
    sign_up(workshop, "ben")
    withdraw(ada.id, now=LAST_HOURS)


@pytest.mark.parametrize("has_waiting_list", [True, False])
def test_whom_an_organiser_lets_wait_makes_nothing_look_full(
    client: FlaskClient, has_waiting_list: bool
) -> None:
    workshop = make_workshop(capacity=5, has_waiting_list=has_waiting_list)
    ben = sign_up(workshop, "ben")
    put_on_waiting_list([ben.id], organiser_id=make_organiser().id, now=NOW)

    assert "Noch 5 von 5 Plätzen frei" in words(client.get("/workshops"))
    assert "Noch 5 von 5 Plätzen frei" in words(client.get(FORM))
    assert sign_up(workshop, "cleo").state is RegistrationState.CONFIRMED


def test_in_the_last_hours_a_free_seat_belongs_to_who_waits_also_where_organisations_have_a_limit(
    client: FlaskClient, in_the_last_hours: None
) -> None:
    workshop = make_workshop(capacity=1, limit_per_organisation=2, **OPEN_TO_THE_START)
    one_waits_in_the_last_hours(workshop)

    assert "Noch 1 von 1" not in words(client.get(FORM))
    assert sign_up(workshop, "cleo", now=LAST_HOURS).state is RegistrationState.WAITING


def test_who_waits_for_a_full_option_leaves_other_seats_free_in_the_last_hours(
    client: FlaskClient, in_the_last_hours: None
) -> None:
    workshop = make_hybrid(capacity=5, **OPEN_TO_THE_START)
    for name in ("ada", "ben"):
        wants(workshop, name, ON_SITE)

    assert "Noch 4 von 5 Plätzen frei" in words(client.get(FORM))
    assert wants(workshop, "cleo", ONLINE, now=LAST_HOURS).state is RegistrationState.CONFIRMED
