"""Secrets of mailed links: each opens one thing for one person; wrong ones tell nothing (L-54)."""

import secrets
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration import clock
from registration.extensions import db
from registration.models import Registration
from registration.services.changing_address import request_new_address
from registration.vocabulary import LinkPurpose
from tests.every_mail import newest_link
from tests.factories import make_workshop, sign_up, submit
from tests.times import NOW
from tests.views.pages import hidden_fields, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]
PAGES = {
    LinkPurpose.CONFIRM: "/confirm/{}",
    LinkPurpose.MANAGE: "/my-registration/{}",
    LinkPurpose.JOIN: "/join/{}",
    LinkPurpose.NEW_ADDRESS: "/new-address/{}",
}


@pytest.fixture
def at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def ada(app_context: Flask) -> Registration:
    ada = sign_up(make_workshop())
    request_new_address(ada.id, "ada@neustadt.example.org", now=NOW)
    db.session.expire_all()
    return ada


def token(app: Flask, registration: Registration, purpose: LinkPurpose) -> str:
    link = registration.link(purpose)
    assert link is not None
    made = link.token(app.config["SECRET_KEY"])
    assert made is not None
    return made


def test_link_of_one_purpose_opens_no_other_page(app: Flask, client: FlaskClient, ada: Registration) -> None:
    for own in LinkPurpose:
        for page in LinkPurpose:
            answer = client.get(PAGES[page].format(token(app, ada, own)))
            assert answer.status_code == (200 if own is page else 404), (own, page)


@pytest.mark.parametrize("path", ["/withdrawal", "/return", "/offer", "/consents", "/address", "/erasure"])
def test_link_of_another_purpose_changes_nothing(
    app: Flask, client: FlaskClient, ada: Registration, path: str
) -> None:
    for purpose in (LinkPurpose.CONFIRM, LinkPurpose.JOIN, LinkPurpose.NEW_ADDRESS):
        answer = client.post(
            f"/my-registration/{token(app, ada, purpose)}{path}", data={"decision": "withdraw"}
        )
        assert answer.status_code == 404


def test_wrong_links_all_get_the_same_page(app: Flask, client: FlaskClient, ada: Registration) -> None:
    right = token(app, ada, LinkPurpose.MANAGE)
    wrong = [
        secrets.token_urlsafe(32),  # guessed
        right[:-1],  # cut by a mail program
        right[: len(right) // 2],
        right.swapcase(),
        token(app, ada, LinkPurpose.CONFIRM),
        "x",
    ]

    pages = {_without_own_address(client.get(f"/my-registration/{one}").text, one) for one in wrong}

    assert len(pages) == 1
    page = client.get(f"/my-registration/{right[:-1]}")
    assert "Neuen Link anfordern" in words(page)
    assert not any(told in page.text for told in ("Ada", "Lovelace", ada.workshop.title, ada.reference))


def _without_own_address(page: str, wrong: str) -> str:
    """The switch of languages names the page itself."""
    return page.replace(f'/my-registration/{wrong}"', "…")


@pytest.mark.parametrize("glued", ["{}.", "{}>", "{}%20", "{}),", "{}%0D%0A", "{}="])
def test_what_a_mail_program_glues_to_a_link_does_no_harm(
    app: Flask, client: FlaskClient, ada: Registration, glued: str
) -> None:
    path = PAGES[LinkPurpose.MANAGE].format(glued.format(token(app, ada, LinkPurpose.MANAGE)))

    assert client.get(path).status_code == 200


@pytest.mark.parametrize("wrapped", ["{}=%0D%0A{}", "{}%0A{}", "{}%20{}"])
def test_link_that_was_wrapped_by_a_mail_program_still_opens(
    app: Flask, client: FlaskClient, ada: Registration, wrapped: str
) -> None:
    right = token(app, ada, LinkPurpose.MANAGE)
    path = PAGES[LinkPurpose.MANAGE].format(wrapped.format(right[:20], right[20:]))

    assert client.get(path).status_code == 200


def test_link_of_another_person_shows_only_hers(app: Flask, client: FlaskClient, ada: Registration) -> None:
    ben = sign_up(ada.workshop, "ben")

    page = words(client.get(PAGES[LinkPurpose.MANAGE].format(token(app, ben, LinkPurpose.MANAGE))))

    assert "Ben Bitdiddle" in page
    assert "Lovelace" not in page


def test_used_link_to_a_new_address_acts_once(app: Flask, client: FlaskClient, ada: Registration) -> None:
    path = PAGES[LinkPurpose.NEW_ADDRESS].format(token(app, ada, LinkPurpose.NEW_ADDRESS))
    fields = hidden_fields(client.get(path))

    first = client.post(path, data=fields)
    second = client.post(path, data=fields)

    assert (first.status_code, second.status_code) == (303, 200)
    assert "Ihre neue Adresse ist bereits bestätigt" in words(second)
    assert "/my-registration/" not in second.text
    assert newest_link(ada)


def test_old_mailbox_opens_nothing_after_the_change(
    app: Flask, client: FlaskClient, ada: Registration
) -> None:
    old = [PAGES[purpose].format(token(app, ada, purpose)) for purpose in PAGES if purpose != "new_address"]
    path = PAGES[LinkPurpose.NEW_ADDRESS].format(token(app, ada, LinkPurpose.NEW_ADDRESS))

    new = client.post(path, data=hidden_fields(client.get(path))).location

    assert [client.get(one).status_code for one in old] == [404, 404, 404]
    assert "ada@neustadt.example.org" in words(client.get(new))


def test_thousand_guesses_are_stopped_and_tell_nothing(app: Flask, client: FlaskClient) -> None:
    answers = [client.get(f"/my-registration/{secrets.token_urlsafe(32)}") for _ in range(1000)]

    codes = [answer.status_code for answer in answers]
    assert set(codes) == {404, 429}
    assert codes.count(404) == app.config["LINK_GUESSES_PER_MINUTE"]
    assert codes.index(429) == codes.count(404)
    assert "Zu viele Versuche" in words(answers[-1])


def test_copy_of_the_database_opens_nothing(app: Flask, ada: Registration) -> None:
    fay = submit(ada.workshop, "fay")
    own = [token(app, one, link.purpose) for one in (ada, fay) for link in one.links]
    db.session.remove()
    db.engine.dispose()

    database = Path(str(db.engine.url.database))
    copied = b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))

    assert b"ada@neustadt.example.org" in copied
    assert len(own) == 7
    assert [one for one in own if one.encode() in copied] == []
