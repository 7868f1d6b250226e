"""Consents: given in the words that were shown, taken back at any time, without any other effect (L-04)."""

from datetime import timedelta

import pytest

from registration.errors import NotPossible
from registration.extensions import db
from registration.models import Consent, JournalEntry, Registration, Workshop
from registration.services.consenting import give_consent, revoke_consent
from registration.services.withdrawing import withdraw
from registration.vocabulary import ConsentKind
from tests.factories import make_workshop, sign_up, submit
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
PHOTO, LIST = ConsentKind.PHOTO, ConsentKind.CONTACT_SHARING
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def workshop(app_context: object) -> Workshop:
    return make_workshop(consents=[PHOTO, LIST])


def consents(registration: Registration) -> list[tuple[ConsentKind, bool]]:
    rows = db.session.query(Consent).filter_by(registration_id=registration.id).order_by(Consent.id)
    return [(one.kind, one.is_in_force) for one in rows]


def test_consent_given_with_the_form_is_kept_with_its_words_and_time(workshop: Workshop) -> None:
    registration = submit(workshop, consents=(PHOTO,))

    kept = registration.consents[0]
    assert (kept.kind, kept.given_at, kept.revoked_at) == (PHOTO, NOW, None)
    assert kept.wording.startswith("Fotos und Aufzeichnungen der Veranstaltung")


def test_consent_that_the_workshop_does_not_ask_for_is_not_kept(workshop: Workshop) -> None:
    assert submit(workshop, consents=(ConsentKind.ANNOUNCEMENTS,)).consents == []


@pytest.mark.parametrize("given", [(), (PHOTO, LIST)])
def test_outcome_is_the_same_with_and_without(workshop: Workshop, given: tuple[ConsentKind, ...]) -> None:
    registration = sign_up(workshop, consents=given)

    assert (registration.has_seat, registration.reasons) == (True, [])


def test_revoked_one_stays_as_proof_and_a_new_one_is_a_new_row(workshop: Workshop) -> None:
    registration = submit(workshop, consents=(PHOTO,))

    revoke_consent(registration.id, PHOTO, now=LATER)
    give_consent(registration.id, PHOTO, now=LATER)

    assert consents(registration) == [(PHOTO, False), (PHOTO, True)]


def test_twice_is_once(workshop: Workshop) -> None:
    registration = submit(workshop)

    for _ in range(2):
        give_consent(registration.id, LIST, now=LATER)
    for _ in range(2):
        revoke_consent(registration.id, LIST, now=LATER)

    assert consents(registration) == [(LIST, False)]
    actions = [one.action for one in db.session.query(JournalEntry).order_by(JournalEntry.id)]
    assert actions[-2:] == ["consent_given", "consent_revoked"]


def test_it_can_be_taken_back_after_everything_but_not_given(workshop: Workshop) -> None:
    registration = sign_up(workshop, consents=(PHOTO,))
    withdraw(registration.id, now=LATER)

    revoke_consent(registration.id, PHOTO, now=LATER)

    assert consents(registration) == [(PHOTO, False)]
    with pytest.raises(NotPossible):
        give_consent(registration.id, PHOTO, now=LATER)


def test_only_what_the_workshop_asks_for_can_be_given(workshop: Workshop) -> None:
    registration = submit(workshop)

    with pytest.raises(NotPossible):
        give_consent(registration.id, ConsentKind.ANNOUNCEMENTS, now=LATER)
