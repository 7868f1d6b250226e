"""Building: from what a mail says to the bytes that go to the server (M-01 to M-11, M-20 to M-26).

Flask-Mail's Message carries the content (`carrier.py`). The conversion is ours: Flask-Mail lets line breaks
into headers, breaks names with commas, and never folds long lines. Headers are folded by the email package,
and remembered.
"""

import re
from datetime import UTC, datetime
from email.errors import MessageError
from email.utils import format_datetime
from hashlib import sha256

import flask_mail
from flask import current_app

from registration.mail.carrier import Carrier
from registration.mail.headers import BuildError, check_header, header_line, mailbox, sendable, subject_line
from registration.mail.mime import Part, file_part, multipart, text_part
from registration.mail.rendering import Rendered
from registration.models import OutboxMessage

__all__ = ["BuildError", "build"]

LARGEST_MESSAGE_BYTES = 8_000_000  # M-10: municipal limits of 10 MB are common
LONGEST_LINE_OCTETS = 998  # M-09
_FILE_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


def build(message: OutboxMessage, rendered: Rendered, to_address: str | None = None) -> bytes:
    """Return the whole message with CRLF, the same for the same row; BuildError says what is wrong (M-21).

    `to_address` stands in place of the row's, in test mode (M-60).
    """
    try:
        content = _assemble(_carry(message, rendered, to_address or message.to_address))
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


def _carry(message: OutboxMessage, rendered: Rendered, to_address: str) -> Carrier:
    """Put everything into one message; every header source is checked first (M-20)."""
    carrier = Carrier(
        message_id=check_header("die Message-ID", message.message_id),
        subject=check_header("der Betreff", rendered.subject),
        recipient=sendable("die Empfängeradresse", to_address),
        sender=mailbox(current_app.config["MAIL_FROM_NAME"], _sender_address()),
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
    for one in rendered.attachments:
        carrier.attach(_file_name(one.filename), one.content_type, one.content)
        carrier.attachments[-1].headers = {"method": one.method} if one.method else {}
    return carrier


def _assemble(carrier: Carrier) -> bytes:
    """Headers stand once, before the parts; MIME-Version only here (M-02)."""
    content = _content(carrier)
    headers = [
        header_line("Date", format_datetime(datetime.fromtimestamp(int(carrier.date or 0), UTC))),
        header_line("From", str(carrier.sender)),
        header_line("To", str(carrier.recipients[0])),
        header_line("Reply-To", str(carrier.reply_to)) if carrier.reply_to else b"",
        subject_line(carrier.subject),
        header_line("Message-ID", carrier.msgId),
        header_line("MIME-Version", "1.0"),
        *(header_line(name, value) for name, value in (carrier.extra_headers or {}).items()),
    ]
    return b"".join(headers) + content.as_bytes()


def _content(carrier: Carrier) -> Part:
    """Text first, then HTML; around both, what is attached (M-01). The same boundaries at every attempt."""
    mark = sha256(carrier.msgId.encode()).hexdigest()[:24]
    letter = [text_part("plain", carrier.body or ""), text_part("html", carrier.html or "")]
    alternative = multipart("alternative", f"=_{mark}_1", letter)
    if not carrier.attachments:
        return alternative
    attached = (_attached(attachment) for attachment in carrier.attachments)
    return multipart("mixed", f"=_{mark}_0", [alternative, *attached])


def _attached(attachment: flask_mail.Attachment) -> Part:
    """Text types name their charset, calendar files their method (C-01)."""
    content = attachment.data.encode() if isinstance(attachment.data, str) else attachment.data
    parameters = {"charset": "utf-8"} if attachment.content_type.startswith("text/") else {}
    named = "".join(f'; {name}="{value}"' for name, value in (parameters | attachment.headers).items())
    return file_part(f"{attachment.content_type}{named}", attachment.filename, content)


def _sender_address() -> str:
    """Always in the operator's own domain, never a participant's (M-05)."""
    return sendable("die Absenderadresse", current_app.config["MAIL_FROM_ADDRESS"])


def _reply_to(message: OutboxMessage) -> str | None:
    """The contact's mailbox; a wrong one is left out, because it must not stop everybody's mails."""
    workshop = message.workshop
    if workshop is None:
        return None
    try:
        return mailbox(workshop.contact_name, sendable("die Kontaktadresse", workshop.contact_email))
    except BuildError:
        return None


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
