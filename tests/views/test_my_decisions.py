"""What can be decided on one's own page: an offered seat, consents, another organisation."""

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration import clock
from registration.extensions import db
from registration.models import Registration, Workshop
from registration.services.offering import end_due_offers
from registration.services.withdrawing import withdraw
from registration.vocabulary import ConsentKind, LinkPurpose, MailKind, RegistrationState, RuleEffect
from tests.factories import mails, make_organisation, make_workshop, require_agreement, sign_up
from tests.times import NOW
from tests.views.pages import hidden_fields, send, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]
State = RegistrationState


def page_of(app: Flask, registration: Registration) -> str:
    link = registration.link(LinkPurpose.MANAGE)
    assert link is not None
    return f"/my-registration/{link.token(app.config['SECRET_KEY'])}"


def state(registration: Registration) -> RegistrationState:
    db.session.expire_all()
    return registration.state


@pytest.fixture
def asking() -> Workshop:
    """One seat, for which those who wait are asked."""
    return make_workshop(capacity=1, asks_before_moving_up=True)


@pytest.fixture
def ben(asking: Workshop) -> Registration:
    """The first in line, to whom the seat was just offered; Eva is the next."""
    ada, ben = sign_up(asking, "ada"), sign_up(asking, "ben")
    sign_up(asking, "eva")
    withdraw(ada.id, now=NOW)
    assert state(ben) is State.OFFERED
    return ben


def test_offer_is_shown_with_its_end_and_how_long_that_is(
    app: Flask, client: FlaskClient, ben: Registration
) -> None:
    page = words(client.get(page_of(app, ben)))

    assert "Wir bieten Ihnen einen Platz an." in page
    assert "bis Samstag, 16. Januar 2027, 10:00 Uhr (noch 24 Stunden) an." in page


@pytest.mark.parametrize(("answer", "became"), [("accept", State.CONFIRMED), ("let_go", State.WITHDRAWN)])
def test_offer_is_answered_by_a_choice_and_the_button(
    app: Flask, client: FlaskClient, ben: Registration, answer: str, became: RegistrationState
) -> None:
    mine = page_of(app, ben)
    assert send(client, mine, {}, to=f"{mine}/offer").status_code == 422
    assert state(ben) is State.OFFERED

    assert send(client, mine, {"decision": answer}, to=f"{mine}/offer").location == mine

    assert state(ben) is became


def test_ended_offer_cannot_be_taken_and_the_page_says_why(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, ben: Registration
) -> None:
    mine = page_of(app, ben)
    fields = hidden_fields(client.get(mine)) | {"decision": "accept"}
    later = NOW + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)

    page = client.post(f"{mine}/offer", data=fields)

    assert page.status_code == 409
    assert "Das Angebot ist abgelaufen." in words(page)
    end_due_offers(now=later)
    assert "Den angebotenen Platz haben Sie nicht rechtzeitig angenommen." in words(client.get(mine))


def test_ended_offer_is_no_offer_any_more_before_the_worker_has_looked(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, ben: Registration
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=24))

    page = client.get(page_of(app, ben))

    assert "Das Angebot ist abgelaufen. Der Platz geht an die nächste Person." in words(page)
    assert "Bitte nehmen Sie den Platz" not in words(page)
    assert "/offer" not in page.text


def test_who_waits_sees_her_rank_and_can_leave(app: Flask, client: FlaskClient, asking: Workshop) -> None:
    sign_up(asking, "ada")
    ben = sign_up(asking, "ben")
    mine = page_of(app, ben)
    assert "an 1. Stelle." in words(client.get(mine))
    assert "Möchten Sie die Warteliste verlassen?" in words(client.get(mine))

    send(client, mine, {"decision": "withdraw"}, to=f"{mine}/withdrawal")

    assert state(ben) is State.WITHDRAWN


