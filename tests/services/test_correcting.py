"""Somebody corrects her own data."""

import pytest

from registration.errors import NotPossible
from registration.services.correcting import Correction, correct
from registration.services.withdrawing import withdraw
from tests.factories import make_workshop, sign_up
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")


def typed(**columns) -> Correction:
    """What the form of Ada sends when she leaves everything as it is, but for `columns`."""
    as_it_is = {
        "given_name": "Ada",
        "family_name": "Lovelace",
        "organisation": "Stadt Musterhausen",
        "role": "",
        "note": "",
        "support_needs": "",
        "answers": {},
    }
    return Correction(**(as_it_is | columns))


def test_name_and_role_are_corrected_and_the_seat_stays():
    ada = sign_up(make_workshop())
    correct(ada.id, typed(family_name="King", role="Leitung"), now=NOW)
    assert (ada.family_name, ada.role, ada.has_seat) == ("King", "Leitung", True)


def test_a_name_that_is_registered_already_with_this_address_is_refused():
    workshop = make_workshop()
    both = {"email": "amt@musterhausen.example.org"}
    ada, ben = sign_up(workshop, "ada", **both), sign_up(workshop, "ben", **both)
    with pytest.raises(NotPossible):
        correct(ada.id, typed(given_name=ben.given_name, family_name=ben.family_name), now=NOW)
    assert ada.given_name == "Ada"


def test_a_registration_that_is_over_stays_as_it_was():
    ada = sign_up(make_workshop())
    withdraw(ada.id, now=NOW)
    with pytest.raises(NotPossible):
        correct(ada.id, typed(family_name="B"), now=NOW)
