"""Names and texts that break programs: each is shown literally on the whole way, or refused in words."""

from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import icalendar
import pytest
from flask import Flask
from sqlalchemy import select

from registration.extensions import db
from registration.mail.building import build
from registration.mail.rendering import render
from registration.models import OutboxMessage, Question, Registration
from registration.services.confirming import confirm_address
from registration.services.signing_in import create_organiser
from registration.vocabulary import LinkPurpose, MailKind, QuestionKind, Role
from tests.factories import make_workshop, save
from tests.times import NOW
from tests.views.pages import send, words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now"),
]
FORM = "/workshops/kooperation/register"
ADA = {"family_name": "Lovelace", "email": "ada@example.org", "organisation": "Stadt Musterhausen"}
SHOWN = {
    "apostrophe": "O'Brien",
    "one character": "李",
    "right to left": "مريم السعيد",
    "emoji with joiner": "Ada 👩\u200d👩\u200d👧",
    "template": "{{ config }} {% raw %} ${x} %(name)s {0}",
    "markup": "<script>alert(1)</script>",
    "entity": '&lt;b&gt; &amp; "Anführung"',
    "formula": "=1+1",
    "calendar": "x;y,z\\n END:VEVENT",
    "decomposed": "Jo\u0308rg",
    "two hundred": "x" * 200,
    "null": "null",
    "line break": "Ada\nBcc: eve@example.org",
}
REFUSED = {
    "ten thousand": ("x" * 10_000, "Zeichen lang. Erlaubt sind"),
    "bidi override": (
        "Love\u202elace",
        "enthält unsichtbare Steuerzeichen. Bitte tippen Sie den Text neu ein.",
    ),
    "isolate": ("Love\u2066lace", "enthält unsichtbare Steuerzeichen."),
    "bell": ("Love\x07lace", "enthält unsichtbare Steuerzeichen."),
    "nul": ("Love\x00lace", "enthält unsichtbare Steuerzeichen."),
    "escape": ("\x1b[31mLovelace", "enthält unsichtbare Steuerzeichen."),
}
FIELDS = ("given_name", "family_name", "organisation", "role", "note", "support_needs")
PASSWORD = "ein-gutes-passwort"


class Way:
    """From the form to the calendar file."""

    def __init__(self, app: Flask) -> None:
        self.app, self.visitor = app, app.test_client()
        with app.app_context():
            workshop = make_workshop()
            kind = QuestionKind.SHORT_TEXT
            self.field = save(
                Question(workshop_id=workshop.id, kind=kind, label="Frage?", purpose="!")
            ).field_name
            create_organiser("desk@example.org", name="D", role=Role.ORGANISER, password=PASSWORD, now=NOW)

    def send(self, text: str, **fields: str) -> Any:
        everywhere = dict.fromkeys((*FIELDS, self.field), text)
        return send(self.visitor, FORM, {"email": "ada@example.org"} | everywhere | fields)

    def confirm(self) -> None:
        with self.app.app_context():
            number = db.session.scalars(select(Registration.id)).one()
            confirm_address(number, now=NOW)
            link = db.session.get_one(Registration, number).link(LinkPurpose.MANAGE)
            self.own_page = f"/my-registration/{link.token(self.app.config['SECRET_KEY'])}"
            self.desk_page = f"/organiser/registrations/{number}"

    def desk(self) -> Any:
        desk = self.app.test_client()
        send(desk, "/sign-in", {"email": "desk@example.org", "password": PASSWORD})
        return desk.get(self.desk_page)

    def mail(self, kind: MailKind) -> EmailMessage:
        with self.app.app_context():
            message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind)).one()
            content = build(message, render(message, now=NOW))
        return BytesParser(policy=policy.default).parsebytes(content)


@pytest.fixture
def way(make_app: Callable[..., Flask]) -> Way:
    return Way(make_app())


def spoken(text: str) -> str:
    """As it is stored: composed, in one line."""
    return " ".join(text.replace("Jo\u0308rg", "Jörg").split())


@pytest.mark.parametrize("name", SHOWN)
def test_text_is_shown_literally_everywhere(way: Way, name: str) -> None:
    text = spoken(SHOWN[name])

    assert way.send(SHOWN[name]).status_code == 303

    way.confirm()
    own, desk = way.visitor.get(way.own_page), way.desk()
    mail = way.mail(MailKind.SEAT_CERTAIN)
    assert text in words(own)
    assert words(desk).count(text) >= len(FIELDS)
    assert text in " ".join(mail.get_body(("plain",)).get_content().split())
    assert "<script>alert" not in own.text + desk.text + mail.get_body(("html",)).get_content()
    (calendar,) = [part for part in mail.iter_attachments() if part.get_content_type() == "text/calendar"]
    events = icalendar.Calendar.from_ical(calendar.get_content()).walk("VEVENT")
    assert len(events) == 1
    assert len(mail["To"].addresses) == 1
    assert mail["Bcc"] is None


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", REFUSED)
def test_text_that_cannot_be_shown_is_refused_at_its_field_with_a_sentence(
    way: Way, name: str, field: str
) -> None:
    text, sentence = REFUSED[name]

    page = way.send("Ada", **{field: text})

    assert page.status_code == 422
    assert words(page).count(sentence) == 2
    assert f'href="#{field}"' in page.text
    assert text in page.text


@pytest.mark.parametrize("address", ["ada@müller.example.org", "o'brien+kurs@example.org"])
def test_odd_address_is_taken_and_shown(way: Way, address: str) -> None:
    sent = way.send("Ada", email=address)

    assert address in words(way.visitor.get(sent.location))
    way.confirm()
    assert address in words(way.desk())
    assert way.mail(MailKind.SEAT_CERTAIN)["To"].addresses[0].addr_spec.isascii()


def test_address_with_umlauts_before_the_at_is_refused_with_a_sentence(way: Way) -> None:
    page = way.send("Ada", email="jörg@example.org")

    assert page.status_code == 422
    assert words(page).count("enthält Umlaute vor dem @. Bitte nennen Sie eine andere.") == 2
    assert 'value="jörg@example.org"' in page.text
