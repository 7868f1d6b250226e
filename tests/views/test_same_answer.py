"""Known or unknown, the form answers alike: status, page, bytes, and what the database is asked (L-55)."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event, select

from registration.extensions import db
from registration.models import Registration
from tests.factories import make_workshop, sign_up, submit
from tests.views.pages import hidden_fields, send, words

pytestmark = pytest.mark.usefixtures("at_now")
FORM = "/workshops/kooperation/register"
ADA = {"given_name": "Ada", "family_name": "Lovelace", "organisation": "Stadt Musterhausen"}
WHO = {"unknown": "eva", "unconfirmed": "ben", "has a seat": "ada"}
_SECRET = re.compile(r'value="[^"]{12,}"')


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    made = make_app()
    with made.app_context():
        workshop = make_workshop(capacity=None)
        submit(workshop, "ben", given_name="Ada", family_name="Lovelace")
        sign_up(workshop, "ada")
    return made


@contextmanager
def statements(app: Flask) -> Iterator[Counter[str]]:
    """What the database is asked meanwhile, by kind."""
    asked: Counter[str] = Counter()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked[statement.split(maxsplit=1)[0].upper()] += 1

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def answer(app: Flask, name: str) -> tuple[int, str, str, Counter[str]]:
    """Status, address, page without secrets, and statements of one sent form."""
    visitor = app.test_client()
    fields = hidden_fields(visitor.get(FORM)) | ADA | {"email": f"{name}@musterhausen.example.org"}
    with statements(app) as asked:
        sent = visitor.post(FORM, data=fields)
    page = visitor.get(sent.location).text.replace(f"{name}@", "somebody@")
    return sent.status_code, sent.location, _SECRET.sub("", page), asked


def test_status_address_and_page_are_the_same(app: Flask) -> None:
    answers = [answer(app, name)[:3] for name in WHO.values()]

    assert answers[0][0] == 303
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("who", ["unconfirmed", "has a seat"])
def test_the_database_is_asked_for_the_same_kinds_and_about_as_often(app: Flask, who: str) -> None:
    answer(app, "warm")  # the first form of a process reads what is kept afterwards
    unknown, known = answer(app, WHO["unknown"])[3], answer(app, WHO[who])[3]

    assert set(unknown) == set(known)
    assert abs(unknown.total() - known.total()) <= 2, (unknown, known)


def test_full_workshop_answers_alike_too(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    with app.app_context():
        workshop = make_workshop(capacity=1, has_waiting_list=False)
    visitors = [app.test_client() for _ in range(2)]
    forms = [hidden_fields(visitor.get(FORM)) | ADA for visitor in visitors]
    with app.app_context():
        sign_up(db.session.merge(workshop), "ada")

    pages = [
        visitor.post(FORM, data=form | {"email": f"{name}@musterhausen.example.org"})
        for visitor, form, name in zip(visitors, forms, ("ada", "eva"), strict=True)
    ]

    assert [page.status_code for page in pages] == [422, 422]
    assert len({words(page).replace("ada@", "").replace("eva@", "") for page in pages}) == 1


def test_limit_of_an_address_answers_alike_too(make_app: Callable[..., Flask]) -> None:
    app = make_app(REGISTRATIONS_PER_ADDRESS_PER_HOUR=1)
    with app.app_context():
        sign_up(make_workshop(), "ada")
    known = ADA | {"email": "ada@musterhausen.example.org"}

    statuses = [
        send(app.test_client(), FORM, known | {"family_name": name}).status_code
        for name in ("Lovelace", "Byron")
    ]

    assert statuses == [429, 429]
    with app.app_context():
        assert len(db.session.scalars(select(Registration.id)).all()) == 1
