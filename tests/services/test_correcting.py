"""Somebody corrects her own data."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from registration.errors import NotPossible
from registration.extensions import db
from registration.models import JournalEntry, Registration
from registration.services.correcting import Correction, correct
from registration.services.withdrawing import withdraw
from registration.vocabulary import RegistrationState, RuleEffect
from tests.factories import find, mails, make_organisation, make_workshop, require_agreement, sign_up
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


AFTER_THE_END = datetime(2027, 3, 5, tzinfo=UTC)


def of_unknown_organisation(effect: RuleEffect = RuleEffect.REVIEW) -> Registration:
    """Ada is under review; that of Musterhausen would be eligible, that of Ohnefeld would not."""
    workshop = make_workshop()
    require_agreement(workshop, effect)
    make_organisation("Stadt Musterhausen", agreements=[(date(2020, 1, 1), None)])
    make_organisation("Gemeinde Ohnefeld")
    return sign_up(workshop, organisation="Verein X")


def journal() -> dict[str, dict]:
    return {one.action: one.details for one in db.session.scalars(select(JournalEntry))}


def test_right_data_give_who_was_under_review_a_seat_and_the_former_verdict_stays_in_the_journal():
    ada = of_unknown_organisation()
    before = dict(ada.verdict)

    correct(ada.id, typed(), now=NOW)

    assert find(ada.workshop_id, "ada").state is RegistrationState.CONFIRMED
    assert before["outcome"] == "review"
    assert journal()["judged_again"] == {"before": before}


def test_right_data_give_nobody_a_seat_after_the_end():
    ada = of_unknown_organisation()
    told = len(mails())

    correct(ada.id, typed(), now=AFTER_THE_END)

    ada = find(ada.workshop_id, "ada")
    assert (ada.state, ada.verdict["outcome"]) == (RegistrationState.IN_REVIEW, "eligible")
    assert len(mails()) == told


def test_data_are_put_right_after_the_end_whatever_the_rules_say():
    ada = of_unknown_organisation(RuleEffect.REFUSE)

    correct(ada.id, typed(organisation="Gemeinde Ohnefeld"), now=AFTER_THE_END)

    assert find(ada.workshop_id, "ada").organisation_name == "Gemeinde Ohnefeld"


def test_what_changes_no_verdict_leaves_no_line_about_one():
    ada = sign_up(make_workshop())

    correct(ada.id, typed(organisation="Verein Y"), now=NOW)

    assert "judged_again" not in journal()
