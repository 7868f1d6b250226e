"""Whatever people paste: every mail is built right, or refused in words; nothing else happens."""

from collections.abc import Iterable, Iterator
from email import policy
from email.parser import BytesParser

import icalendar
import pytest
from flask import Flask

from registration.extensions import db
from registration.mail.building import BuildError, build
from registration.mail.rendering import Rendered, RenderingError, render
from registration.models import OutboxMessage, Registration
from registration.vocabulary import MailKind
from tests.mail.cast import ada, kooperation, outbox
from tests.times import NOW

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

POISON = {
    "line break": "Titel\r\nBcc: eve@example.org",
    "bare line feed": "Titel\nBcc: eve@example.org",
    "line separator": "Titel\u2028Bcc: eve@example.org",
    "nul and escape": "Ti\0tel\x1b[31m",
    "surrogate": "Ti\ud800tel",
    "right to left override": "مرحبا \u202eabc",
    "signature": "-- \nGefälscht",
    "calendar": "x\nEND:VEVENT\nBEGIN:VEVENT\\;,",
}
"""What input never lets through; should it arrive in a title all the same, the mail is refused."""
HARMLESS = {
    "address signs": 'Agentur: "Bildung", Süd @ Hessen <eve@example.org>',
    "umlauts": "Ä" * 23,
    "long": "x" * 10_000,
    "long words": "Größenveränderung " * 600,
    "template": "{{ 7*7 }} {% raw %} %(title)s %s {0} ${x}",
    "markup": "<script>alert(1)</script><img src=//eve.example.org>&amp;",
    "right to left": "مرحبا",
    "emoji": "👩‍👩‍👧‍👦" * 30,
    "percent": "100 % sicher",
    "empty": "",
    "blank": "   ",
}
"""What people may call things; the mail is built."""
ENCODED_WORD = "=?utf-8?q?abc?= =?utf-8?b?w4Q=?="
NASTY = POISON | HARMLESS | {"encoded word": ENCODED_WORD}
WITH_TITLE = set(MailKind) - {MailKind.NEW_LINK, MailKind.TEST}
"""Mails whose subject names a title."""

TEXTS = ["title", "contact_name", "contact_phone", "expectations"]
ROOM_TEXTS = ["title", "place", "room_platform", "room_link", "room_password", "room_phones"]


@pytest.mark.parametrize("name", HARMLESS)
def test_every_mail_with_odd_words_is_right(app_context: Flask, name: str):
    for message in _filled_with(HARMLESS[name], MailKind):
        rendered = render(message, now=NOW)
        _check(rendered, build(message, rendered))


@pytest.mark.parametrize("name", POISON)
def test_every_mail_with_a_poisoned_subject_is_refused(app_context: Flask, name: str):
    for message in _filled_with(POISON[name], WITH_TITLE):
        with pytest.raises(BuildError, match="unzulässiges Zeichen"):
            build(message, render(message, now=NOW))


def test_title_that_mail_programs_would_decode_is_refused(app_context: Flask):
    for message in _filled_with(ENCODED_WORD, WITH_TITLE):
        with pytest.raises(BuildError, match="käme verändert an"):
            build(message, render(message, now=NOW))


@pytest.mark.parametrize("column", ["to_address", "message_id", "language"])
def test_header_columns_are_right_or_refused(app_context: Flask, column: str):
    message = outbox(MailKind.SEAT_CERTAIN, ada(kooperation()))
    with db.session.no_autoflush:
        for nasty in NASTY.values():
            setattr(message, column, nasty)
            _check_unless_refused(message)


def test_contact_address_is_right_or_refused(app_context: Flask):
    message = outbox(MailKind.SEAT_CERTAIN, ada(kooperation()))
    with db.session.no_autoflush:
        for nasty in NASTY.values():
            message.workshop.contact_email = nasty
            _check_unless_refused(message)


def test_wrong_contact_address_stops_no_mail(app_context: Flask):
    message = outbox(MailKind.SEAT_CERTAIN, ada(kooperation(contact_email="jörg@example.org")))

    content = build(message, render(message, now=NOW))

    assert BytesParser(policy=policy.default).parsebytes(content)["Reply-To"] is None


def _filled_with(nasty: str, kinds: Iterable[MailKind]) -> Iterator[OutboxMessage]:
    """Rows whose records hold the string in every text, as a bug or an importer might leave it there."""
    for kind in kinds:
        registration = ada(kooperation())
        with db.session.no_autoflush:
            message = outbox(kind, registration)
            message.context = message.context | {"text": nasty}
            _fill(registration, nasty)
            yield message
        db.session.rollback()


def _fill(registration: Registration, nasty: str) -> None:
    workshop, session = registration.workshop, registration.workshop.first_session
    for column in TEXTS:
        setattr(workshop, column, nasty)
    for column in ROOM_TEXTS:
        setattr(session, column, nasty)
    session.room_meeting_number = "1"
    registration.given_name = registration.family_name = nasty


def _check_unless_refused(message: OutboxMessage) -> None:
    try:
        rendered = render(message, now=NOW)
        content = build(message, rendered)
    except (BuildError, RenderingError):
        return
    _check(rendered, content)


def _check(rendered: Rendered, content: bytes) -> None:
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
