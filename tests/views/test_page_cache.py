"""Kept pages: whatever changes, the next reader sees it, and nobody sees what belongs to somebody else."""

from collections.abc import Callable
from contextvars import Context
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from registration import clock
from registration.extensions import db
from registration.models import Workshop
from registration.services import publishing, scheduling
from registration.services.cataloguing import OrganisationFacts, add_organisation, change_organisation
from registration.services.furnishing import QuestionFacts, RuleFacts, add_part, change_part, remove_part
from registration.services.publishing import WorkshopFacts
from registration.services.scheduling import AgendaLine, SessionFacts
from registration.steps.keeping import Store
from registration.vocabulary import QuestionKind, RuleEffect, RuleKind
from tests.factories import START, make_organiser, make_workshop, sign_up, submit
from tests.times import NOW
from tests.views.pages import hidden_fields, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite", "postgresql"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]
PAGE, FORM = "/workshops/kooperation", "/workshops/kooperation/register"
FACTS = {
    "title": "Kooperationsvereinbarungen in (bester) Form",
    "summary": "Ein Werkzeug für die Zusammenarbeit auf Augenhöhe.",
    "contact_name": "Projektleitung",
    "contact_email": "projektleitung@example.org",
    "capacity": 16,
    "deadline_on": date(2027, 2, 12),
}
RULE = RuleFacts(kind=RuleKind.AGREEMENT, effect=RuleEffect.REVIEW)
QUESTION = QuestionFacts(kind=QuestionKind.SHORT_TEXT, label="Was erwarten Sie?")
Look = Callable[[str], str]


@pytest.fixture
def look(app: Flask) -> Look:
    return lambda path: words(get(app, path))


@pytest.fixture
def workshop() -> Workshop:
    return make_workshop()


def get(app: Flask, path: str) -> TestResponse:
    """A new visitor, outside of the test's own application context."""
    return Context().run(app.test_client().get, path)


def edit(workshop: Workshop, service: Callable[..., Any], *arguments: Any) -> Any:
    """Let an organiser use one of the desk's services."""
    db.session.refresh(workshop)
    team = make_organiser(f"team{workshop.version}@example.org").id
    return service(workshop.id, *arguments, version=workshop.version, organiser_id=team, now=NOW)


def session_facts(**columns: Any) -> SessionFacts:
    return SessionFacts(starts_local=START, ends_local=START + timedelta(hours=2), **columns)


def move_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)


@pytest.mark.parametrize("path", [PAGE, FORM])
def test_second_reader_costs_one_query(
    app: Flask, client: FlaskClient, workshop: Workshop, path: str
) -> None:
    client.get(path)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *seen: asked.append(seen[2]))

    client.get(path)

    assert len([one for one in asked if not one.startswith("BEGIN")]) == 1


@pytest.mark.parametrize("path", [PAGE, FORM])
def test_changed_workshop_is_shown(look: Look, workshop: Workshop, path: str) -> None:
    before = look(path)

    edit(workshop, publishing.change, WorkshopFacts(**FACTS | {"title": "Ganz neuer Titel"}))

    assert "Ganz neuer Titel" not in before
    assert "Ganz neuer Titel" in look(path)


def test_changed_capacity_is_shown(look: Look, workshop: Workshop) -> None:
    before = look(PAGE), look(FORM)

    edit(workshop, publishing.change, WorkshopFacts(**FACTS | {"capacity": 20}))

    assert all("Noch 16 von 16 Plätzen frei" in page for page in before)
    assert "Noch 20 von 20 Plätzen frei" in look(PAGE)
    assert "Noch 20 von 20 Plätzen frei" in look(FORM)


def test_cancelled_workshop_is_shown(look: Look, client: FlaskClient, workshop: Workshop) -> None:
    look(PAGE), look(FORM)
    db.session.refresh(workshop)

    publishing.cancel(
        workshop.id, version=workshop.version, text="", organiser_id=make_organiser().id, now=NOW
    )

    assert "Diese Veranstaltung wurde abgesagt." in look(PAGE)
    assert client.get(FORM).location == PAGE


def test_other_address_of_a_workshop_ends_the_old_one(client: FlaskClient, workshop: Workshop) -> None:
    client.get(PAGE)

    edit(workshop, publishing.change, WorkshopFacts(**FACTS | {"slug": "anders"}))

    assert client.get(PAGE).status_code == 404
    assert client.get("/workshops/anders").status_code == 200


