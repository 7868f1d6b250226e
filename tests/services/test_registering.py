"""Somebody sends the public form."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from registration.errors import NotEligible, NotPossible, RegistrationClosed, WorkshopFull
from registration.extensions import db, one_transaction
from registration.models import AccessLink, Question, Registration
from registration.services.confirming import confirm_address
from registration.services.lapsing import lapse_unconfirmed
from registration.services.registering import register
from registration.steps.offers import offer_of
from registration.vocabulary import Certainty, MailKind, QuestionKind, RegistrationState, RuleEffect
from tests.factories import (
    details,
    find,
    mails,
    make_organisation,
    make_workshop,
    require_agreement,
    save,
    sign_up,
    submit,
)
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")


def test_a_form_becomes_an_unconfirmed_registration_that_holds_a_seat_for_two_hours():
    ada = submit(make_workshop())
    assert ada.state is RegistrationState.UNCONFIRMED
    assert ada.seat_held_until == NOW + timedelta(hours=2)


def test_the_mail_to_confirm_is_written_with_the_registration():
    ada = submit(make_workshop())
    (mail,) = mails()
    assert (mail.kind, mail.to_address, mail.registration_id) == (MailKind.CONFIRM_ADDRESS, ada.email, ada.id)


def test_no_secret_of_a_link_is_readable_in_the_database(app_context):
    ada = submit(make_workshop())
    tokens = [link.token(app_context.config["SECRET_KEY"]) for link in ada.links]
    row = str(db.session.execute(select(AccessLink.__table__)).all())
    assert all(token and token not in row for token in tokens)


def test_the_same_form_sent_twice_is_one_registration_and_one_mail():
    workshop = make_workshop()
    for _ in range(2):
        register(workshop.id, details(form_key="shown-once"), now=NOW)
    assert db.session.scalar(select(func.count(Registration.id))) == 1
    assert len(mails()) == 1


@pytest.mark.parametrize(
    "corrected",
    [
        {"email": "ada@musterhausen-am-see.example.org"},
        {"name": "ben"},
        {"name": "ben", "email": "ada@musterhausen.example.org"},
    ],
)
def test_the_same_form_with_another_person_in_it_is_a_registration_of_its_own(corrected):
    workshop = make_workshop()
    register(workshop.id, details(form_key="shown-once"), now=NOW)
    for _ in range(2):
        register(workshop.id, details(**{"name": "ada", "form_key": "shown-once"} | corrected), now=NOW)
    assert db.session.scalar(select(func.count(Registration.id))) == 2
    other = details(**{"name": "ada"} | corrected)
    assert {mail.to_address for mail in mails()} == {"ada@musterhausen.example.org", other.email}


def test_the_same_form_after_back_tells_somebody_who_is_known_her_state():
    workshop = make_workshop()
    sign_up(workshop, "ben")
    register(workshop.id, details(form_key="shown-once"), now=NOW)
    register(workshop.id, details("ben", form_key="shown-once"), now=NOW)
    assert db.session.scalar(select(func.count(Registration.id))) == 2
    assert mails()[-1].kind is MailKind.ALREADY_REGISTERED


def test_the_same_form_sent_again_after_its_link_has_ended_is_not_lost():
    workshop = make_workshop()
    register(workshop.id, details(form_key="shown-once"), now=NOW)
    later = NOW + timedelta(hours=49)
    lapse_unconfirmed(now=later)
    register(workshop.id, details(form_key="shown-once"), now=later)
    assert find(workshop.id, "ada").state is RegistrationState.UNCONFIRMED


def test_a_known_person_gets_her_state_by_mail_and_no_second_registration():
    workshop = make_workshop()
    sign_up(workshop)
    submit(workshop, email="ADA@Musterhausen.Example.ORG")
    assert db.session.scalar(select(func.count(Registration.id))) == 1
    assert mails()[-1].kind is MailKind.ALREADY_REGISTERED


def test_who_asks_again_shortly_before_the_end_has_the_whole_time_to_confirm():
    workshop = make_workshop()
    ada = submit(workshop)
    submit(workshop, now=NOW + timedelta(hours=47))
    lapse_unconfirmed(now=NOW + timedelta(hours=49))
    assert mails()[-1].pointless_after == NOW + timedelta(hours=95)
    assert confirm_address(ada.id, now=NOW + timedelta(hours=94)).has_seat


def test_a_stranger_cannot_flood_a_known_person_with_mail():
    workshop = make_workshop()
    sign_up(workshop)
    for _ in range(9):
        submit(workshop)
    assert len(mails(MailKind.ALREADY_REGISTERED)) == 3


def test_a_colleague_may_register_with_the_same_functional_mailbox():
    workshop = make_workshop()
    submit(workshop, "ada", email="bildungsbuero@musterhausen.example.org")
    submit(workshop, "ben", email="bildungsbuero@musterhausen.example.org")
    assert db.session.scalar(select(func.count(Registration.id))) == 2


def test_the_organisation_is_recognised_by_its_alias():
    town = make_organisation(aliases=["Musterhausen am See"])
    ada = submit(make_workshop(), organisation="musterhausen am  see")
    assert (ada.organisation_id, ada.organisation_certainty) == (town.id, Certainty.CERTAIN)


def test_the_index_notices_a_changed_register():
    workshop = make_workshop()
    submit(workshop, "ada", organisation="Landkreis Beispieltal")
    district = make_organisation("Landkreis Beispieltal")
    ben = submit(workshop, "ben", organisation="Lkr. Beispieltal")
    assert ben.organisation_id == district.id


def test_whoever_lacks_the_agreement_is_refused_with_the_reason_and_whom_to_ask():
    make_organisation(agreements=[(date(2020, 1, 1), date(2026, 12, 31))])
    workshop = make_workshop()
    require_agreement(workshop, RuleEffect.REFUSE)
    with pytest.raises(NotEligible) as refusal:
        submit(workshop, "cleo")
    assert "am 31.12.2026 abgelaufen" in str(refusal.value.message)
    assert "projektleitung@example.org" in str(refusal.value.message)


def test_an_unknown_organisation_is_never_refused_by_an_agreement_rule():
    workshop = make_workshop()
    require_agreement(workshop, RuleEffect.REFUSE)
    dora = submit(workshop, "dora", organisation="Gemeinde Nirgendwo")
    assert dora.verdict["outcome"] == "review"


@pytest.mark.parametrize("seconds_before", [1, 0])
def test_the_deadline_is_the_end_of_its_day(seconds_before):
    workshop = make_workshop()
    moment = workshop.closes_at - timedelta(seconds=seconds_before)
    if seconds_before:
        assert submit(workshop, now=moment)
    else:
        with pytest.raises(RegistrationClosed):
            submit(workshop, now=moment)


def test_a_deadline_on_the_day_of_the_workshop_ends_with_it():
    workshop = make_workshop(allows_late_requests=True)
    workshop.deadline_on, workshop.closes_at = (
        workshop.starts_at.date(),
        workshop.ends_at + timedelta(hours=8),
    )
    db.session.commit()

    assert submit(workshop, "ada", now=workshop.ends_at - timedelta(seconds=1))
    with pytest.raises(RegistrationClosed):
        submit(workshop, "ben", now=workshop.ends_at)
    with pytest.raises(RegistrationClosed):
        submit(workshop, "cleo", now=workshop.ends_at, is_late_request=True)


def test_a_late_request_is_taken_where_the_workshop_allows_it():
    workshop = make_workshop(allows_late_requests=True)
    ada = sign_up(workshop, now=workshop.closes_at, is_late_request=True)
    assert (ada.state, ada.is_late, ada.reasons) == (RegistrationState.IN_REVIEW, True, ["late"])


def test_a_full_workshop_without_waiting_list_says_so_and_stores_nothing():
    workshop = make_workshop(capacity=1, has_waiting_list=False)
    sign_up(workshop)
    with pytest.raises(WorkshopFull):
        submit(workshop, "ben")
    assert db.session.scalar(select(func.count(Registration.id))) == 1


def test_a_draft_takes_nobody():
    with pytest.raises(RegistrationClosed):
        submit(make_workshop(state="draft"))


def test_a_question_that_is_removed_meanwhile_is_no_error():
    workshop = make_workshop()
    question = save(Question(workshop_id=workshop.id, kind=QuestionKind.SHORT_TEXT, label="Warum?"))
    offer = offer_of(workshop.id)
    with one_transaction():
        workshop.title = "Ein anderer Titel"
        db.session.delete(question)
    with pytest.raises(NotPossible):
        register(workshop.id, details(answers={question.id: "Darum"}), now=NOW, offer=offer)
    assert submit(workshop)


@pytest.mark.parametrize("second_key", ["shown-once", "shown-again"])
def test_who_corrects_herself_before_she_has_confirmed_is_registered_with_what_she_said_last(second_key):
    workshop = make_workshop(capacity=1)
    register(workshop.id, details(form_key="shown-once"), now=NOW)
    register(workshop.id, details(form_key=second_key, organisation="Stadt Neu"), now=NOW)
    states = db.session.execute(select(Registration.state, Registration.organisation_name)).all()
    assert sorted(states) == [
        (RegistrationState.LAPSED, "Stadt Musterhausen"),
        (RegistrationState.UNCONFIRMED, "Stadt Neu"),
    ]
    assert [mail.kind for mail in mails()] == [MailKind.CONFIRM_ADDRESS] * 2
    assert confirm_address(find(workshop.id, "ada").id, now=NOW).has_seat


def test_a_full_workshop_tells_nobody_that_somebody_has_not_confirmed_yet():
    workshop = make_workshop(capacity=1, has_waiting_list=False)
    register(workshop.id, details(), now=NOW)
    for name in ("ada", "ben"):
        with pytest.raises(WorkshopFull):
            register(workshop.id, details(name, organisation="Stadt Neu"), now=NOW)
    assert find(workshop.id, "ada").state is RegistrationState.UNCONFIRMED
