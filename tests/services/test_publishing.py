"""Workshops from the first draft to the cancellation."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from registration.errors import ConcurrentEdit, NotPossible, RegistrationError
from registration.extensions import db
from registration.models import JournalEntry, MailRule, Question, Registration, Workshop
from registration.services import publishing
from registration.services.publishing import WorkshopFacts
from registration.steps.completeness import what_is_missing, what_to_check
from registration.vocabulary import (
    Anchor,
    MailKind,
    OffsetUnit,
    QuestionKind,
    RegistrationState,
    RuleKind,
    WorkshopFormat,
    WorkshopState,
)
from tests.factories import (
    START,
    default_mail_plan,
    mails,
    make_organiser,
    make_session,
    make_workshop,
    require_agreement,
    save,
    sign_up,
    submit,
)
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
FACTS = WorkshopFacts(
    title="Über Daten reden",
    summary="Ein Satz.",
    contact_name="Team",
    contact_email="team@example.org",
    deadline_on=date(2027, 2, 12),
)


@pytest.fixture
def by(app_context: Flask) -> dict:
    return {"organiser_id": make_organiser().id, "now": NOW}


def stored(workshop_id: int) -> Workshop:
    db.session.expire_all()
    return db.session.get_one(Workshop, workshop_id)


def journal(workshop_id: int) -> list[str]:
    return list(
        db.session.scalars(
            select(JournalEntry.action)
            .where(JournalEntry.workshop_id == workshop_id, JournalEntry.registration_id.is_(None))
            .order_by(JournalEntry.id)
        )
    )


def test_new_workshop_is_a_draft_with_a_slug_from_its_title(by: dict) -> None:
    workshop = stored(publishing.create(FACTS, **by))

    assert workshop.state is WorkshopState.DRAFT
    assert workshop.slug == "ueber-daten-reden"
    assert journal(workshop.id) == ["workshop_created"]


def test_second_workshop_of_the_same_title_gets_another_slug(by: dict) -> None:
    publishing.create(FACTS, **by)

    assert stored(publishing.create(FACTS, **by)).slug == "ueber-daten-reden-2"


def test_deadline_closes_at_the_end_of_the_local_day(by: dict) -> None:
    assert stored(publishing.create(FACTS, **by)).closes_at == datetime(2027, 2, 12, 23, 0, tzinfo=UTC)


def test_deadline_with_a_time_closes_then(by: dict) -> None:
    facts = replace(FACTS, deadline_time=time(12, 0))

    assert stored(publishing.create(facts, **by)).closes_at == datetime(2027, 2, 12, 11, 0, tzinfo=UTC)


def test_online_workshop_starts_with_the_usual_mail_plan(by: dict) -> None:
    plan = stored(publishing.create(FACTS, **by)).mail_rules

    assert [(one.kind, one.anchor, one.unit, one.offset, one.at) for one in plan] == [
        (MailKind.REMINDER, Anchor.SESSION_START, OffsetUnit.DAYS, -7, time(9, 0)),
        (MailKind.MEETING_LINK, Anchor.SESSION_START, OffsetUnit.WORKING_DAYS, -1, time(9, 0)),
        (MailKind.MEETING_LINK, Anchor.DIAL_IN, OffsetUnit.MINUTES, 0, None),
    ]


def test_workshop_on_site_sends_no_meeting_link(by: dict) -> None:
    facts = replace(FACTS, format=WorkshopFormat.ON_SITE)

    assert [one.kind for one in stored(publishing.create(facts, **by)).mail_rules] == [MailKind.REMINDER]


def test_change_names_what_has_changed(by: dict) -> None:
    workshop_id = publishing.create(FACTS, **by)

    saved = publishing.change(workshop_id, replace(FACTS, title="Neu", capacity=9), version=1, **by)

    assert sorted(saved.changed) == ["capacity", "title"]
    assert (stored(workshop_id).title, stored(workshop_id).slug) == ("Neu", "ueber-daten-reden")
    assert journal(workshop_id) == ["workshop_created", "workshop_changed"]


def test_second_saver_of_the_same_version_is_refused(by: dict) -> None:
    workshop_id = publishing.create(FACTS, **by)
    publishing.change(workshop_id, replace(FACTS, title="Erste"), version=1, **by)

    with pytest.raises(ConcurrentEdit):
        publishing.change(workshop_id, replace(FACTS, title="Zweite"), version=1, **by)
    assert stored(workshop_id).title == "Erste"


@pytest.mark.parametrize("slug", ["Groß", "a b", "andere"])
def test_wrong_or_taken_slug_is_refused(slug: str, by: dict) -> None:
    make_workshop(slug="andere")
    workshop_id = publishing.create(FACTS, **by)

    with pytest.raises(RegistrationError) as refusal:
        publishing.change(workshop_id, replace(FACTS, slug=slug), version=1, **by)
    assert refusal.value.field == "slug"


def test_more_seats_let_the_waiting_list_move_up(by: dict) -> None:
    workshop = make_workshop(capacity=1)
    sign_up(workshop, "ada")
    ben = sign_up(workshop, "ben").id
    facts = replace(FACTS, capacity=2)

    publishing.change(workshop.id, facts, version=stored(workshop.id).version, **by)

    assert db.session.get_one(Registration, ben).state is RegistrationState.CONFIRMED
    assert len(mails(MailKind.MOVED_UP)) == 1


def test_fewer_seats_remove_nobody(by: dict) -> None:
    workshop = make_workshop(capacity=2)
    ids = [sign_up(workshop, name).id for name in ("ada", "ben")]

    publishing.change(workshop.id, replace(FACTS, capacity=1), version=stored(workshop.id).version, **by)

    assert {db.session.get_one(Registration, one).state for one in ids} == {RegistrationState.CONFIRMED}


def test_other_zone_keeps_the_wall_times_and_moves_the_instants(by: dict) -> None:
    workshop = make_workshop()
    facts = replace(FACTS, zone="Europe/Lisbon")

    publishing.change(workshop.id, facts, version=1, **by)

    session = stored(workshop.id).sessions[0]
    assert session.starts_local.hour == 10
    assert session.starts_at == datetime(2027, 2, 24, 10, 0, tzinfo=UTC)
    assert (session.sequence, session.revision) == (1, 2)


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (START.replace(month=3, day=28, hour=1), "28. März 2027, 01:00 Uhr gibt es in dieser Zeitzone nicht"),
        (START.replace(month=10, day=31, hour=1), "01:00 Uhr gibt es in dieser Zeitzone zweimal"),
    ],
)
def test_zone_in_which_a_time_is_missing_or_doubtful_is_refused(
    by: dict, start: datetime, sentence: str
) -> None:
    """T-06: in Lisbon the clock is changed an hour later, at 01:00 by its own time."""
    workshop = make_workshop(sessions=[make_session(start)])

    with pytest.raises(RegistrationError) as refusal:
        publishing.change(workshop.id, replace(FACTS, zone="Europe/Lisbon"), version=1, **by)

    assert refusal.value.field == "zone"
    assert sentence in str(refusal.value.message).replace("\u00a0", " ")
    assert stored(workshop.id).zone == "Europe/Berlin"


def test_time_that_was_doubtful_before_stays_the_one_it_was(by: dict) -> None:
    workshop = make_workshop(sessions=[make_session(START.replace(month=10, day=31, hour=2))])
    before = workshop.sessions[0].starts_at

    publishing.change(workshop.id, replace(FACTS, zone="Europe/Vienna"), version=1, **by)

    assert stored(workshop.id).sessions[0].starts_at == before


def test_complete_draft_can_be_published(by: dict) -> None:
    workshop = make_workshop(state=WorkshopState.DRAFT)

    publishing.publish(workshop.id, version=1, **by)

    assert (stored(workshop.id).state, stored(workshop.id).published_at) == (WorkshopState.PUBLISHED, NOW)
    assert journal(workshop.id) == ["workshop_published"]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"summary": ""}, "Die Zusammenfassung fehlt."),
        ({"sessions": []}, "Es gibt noch keinen Termin."),
        ({"contact_email": ""}, "Die Ansprechperson mit E-Mail-Adresse fehlt."),
        ({"deadline_on": None, "closes_at": None}, "Der Anmeldeschluss fehlt."),
        ({"deadline_on": date(2027, 2, 25)}, "Der Anmeldeschluss liegt nach dem ersten Termin."),
        ({"closes_at": NOW}, "Der Anmeldeschluss ist schon vorbei."),
    ],
)
def test_incomplete_draft_cannot_be_published(columns: dict, sentence: str, by: dict) -> None:
    workshop = make_workshop(state=WorkshopState.DRAFT, **columns)

    with pytest.raises(NotPossible):
        publishing.publish(workshop.id, version=1, **by)
    assert what_is_missing(stored(workshop.id), now=NOW) == [sentence]


def test_past_session_stands_in_the_way() -> None:
    workshop = make_workshop()

    assert "Der erste Termin liegt nicht in der Zukunft." in what_is_missing(
        workshop, now=NOW + timedelta(days=60)
    )


def test_empty_privacy_settings_stand_in_the_way_in_production_only(app_context: Flask) -> None:
    workshop = make_workshop()
    assert what_is_missing(workshop, now=NOW) == []

    app_context.config.update(APP_ENV="production", PRIVACY_CONTROLLER="", PRIVACY_OFFICER="gesetzt")

    found = what_is_missing(workshop, now=NOW)
    assert any("PRIVACY_CONTROLLER" in sentence for sentence in found)
    assert not any("PRIVACY_OFFICER" in sentence for sentence in found)


def test_missing_room_is_only_a_warning() -> None:
    workshop = make_workshop(sessions=[make_session(room_link="", room_phones="")])

    assert what_is_missing(workshop, now=NOW) == []
    assert any("Zugang zum Meeting" in sentence for sentence in what_to_check(workshop))


def test_cancelled_workshop_tells_everybody_with_a_known_address(by: dict) -> None:
    workshop = make_workshop(capacity=1)
    sign_up(workshop, "ada")
    sign_up(workshop, "ben")
    submit(workshop, "dora")

    told = publishing.cancel(workshop.id, version=stored(workshop.id).version, text="Krankheit", **by)

    assert told == 2
    assert len(mails(MailKind.WORKSHOP_CANCELLED)) == 2
    states = set(db.session.scalars(select(Registration.state)))
    assert states == {RegistrationState.CANCELLED}
    assert stored(workshop.id).state is WorkshopState.CANCELLED
    assert stored(workshop.id).sessions[0].sequence == 1


def test_who_asks_for_a_single_answer_waits_for_no_cancellation(by: dict) -> None:
    """M-55."""
    sign_up(workshop := make_workshop())
    publishing.cancel(workshop.id, version=stored(workshop.id).version, text="", **by)

    (cancellation,), (answer,) = mails(MailKind.WORKSHOP_CANCELLED), mails(MailKind.SEAT_CERTAIN)
    assert cancellation.priority > answer.priority


def test_cancelling_moves_nobody_up(by: dict) -> None:
    workshop = make_workshop(capacity=1)
    sign_up(workshop, "ada")
    sign_up(workshop, "ben")

    publishing.cancel(workshop.id, version=stored(workshop.id).version, text="", **by)

    assert mails(MailKind.MOVED_UP) == []


def test_draft_cannot_be_cancelled(by: dict) -> None:
    with pytest.raises(NotPossible):
        publishing.cancel(make_workshop(state=WorkshopState.DRAFT).id, version=1, text="", **by)


def test_copy_has_texts_rules_questions_and_plan_but_no_dates_and_no_people(by: dict) -> None:
    workshop = make_workshop()
    save(Question(workshop_id=workshop.id, kind=QuestionKind.YES_NO_UNSURE, label="Vorkenntnisse?"))
    sign_up(workshop, "ada")
    require_agreement(workshop)
    default_mail_plan(workshop)

    copy = stored(publishing.duplicate(workshop.id, **by))

    assert (copy.state, copy.slug) == (WorkshopState.DRAFT, "kooperationsvereinbarungen-in-bester-form")
    assert (copy.sessions, copy.deadline_on, copy.closes_at) == ([], None, None)
    assert [one.label for one in copy.questions] == ["Vorkenntnisse?"]
    assert [one.kind for one in copy.rules] == [RuleKind.AGREEMENT]
    assert len(copy.mail_rules) == 3
    assert db.session.query(MailRule).count() == 6
    assert db.session.query(Registration).filter_by(workshop_id=copy.id).count() == 0
