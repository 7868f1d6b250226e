"""Who may open what: every address of the desk, for nobody and for every role (ASVS 8.2.1)."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration.extensions import db
from registration.models import MailRule, OutboxMessage
from registration.vocabulary import Role
from tests.factories import default_mail_plan, make_organisation, make_workshop, require_agreement, sign_up
from tests.views.organiser.conftest import SignInAs

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

LOOK, CHANGE, ONLY_POST, ADMIN = "look", "change", "only post", "admin"

# A new page has to be named here: LOOK for everybody signed in, CHANGE not for a viewer, ADMIN for admins.
POLICIES = {
    "today": LOOK,
    "workshops": LOOK,
    "workshop": LOOK,
    "new_workshop": CHANGE,
    "settings": LOOK,
    "publication": CHANGE,
    "cancellation": CHANGE,
    "copy": ONLY_POST,
    "sessions": LOOK,
    "new_session": CHANGE,
    "edit_session": CHANGE,
    "remove_session": ONLY_POST,
    "changes": CHANGE,
    "changes_preview": CHANGE,
    "keep_quiet": ONLY_POST,
    "attendance": LOOK,
    "new_part": CHANGE,
    "edit_part": CHANGE,
    "remove_part": ONLY_POST,
    "registrations": LOOK,
    "decide": CHANGE,
    "enter": CHANGE,
    "person": LOOK,
    "correct": CHANGE,
    "recognise": ONLY_POST,
    "accept_changes": ONLY_POST,
    "answer_erasure": ONLY_POST,
    "organisations": LOOK,
    "new_organisation": CHANGE,
    "organisation": CHANGE,
    "mails": LOOK,
    "workshop_mails": LOOK,
    "mail": LOOK,
    "retry": ONLY_POST,
    "retry_all": ONLY_POST,
    "resend": ONLY_POST,
    "mark_undeliverable": ONLY_POST,
    "lift": ONLY_POST,
    "pause_mails": ONLY_POST,
    "resume_mails": ONLY_POST,
    "preview": LOOK,
    "preview_html": LOOK,
    "journal": LOOK,
    "diagnosis": ADMIN,
}


@pytest.fixture
def addresses(app: Flask) -> dict[str, str]:
    """One real address for every page of the desk."""
    with app.app_context():
        workshop = make_workshop()
        require_agreement(workshop)
        default_mail_plan(workshop)
        organisation = make_organisation()
        registration = sign_up(workshop)
        db.session.expire_all()
        values = {
            "workshop_id": workshop.id,
            "session_id": workshop.sessions[0].id,
            "kind": "mail-plan",
            "part_id": db.session.query(MailRule).first().id,
            "registration_id": registration.id,
            "organisation_id": organisation.id,
            "message_id": db.session.query(OutboxMessage).first().id,
            "name": "approve",
            "mail_kind": "reminder",
        }
    with app.test_request_context():
        return {rule.endpoint: _address(app, rule, values) for rule in _rules(app)}


def _rules(app: Flask) -> list:
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/organiser")]


def _address(app: Flask, rule, values: dict) -> str:
    needed = {name: value for name, value in values.items() if name in rule.arguments}
    return app.url_for(rule.endpoint, **needed)


def _status(browser: FlaskClient, address: str, policy: str, method: str) -> int:
    return browser.open(address, method=method).status_code


def test_every_page_has_a_policy(app: Flask) -> None:
    assert {rule.endpoint.removeprefix("organiser.") for rule in _rules(app)} == set(POLICIES)


def test_nobody_is_sent_to_the_sign_in_page(client: FlaskClient, addresses: dict[str, str]) -> None:
    for address in addresses.values():
        for method in ("GET", "POST", "HEAD"):
            answer = client.open(address, method=method)
            assert answer.status_code in (303, 405, 400), f"{method} {address}"
            if answer.status_code == 303:
                assert answer.location.startswith("/sign-in?next=")


def test_a_post_of_nobody_changes_nothing(app: Flask, addresses: dict[str, str]) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for address in addresses.values():
        assert app.test_client().post(address).status_code in (303, 405)


def test_viewer_may_look(sign_in_as: SignInAs, addresses: dict[str, str]) -> None:
    viewer = sign_in_as(Role.VIEWER)
    for endpoint, policy in POLICIES.items():
        expected = {LOOK: 200, CHANGE: 403, ONLY_POST: 405, ADMIN: 403}[policy]
        assert viewer.get(addresses[f"organiser.{endpoint}"]).status_code == expected, endpoint


def test_viewer_changes_nothing(app: Flask, sign_in_as: SignInAs, addresses: dict[str, str]) -> None:
    viewer = sign_in_as(Role.VIEWER)
    app.config["WTF_CSRF_ENABLED"] = False
    for endpoint, address in addresses.items():
        assert viewer.post(address).status_code in (403, 405), endpoint


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.ADMIN])
def test_organiser_and_admin_see_every_page_that_is_theirs(
    role: Role, sign_in_as: SignInAs, addresses: dict[str, str]
) -> None:
    browser = sign_in_as(role)
    for endpoint, policy in POLICIES.items():
        refused = 403 if policy is ADMIN and role is not Role.ADMIN else 200
        expected = 405 if policy is ONLY_POST else refused
        assert browser.get(addresses[f"organiser.{endpoint}"]).status_code == expected, endpoint


def test_a_post_without_the_token_of_a_form_is_refused(desk: FlaskClient, addresses: dict[str, str]) -> None:
    for endpoint, policy in POLICIES.items():
        if policy is ONLY_POST:
            assert desk.post(addresses[f"organiser.{endpoint}"]).status_code == 400, endpoint


def test_pages_of_the_desk_are_never_stored(desk: FlaskClient, addresses: dict[str, str]) -> None:
    assert desk.get("/organiser").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "address",
    [
        "/organiser/workshops/999",
        "/organiser/workshops/99999999999999999999",
        "/organiser/registrations/999",
        "/organiser/registrations/99999999999999999999",
        "/organiser/mails/999",
        "/organiser/organisations/999",
        "/organiser/workshops/1/sessions/999",
        "/organiser/workshops/1/rules/999",
        "/organiser/workshops/1/registrations/unheard-of",
    ],
)
def test_what_does_not_exist_is_not_found(address: str, desk: FlaskClient, addresses: dict[str, str]) -> None:
    assert desk.get(address).status_code == 404


def test_parts_of_another_workshop_are_not_found(
    app: Flask, desk: FlaskClient, addresses: dict[str, str]
) -> None:
    with app.app_context():
        other = make_workshop(slug="andere").id

    session = addresses["organiser.edit_session"].rpartition("/")[2]
    rule = addresses["organiser.edit_part"].rpartition("/")[2]
    person = addresses["organiser.person"].rpartition("/")[2]
    assert desk.get(f"/organiser/workshops/{other}/sessions/{session}").status_code == 404
    assert desk.get(f"/organiser/workshops/{other}/mail-plan/{rule}").status_code == 404
    assert desk.get(f"/organiser/workshops/{other}/registrations/approve?ids={person}").status_code == 404
