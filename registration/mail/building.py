"""Building: from what a mail says to the bytes that go to the server (M-01 to M-11, M-20 to M-26).

Flask-Mail's Message carries the content. The conversion is ours: Flask-Mail lets line breaks into headers,
breaks names with commas, and never folds long lines.
"""

import re
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from hashlib import sha256

import flask_mail
from flask import current_app

from registration.mail.headers import (
    POLICY,
    BuildError,
    check_header,
    display_name,
    header,
    sendable,
    survives,
)
from registration.mail.rendering import Rendered
from registration.models import OutboxMessage
from registration.rules.addresses import AddressRefused, parse_address

__all__ = ["BuildError", "build"]

LARGEST_MESSAGE_BYTES = 8_000_000  # M-10: municipal limits of 10 MB are common
LONGEST_LINE_OCTETS = 998  # M-09
_FILE_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


def build(message: OutboxMessage, rendered: Rendered) -> bytes:
    """Return the whole message with CRLF, the same for the same row; BuildError says what is wrong (M-21)."""
    try:
        content = _convert(_carry(message, rendered)).as_bytes(policy=POLICY)
        _check(content)
    except BuildError:
        raise
    except (
        ValueError,
        IndexError,
        LookupError,
        MessageError,
    ) as fault:  # the email package raises all of these
        raise BuildError(f"die E-Mail lässt sich nicht schreiben ({fault})") from fault
    return content


def _carry(message: OutboxMessage, rendered: Rendered) -> flask_mail.Message:
    """Put everything into Flask-Mail's Message; every header source is checked first (M-20)."""
    carrier = flask_mail.Message(
        subject=_subject(rendered),
        recipients=[sendable("die Empfängeradresse", message.to_address)],
        sender=_mailbox("der Name des Absenders", current_app.config["MAIL_FROM_NAME"], _sender_address()),
        body=rendered.text,
        html=rendered.html,
        reply_to=_reply_to(message),
        date=message.created_at.astimezone(UTC).timestamp(),
        extra_headers={
            "Auto-Submitted": "auto-generated",  # RFC 3834
            "X-Auto-Response-Suppress": "OOF, AutoReply",
            "Content-Language": check_header("die Sprache", rendered.language),
        },
    )
    carrier.msgId = check_header("die Message-ID", message.message_id)
    for one in rendered.attachments:
        carrier.attach(_file_name(one.filename), one.content_type, one.content)
        carrier.attachments[-1].headers = {"method": one.method} if one.method else {}
    return carrier


def _subject(rendered: Rendered) -> str:
    subject = check_header("der Betreff", rendered.subject)
    if not survives(subject):
        raise BuildError("der Betreff käme verändert an")
    return subject


def _convert(carrier: flask_mail.Message) -> EmailMessage:
    converted = EmailMessage(policy=POLICY)
    converted["Date"] = datetime.fromtimestamp(carrier.date or 0, UTC)
    converted["From"] = header("From", str(carrier.sender))
    converted["To"] = carrier.recipients[0]
    if carrier.reply_to:
        converted["Reply-To"] = header("Reply-To", str(carrier.reply_to))
    converted["Subject"] = header("Subject", carrier.subject)
    converted["Message-ID"] = carrier.msgId
    converted.set_content(carrier.body or "", cte="quoted-printable")
    converted.add_alternative(carrier.html or "", subtype="html", cte="quoted-printable")
    for attachment in carrier.attachments:
        _attach(converted, attachment)
    for name, value in (carrier.extra_headers or {}).items():
        converted[name] = header(name, value)  # last: Content-… headers would move into the first part
    _settle(converted, carrier.msgId)
    return converted


def _settle(converted: EmailMessage, message_id: str) -> None:
    """Make the same bytes at every attempt, and MIME-Version stand once (M-02)."""
    mark = sha256(message_id.encode()).hexdigest()[:24]
    for number, part in enumerate(converted.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{mark}_{number}")
        if part is not converted:
            del part["MIME-Version"]


def _attach(converted: EmailMessage, attachment: flask_mail.Attachment) -> None:
    """Text types name their charset, calendar files their method (C-01)."""
    maintype, _, subtype = attachment.content_type.partition("/")
    content = attachment.data.encode() if isinstance(attachment.data, str) else attachment.data
    parameters = {"charset": "utf-8"} if maintype == "text" else {}
    converted.add_attachment(
        content,
        maintype=maintype,
        subtype=subtype,
        filename=attachment.filename,
        params=parameters | attachment.headers,
    )


def _sender_address() -> str:
    """Always in the operator's own domain, never a participant's (M-05)."""
    return sendable("die Absenderadresse", current_app.config["MAIL_FROM_ADDRESS"])


def _reply_to(message: OutboxMessage) -> str | None:
    """The contact's mailbox; a wrong one is left out, because it must not stop everybody's mails."""
    workshop = message.workshop
    if workshop is None:
        return None
    try:
        address = parse_address(check_header("die Kontaktadresse", workshop.contact_email)).address
    except AddressRefused:
        return None
    return _mailbox("der Name des Kontakts", workshop.contact_name, address)


def _mailbox(what: str, name: str, address: str) -> str:
    return str(Address(display_name(check_header(what, name)), addr_spec=address))


def _file_name(name: str) -> str:
    if not _FILE_NAME.fullmatch(name):
        raise BuildError("der Name des Anhangs darf nur A-Z, a-z, 0-9, Punkt, Strich und Unterstrich haben")
    return name


def _check(content: bytes) -> None:
    """The finished message fits through every server (M-09, M-10)."""
    if len(content) > LARGEST_MESSAGE_BYTES:
        raise BuildError(
            f"die E-Mail ist zu groß: {len(content)} Bytes, erlaubt sind {LARGEST_MESSAGE_BYTES}"
        )
    if max(map(len, content.split(b"\r\n"))) > LONGEST_LINE_OCTETS:
        raise BuildError(f"eine Zeile ist länger als {LONGEST_LINE_OCTETS} Bytes")
