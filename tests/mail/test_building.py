"""The bytes that go to the server (M-01 to M-11)."""

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from flask import Flask

from registration.mail.building import BuildError, build
from registration.mail.rendering import Attachment, Rendered, render
from registration.models import OutboxMessage
from registration.vocabulary import MailKind
from tests.mail.cast import in_its_state, kooperation, outbox
from tests.times import NOW

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

ONCE = ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Reply-To", "Auto-Submitted"]


def _row(**columns) -> OutboxMessage:
    kind = MailKind.SEAT_CERTAIN
    return outbox(kind, in_its_state(kind), **columns)


def _rendered(subject: str = "Zusage", text: str = "Guten Tag", **parts) -> Rendered:
    return Rendered(subject, text, **({"html": "<p>Guten Tag</p>", "attachments": []} | parts))


def _sent(message: OutboxMessage, rendered: Rendered | None = None) -> EmailMessage:
    content = build(message, rendered or render(message, now=NOW))
    return BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(content)


@pytest.mark.parametrize("name", ONCE)
def test_header_stands_once(app_context: Flask, name: str):
    assert len(_sent(_row()).get_all(name)) == 1


def test_parts_have_no_version_of_their_own(app_context: Flask):
    message = _row()

    assert build(message, render(message, now=NOW)).count(b"MIME-Version:") == 1


def test_robots_are_asked_not_to_answer(app_context: Flask):
    sent = _sent(_row())

    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert sent["Content-Language"] == "de"
    assert sent["List-Unsubscribe"] is None


def test_mail_to_the_desk_is_german_whatever_the_row_says(app_context: Flask):
    kind = MailKind.SEAT_FREE

    assert _sent(outbox(kind, in_its_state(kind), "en"))["Content-Language"] == "de"


def test_date_is_the_second_of_creation(app_context: Flask):
    created_at = datetime(2027, 1, 15, 9, 0, 7, 999_999, tzinfo=UTC)

    assert _sent(_row(created_at=created_at))["Date"] == "Fri, 15 Jan 2027 09:00:07 +0000"


def test_same_row_gives_the_same_bytes(app_context: Flask):
    message = _row()

    assert build(message, render(message, now=NOW)) == build(message, render(message, now=NOW))


def test_text_comes_first_then_html_then_the_calendar(app_context: Flask):
    sent = _sent(_row())

    assert sent.get_content_type() == "multipart/mixed"
    types = [part.get_content_type() for part in sent.walk() if not part.is_multipart()]
    assert types == ["text/plain", "text/html", "text/calendar"]


def test_mail_without_attachment_is_alternative(app_context: Flask):
    kind = MailKind.CONFIRM_ADDRESS

    assert _sent(outbox(kind, in_its_state(kind))).get_content_type() == "multipart/alternative"


def test_calendar_part_names_its_method(app_context: Flask):
    (part,) = _sent(_row()).iter_attachments()

    assert dict(part["Content-Type"].params) == {"charset": "utf-8", "method": "PUBLISH"}
    assert part.get_filename() == "termin.ics"
    assert part.get_payload(decode=True).startswith(b"BEGIN:VCALENDAR\r\n")


def test_answers_go_to_the_contact(app_context: Flask):
    assert _sent(_row())["Reply-To"] == "Projektleitung <projektleitung@example.org>"


def test_umlaut_domain_of_the_contact_becomes_its_a_label(app_context: Flask):
    kind = MailKind.SEAT_CERTAIN
    registration = in_its_state(kind, kooperation(contact_email="info@köln.example.org"))

    assert _sent(outbox(kind, registration))["Reply-To"].addresses[0].domain == "xn--kln-sna.example.org"


def test_longest_address_arrives_whole(app_context: Flask):
    address = "a" * 64 + "@" + ".".join(["b" * 60, "c" * 60, "d" * 52, "example.org"])

    assert _sent(_row(to_address=address), _rendered())["To"].addresses[0].addr_spec == address


@pytest.mark.parametrize(
    "subject",
    [
        "Zusage: " + "„Ä“ " * 30 + "Ende",
        "Zusage: " + "ä" * 140,
        "Zusage: " + "漢" * 140,
        "Absage der Veranstaltung: Größere Städte, kleinere Dörfer, Träger (24.02.2027), 10:00\u00a0Uhr",
        "x" * 150,
    ],
)
def test_long_subject_arrives_as_it_was(app_context: Flask, subject: str):
    content = build(_row(), _rendered(subject))

    assert BytesParser(policy=policy.default).parsebytes(content)["Subject"] == subject
    assert all(len(line) <= 78 for line in content.split(b"\r\n\r\n")[0].split(b"\r\n"))


def test_lines_are_short_and_end_with_crlf(app_context: Flask):
    content = build(_row(), _rendered(text="ä" * 10_000 + "\nx" * 3, html="y" * 10_000))

    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(byte < 128 for byte in content)


@pytest.mark.parametrize("subject", ["Zusage\r\nBcc: eve@example.org", "Zusage\nX: y", "Zusage\u2028", "\0"])
def test_subject_cannot_smuggle_headers(app_context: Flask, subject: str):
    with pytest.raises(BuildError, match="der Betreff enthält ein unzulässiges Zeichen"):
        build(_row(), _rendered(subject))


@pytest.mark.parametrize("name", ["Fläche.ics", "../termin.ics", "a b.ics", "", "x" * 101])
def test_file_names_are_plain(app_context: Flask, name: str):
    with pytest.raises(BuildError):
        build(_row(), _rendered(attachments=[Attachment(name, "text/plain", b"x")]))


def test_message_that_municipal_servers_would_refuse_is_not_built(app_context: Flask):
    large = Attachment("a.pdf", "application/pdf", b"x" * 7_000_000)

    with pytest.raises(BuildError, match="zu groß"):
        build(_row(), _rendered(attachments=[large]))


def test_sender_with_a_refused_name_writes_by_address_alone(app_context: Flask):
    app_context.config["MAIL_FROM_NAME"] = "Ä" * 30

    assert _sent(_row())["From"] == "anmeldung@example.org"