def test_consents_are_given_and_taken_back_and_an_unchanged_form_changes_nothing(
    app: Flask, client: FlaskClient
) -> None:
    asked = [ConsentKind.PHOTO, ConsentKind.ANNOUNCEMENTS]
    ada = sign_up(make_workshop(consents=asked), consents=(ConsentKind.PHOTO,))
    mine = page_of(app, ada)

    def in_force() -> list[ConsentKind]:
        db.session.expire_all()
        return [one.kind for one in ada.consents if one.is_in_force]

    send(client, mine, {"photo": "y"}, to=f"{mine}/consents")
    assert in_force() == [ConsentKind.PHOTO]
    assert len(ada.consents) == 1

    answer = send(client, mine, {"announcements": "y"}, to=f"{mine}/consents")
    assert in_force() == [ConsentKind.ANNOUNCEMENTS]
    assert "Ihre Einwilligungen sind gespeichert." in words(client.get(answer.location))
    assert state(ada) is State.CONFIRMED


def typed(**fields: str) -> dict[str, str]:
    known = {"given_name": "Ada", "family_name": "Lovelace", "organisation": "Stadt Musterhausen"}
    return known | fields


@pytest.fixture
def towns(app_context: Flask) -> None:
    make_organisation("Stadt Musterhausen", agreements=[(date(2026, 1, 1), None)])
    make_organisation("Gemeinde Ohnefeld")


@pytest.mark.usefixtures("towns")
def test_seat_is_kept_and_marked_when_the_new_organisation_is_not_eligible(
    app: Flask, client: FlaskClient
) -> None:
    workshop = make_workshop()
    require_agreement(workshop, RuleEffect.REFUSE)
    ada = sign_up(workshop)
    mine = page_of(app, ada)
    assert "Einen sicheren Platz behalten Sie." in words(client.get(f"{mine}/data"))

    answer = send(client, f"{mine}/data", typed(organisation="Gemeinde Ohnefeld"))

    said = words(client.get(answer.location))
    assert "Ihren Platz behalten Sie. Das Organisationsteam prüft die Änderung." in said
    assert (state(ada), ada.reasons) == (State.CONFIRMED, ["changed_by_person"])
    send(client, f"{mine}/data", typed())
    assert (state(ada), ada.reasons) == (State.CONFIRMED, [])


@pytest.mark.usefixtures("towns")
def test_who_only_waits_is_refused_an_organisation_that_may_not_come(app: Flask, client: FlaskClient) -> None:
    workshop = make_workshop(capacity=0)
    require_agreement(workshop, RuleEffect.REFUSE)
    ada = sign_up(workshop)

    page = send(client, f"{page_of(app, ada)}/data", typed(organisation="Gemeinde Ohnefeld"))

    assert page.status_code == 422
    assert "Gemeinde Ohnefeld hat keine Zielvereinbarung." in words(page)
    assert (state(ada), ada.organisation_name) == (State.WAITING, "Stadt Musterhausen")


@pytest.mark.usefixtures("towns")
def test_who_was_under_review_gets_her_seat_with_the_right_organisation(
    app: Flask, client: FlaskClient
) -> None:
    workshop = make_workshop()
    require_agreement(workshop)
    ada = sign_up(workshop, organisation="Gemeinde Ohnefeld")
    assert state(ada) is State.IN_REVIEW

    send(client, f"{page_of(app, ada)}/data", typed())

    assert state(ada) is State.CONFIRMED
    assert len(mails(MailKind.SEAT_CERTAIN)) == 1


@pytest.mark.usefixtures("towns")
def test_limit_of_an_organisation_does_not_cost_a_seat_but_is_marked(app: Flask, client: FlaskClient) -> None:
    workshop = make_workshop(limit_per_organisation=1)
    sign_up(workshop, "ben", organisation="Gemeinde Ohnefeld")
    ada = sign_up(workshop)

    send(client, f"{page_of(app, ada)}/data", typed(organisation="Gemeinde Ohnefeld"))

    assert (state(ada), ada.reasons) == (State.CONFIRMED, ["changed_by_person"])


def test_unchanged_form_leaves_no_trace(app: Flask, client: FlaskClient) -> None:
    ada = sign_up(make_workshop())

    answer = send(client, f"{page_of(app, ada)}/data", typed())

    assert answer.location.endswith("?saved=nothing")
