"""What is remembered of a mail gives to nobody else what is not hers."""

import re
from pathlib import Path

import pytest
from flask import Flask

from config import ROOT
from registration.mail.patterns import GAPS
from registration.mail.rendering import render
from registration.models import OutboxMessage
from registration.vocabulary import MailKind
from tests.mail.cast import STATES, ada, kooperation, outbox
from tests.times import NOW

on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
BEN = {
    "reference": "BEN-1",
    "given_name": "<Ben>",
    "email": "ben@example.org",
    "email_key": "ben@example.org",
}


def _mails_to_two(kind: MailKind) -> tuple[OutboxMessage, OutboxMessage]:
    workshop = kooperation()
    state = {"state": STATES[kind]} if kind in STATES else {}
    first, second = ada(workshop, **state), ada(workshop, **state | BEN)
    return outbox(kind, first), outbox(kind, second)


@on_sqlite
@pytest.mark.parametrize("kind", MailKind)
def test_second_mail_is_what_it_would_be_as_the_first(app_context: Flask, kind: MailKind):
    first, second = _mails_to_two(kind)
    alone = render(second, now=NOW)
    app_context.extensions.pop("mail_patterns")

    render(first, now=NOW)

    assert render(second, now=NOW) == alone


@on_sqlite
@pytest.mark.parametrize("kind", [kind for kind in MailKind if kind != MailKind.SEAT_FREE])
def test_nothing_of_the_first_person_stands_in_the_mail_of_the_second(app_context: Flask, kind: MailKind):
    first, second = _mails_to_two(kind)
    to_ada, to_ben = render(first, now=NOW), render(second, now=NOW)

    secret = r"/(?:confirm|my-registration|join[a-z]*)/([A-Za-z0-9_-]{43})"
    assert "Ada" not in to_ben.text + to_ben.html
    assert set(re.findall(secret, to_ada.text)) & set(re.findall(secret, to_ben.text + to_ben.html)) == set()


@on_sqlite
def test_changed_room_stands_in_the_next_mail_and_its_calendar_file(app_context: Flask):
    first, second = _mails_to_two(MailKind.SEAT_CERTAIN)
    render(first, now=NOW)
    first.workshop.sessions[0].room_password = "Stachelbeere"

    rendered = render(second, now=NOW)

    assert "Stachelbeere" in rendered.text
    assert "Stachelbeere" in rendered.html
    assert b"Stachelbeere" in rendered.attachments[0].content.replace(b"\r\n ", b"")
    assert "Brombeere" not in rendered.text + rendered.html


def test_templates_print_what_is_personal_or_ask_whether_it_is_there():
    gaps = "|".join(GAPS)
    printed = rf"{{{{ mail\.({gaps}) }}}}|, name=mail\.name\) }}}}|{{{{ button\(mail\.({gaps}), "
    asked = rf"{{% (el)?if [a-z_. ]*mail\.({gaps})( (and|or) [a-z_. ]+)? %}}"
    allowed = re.compile(f"{printed}|{asked}")
    for path in Path(ROOT, "templates", "mail").rglob("*.*"):
        rest = allowed.sub("", path.read_text())
        assert re.findall(rf"mail\.(?:{gaps})\b", rest) == [], path