def test_added_changed_and_removed_session_is_shown(look: Look, workshop: Workshop) -> None:
    seen = [look(PAGE)]

    added = edit(workshop, scheduling.add_session, session_facts(place="Rathaus"))
    seen.append(look(PAGE))
    edit(workshop, scheduling.change_session, added, session_facts(place="Kreishaus"))
    seen.append(look(PAGE))
    edit(workshop, scheduling.remove_session, added)
    seen.append(look(PAGE))

    assert ["Rathaus" in page for page in seen] == [False, True, False, False]
    assert ["Kreishaus" in page for page in seen] == [False, False, True, False]


def test_changed_agenda_alone_is_shown(look: Look, workshop: Workshop) -> None:
    first = workshop.sessions[0].id
    edit(workshop, scheduling.change_session, first, session_facts(agenda=(AgendaLine(time(10), "Alt"),)))
    before = look(PAGE)

    edit(workshop, scheduling.change_session, first, session_facts(agenda=(AgendaLine(time(10), "Neu"),)))

    assert ("Alt" in before, "Alt" in look(PAGE), "Neu" in look(PAGE)) == (True, False, True)


@pytest.mark.parametrize("path", [PAGE, FORM])
def test_added_changed_and_removed_rule_is_shown(look: Look, workshop: Workshop, path: str) -> None:
    seen = [look(path)]

    rule = edit(workshop, add_part, RULE)
    seen.append(look(path))
    in_hesse = RuleFacts(kind=RuleKind.FEDERAL_STATE, effect=RuleEffect.REVIEW, parameters={"states": ["HE"]})
    edit(workshop, change_part, rule, in_hesse)
    seen.append(look(path))
    edit(workshop, remove_part, type(workshop.rules[0]), rule)
    seen.append(look(path))

    assert ["mit Zielvereinbarung" in page for page in seen] == [False, True, False, False]
    assert ["aus Hessen" in page for page in seen] == [False, False, True, False]


def test_added_changed_and_removed_question_is_asked(look: Look, workshop: Workshop) -> None:
    seen = [look(FORM)]

    question = edit(workshop, add_part, QUESTION)
    seen.append(look(FORM))
    changed = QuestionFacts(kind=QuestionKind.YES_NO_UNSURE, label="Kommen Sie mit dem Rad?")
    edit(workshop, change_part, question, changed)
    seen.append(look(FORM))
    edit(workshop, remove_part, type(workshop.questions[0]), question)
    seen.append(look(FORM))

    assert ["Was erwarten Sie?" in page for page in seen] == [False, True, False, False]
    assert ["Kommen Sie mit dem Rad?" in page for page in seen] == [False, False, True, False]


@pytest.mark.parametrize("path", [PAGE, FORM])
def test_registration_takes_its_seat_on_the_page(look: Look, workshop: Workshop, path: str) -> None:
    before = look(path)

    sign_up(workshop)

    assert "Noch 16 von 16 Plätzen frei" in before
    assert "Noch 15 von 16 Plätzen frei" in look(path)


@pytest.mark.parametrize("path", [PAGE, FORM])
def test_last_seat_changes_the_page(look: Look, path: str) -> None:
    workshop = make_workshop(capacity=1)
    before = look(path)

    sign_up(workshop)

    assert ("Warteliste" in before, "Warteliste" in look(path)) == (False, True)


