"""Keeping the register, and looking again at who was not recognised."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from registration.errors import NotPossible
from registration.extensions import db
from registration.models import JournalEntry, Organisation, Registration
from registration.services import cataloguing
from registration.services.cataloguing import OrganisationFacts
from registration.vocabulary import Certainty, FederalState, Outcome, RegistrationState
from tests.factories import make_organisation, make_organiser, make_workshop, require_agreement, sign_up
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def by(app_context: Flask) -> dict:
    return {"organiser_id": make_organiser().id, "now": NOW}


@pytest.fixture
def dora_id(app_context: Flask) -> int:
    """Dora's organisation is not in the register: she is under review."""
    workshop = make_workshop()
    require_agreement(workshop)
    return sign_up(
        workshop, "dora", organisation="Samtgemeinde Unbekannt", email="dora@unbekannt.example.org"
    ).id


def stored(registration_id: int) -> Registration:
    db.session.expire_all()
    return db.session.get_one(Registration, registration_id)


def test_added_organisation_is_recognised_and_judged_anew(dora_id: int, by: dict) -> None:
    assert stored(dora_id).organisation_certainty is Certainty.NONE
    facts = OrganisationFacts(name="Samtgemeinde Unbekannt", agreements=[(date(2026, 1, 1), None)])

    organisation_id = cataloguing.add_organisation(facts, **by)

    dora = stored(dora_id)
    assert (dora.organisation_id, dora.organisation_certainty) == (organisation_id, Certainty.CERTAIN)
    assert dora.verdict["outcome"] == Outcome.ELIGIBLE
    assert dora.state is RegistrationState.IN_REVIEW


def test_former_verdict_stays_in_the_journal(dora_id: int, by: dict) -> None:
    before = stored(dora_id).verdict

    cataloguing.add_organisation(OrganisationFacts(name="Samtgemeinde Unbekannt"), **by)

    entry = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "judged_again")).one()
    assert (entry.registration_id, entry.details["before"]) == (dora_id, before)


def test_alias_recognises_the_next_colleague(dora_id: int, by: dict) -> None:
    known = make_organisation("Stadt Musterhausen", agreements=[(date(2026, 1, 1), None)])

    cataloguing.add_alias(known.id, "Samtgemeinde Unbekannt", **by)

    assert stored(dora_id).organisation_id == known.id
    workshop = stored(dora_id).workshop
    colleague = sign_up(workshop, "ben", organisation="samtgemeinde unbekannt", email="ben@example.org")
    assert colleague.state is RegistrationState.CONFIRMED


def test_saving_twice_changes_nothing(by: dict) -> None:
    facts = OrganisationFacts(
        name="Kreis Beispiel",
        state=FederalState.HE,
        official_key="06999",
        aliases=["Lkr. Beispiel"],
        domains=["beispiel.example.org"],
        agreements=[(date(2026, 1, 1), date(2027, 12, 31))],
    )
    organisation_id = cataloguing.add_organisation(facts, **by)

    cataloguing.change_organisation(organisation_id, facts, **by)

    one = db.session.get_one(Organisation, organisation_id)
    assert one.official_key == "06999"
    assert [alias.name for alias in one.aliases] == ["Lkr. Beispiel"]
    assert [row.domain for row in one.domains] == ["beispiel.example.org"]
    assert [(row.valid_from, row.valid_until) for row in one.agreements] == facts.agreements


def test_same_name_is_refused_in_any_spelling_of_case(by: dict) -> None:
    make_organisation("Stadt Musterhausen")
    with pytest.raises(NotPossible) as refusal:
        cataloguing.add_organisation(OrganisationFacts(name="STADT MUSTERHAUSEN"), **by)
    assert refusal.value.field == "name"
