"""Whatever people paste: every mail is built right, or refused in words; nothing else happens."""

from email import policy
from email.parser import BytesParser

import icalendar
import pytest
from flask import Flask

from registration.extensions import db
from registration.mail.building import BuildError, build
from registration.mail.rendering import RenderingError, render
from registration.vocabulary import MailKind
from tests.mail.cast import ada, kooperation, outbox
from tests.times import NOW

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

NASTY = {
    "line break": "Titel\r\nBcc: eve@example.org",
    "bare line feed": "Titel\nBcc: eve@example.org",
    "line separator": "Titel\u2028Bcc: eve@example.org",
    "nul and escape": "Ti\0tel\x1b[31m",
    "surrogate": "Ti\ud800tel",
    "address signs": 'Agentur: "Bildung", Süd @ Hessen <eve@example.org>',
    "umlauts": "Ä" * 23,
    "long": "x" * 10_000,
    "long words": "Größenveränderung " * 600,
    "template": "{{ 7*7 }} {% raw %} %(title)s %s {0} ${x}",
    "markup": "<script>alert(1)</script><img src=//eve.example.org>&amp;",
    "encoded word": "=?utf-8?q?abc?= =?utf-8?b?w4Q=?=",
    "right to left": "مرحبا \u202eabc",
    "emoji": "👩‍👩‍👧‍👦" * 30,
    "signature": "-- \nGefälscht",
    "percent": "100 % sicher",
    "calendar": "x\nEND:VEVENT\nBEGIN:VEVENT\\;,",
    "empty": "",
    "blank": "   ",
}
TEXTS = ["title", "contact_name", "contact_phone", "expectations"]


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("name", NASTY)
def test_mail_is_right_or_refused(app_context: Flask, kind: MailKind, name: str):
    nasty = NASTY[name]
    workshop = kooperation(**dict.fromkeys(TEXTS, "Harmlos"))
    registration = ada(workshop)
    # not saved: a database refuses some of it, an importer or a bug may not
    for column in TEXTS:
        setattr(workshop, column, nasty)
    for column in ("title", "place", "room_platform", "room_link", "room_password", "room_phones"):
        setattr(workshop.sessions[0], column, nasty)
    registration.given_name = registration.family_name = nasty
    message = outbox(kind, registration)
    message.context = message.context | {"text": nasty}

    with db.session.no_autoflush:
        _check(message)


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("column", ["to_address", "message_id", "language"])
def test_header_columns_are_right_or_refused(app_context: Flask, column: str, name: str):
    message = outbox(MailKind.SEAT_CERTAIN, ada(kooperation()))
    with db.session.no_autoflush:
        setattr(message, column, NASTY[name])
        _check(message)


@pytest.mark.parametrize("name", NASTY)
def test_contact_address_is_right_or_refused(app_context: Flask, name: str):
    message = outbox(MailKind.SEAT_CERTAIN, ada(kooperation()))
    with db.session.no_autoflush:
        message.workshop.contact_email = NASTY[name]
        _check(message)


def _check(message) -> None:
    try:
        rendered = render(message, now=NOW)
        content = build(message, rendered)
    except (BuildError, RenderingError):
        return
    sent = BytesParser(policy=policy.default).parsebytes(content)
    assert sent["Subject"] == rendered.subject
    assert len(rendered.subject) <= 150
    assert [sent[name] for name in ("Bcc", "Cc", "X")] == [None, None, None]
    assert [str(one.addr_spec) for one in sent["From"].addresses] == ["anmeldung@example.org"]
    assert len(sent["To"].addresses) == 1
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert "<script" not in rendered.html
    assert "<img" not in rendered.html
    assert "49 " not in rendered.subject
    for part in sent.iter_attachments():
        assert len(icalendar.Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")) == 1