@pytest.mark.parametrize("path", [PAGE, FORM])
def test_hold_that_ends_gives_the_seat_back(
    look: Look, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    submit(workshop)
    before = look(path)

    move_clock(monkeypatch, NOW + timedelta(hours=2, seconds=1))

    assert "Noch 15 von 16 Plätzen frei" in before
    assert "Noch 16 von 16 Plätzen frei" in look(path)


@pytest.mark.parametrize("path", [PAGE, FORM])
def test_deadline_that_passes_closes_the_page(
    look: Look, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    assert workshop.closes_at is not None
    move_clock(monkeypatch, workshop.closes_at - timedelta(seconds=1))
    before = look(path)

    move_clock(monkeypatch, workshop.closes_at)

    closed = "Die Anmeldung ist geschlossen."
    assert (closed in before, closed in look(path)) == (False, True)


@pytest.mark.parametrize("path", [PAGE, FORM])
def test_start_of_a_workshop_without_deadline_closes_the_page(
    look: Look, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    workshop = make_workshop(deadline_on=None, closes_at=None)
    assert workshop.starts_at is not None
    move_clock(monkeypatch, workshop.starts_at - timedelta(seconds=1))
    before = look(path)

    move_clock(monkeypatch, workshop.starts_at)

    closed = "Die Anmeldung ist geschlossen."
    assert (closed in before, closed in look(path)) == (False, True)


@pytest.mark.parametrize("path", [PAGE, FORM])
def test_opening_opens_the_page(look: Look, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    make_workshop(opens_at=NOW + timedelta(hours=1))
    before = look(path)

    move_clock(monkeypatch, NOW + timedelta(hours=1))

    opens = "Die Anmeldung beginnt am"
    assert (opens in before, opens in look(path)) == (True, False)


def test_late_requests_end_with_the_workshop(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop = make_workshop(allows_late_requests=True)
    assert workshop.ends_at is not None
    move_clock(monkeypatch, workshop.ends_at - timedelta(seconds=1))
    before = look(PAGE)

    move_clock(monkeypatch, workshop.ends_at)

    assert ("Nachträglich anfragen" in before, "Nachträglich anfragen" in look(PAGE)) == (True, False)


def test_days_are_counted_anew_after_midnight(
    look: Look, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = look(PAGE)

    move_clock(monkeypatch, NOW.replace(hour=23))  # midnight in Berlin

    assert "in 28 Tagen" in before
    assert "in 27 Tagen" in look(PAGE)


def test_clock_that_is_set_back_is_believed(
    look: Look, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workshop.closes_at is not None
    move_clock(monkeypatch, workshop.closes_at)
    before = look(PAGE)

    move_clock(monkeypatch, NOW)

    closed = "Anmeldeschluss vorbei"
    assert (closed in before, closed in look(PAGE)) == (True, False)


def test_new_and_renamed_organisation_is_suggested(client: FlaskClient, workshop: Workshop) -> None:
    team, seen = make_organiser().id, [suggested(client)]

    number = add_organisation(OrganisationFacts(name="Kreis Neu"), organiser_id=team, now=NOW)
    seen.append(suggested(client))
    change_organisation(number, OrganisationFacts(name="Kreis Umbenannt"), organiser_id=team, now=NOW)
    seen.append(suggested(client))

    assert seen == [[], ["Kreis Neu"], ["Kreis Umbenannt"]]


def suggested(client: FlaskClient) -> list[str]:
    answer = client.get("/organisations?q=kreis")
    return [one["name"] for one in answer.json["organisations"]]  # type: ignore[index] # it is JSON


@pytest.mark.parametrize("path", [PAGE, FORM])
def test_each_language_has_its_own_page(app: Flask, workshop: Workshop, path: str) -> None:
    pages = [get(app, address).text for address in (path, f"/en{path}", path, f"/en{path}")]

    assert ['<html lang="de">' in page for page in pages] == [True, False, True, False]
    assert [f'href="/en{path}"' in page for page in pages] == [True, False, True, False]


def test_two_visitors_never_share_a_token_or_a_key(app: Flask, workshop: Workshop) -> None:
    fields = [hidden_fields(get(app, FORM)) for _ in range(3)]

    assert len({one["csrf_token"] for one in fields}) == 3
    assert len({one["form_key"] for one in fields}) == 3


def test_error_page_of_one_person_is_not_shown_to_the_next(app: Flask, workshop: Workshop) -> None:
    first = app.test_client()
    first.post(FORM, data=hidden_fields(first.get(FORM)) | {"family_name": "Geheim"})

    page = app.test_client().get(FORM).text

    assert "Geheim" not in page
    assert "Bitte prüfen Sie Ihre Angaben" not in page


def test_kept_page_sets_no_cookie(client: FlaskClient, workshop: Workshop) -> None:
    answers = [client.get(PAGE) for _ in range(2)]

    assert [answer.headers.get("Set-Cookie") for answer in answers] == [None, None]


def test_query_of_one_reader_does_not_reach_the_next(client: FlaskClient, workshop: Workshop) -> None:
    client.get(f"{PAGE}?from=newsletter", headers={"X-Forwarded-Prefix": "/elsewhere"})

    assert "newsletter" not in client.get(PAGE).text


def test_store_forgets_what_was_not_used_longest() -> None:
    store = Store(most=2)
    store.keep("a", 1)
    store.keep("b", 2)
    store.get("a")

    store.keep("c", 3)

    assert (store.get("a"), store.get("b"), store.get("c"), len(store)) == (1, None, 3, 2)
