"""The page /mailbox: the mails of the local mailbox. Never in production: it shows them to everybody."""

import mailbox
from collections.abc import Iterator
from datetime import UTC
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response, abort, current_app, render_template, send_file

from registration.rules.wall_times import to_local

SHOWN = 200
"""How many mails the list shows, the newest first."""

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")


class Entry(NamedTuple):
    """A line of the list."""

    key: str
    to: str
    subject: str
    sent_at: str


@blueprint.get("")
def index() -> str:
    return render_template("mailbox/index.html", entries=list(_entries()))


@blueprint.get("/<key>")
def show(key: str) -> str:
    message = _message(key)
    return render_template(
        "mailbox/show.html",
        key=key,
        message=message,
        text=_content(message, "plain"),
        has_html=message.get_body(("html",)) is not None,
        attachments=_attachments(message),
    )


@blueprint.get("/<key>/html")
def html(key: str) -> Response:
    """Return the HTML part as a page that may do nothing but follow links: no script, no form."""
    # the page that a link leads to opens beside the mail: inside the frame it would refuse to show
    letter = _content(_message(key), "html").replace("<head>", '<head><base target="_blank">', 1)
    response = Response(letter, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    )
    return response


@blueprint.get("/<key>/attachments/<int:number>")
def attachment(key: str, number: int) -> Response:
    attachments = _attachments(_message(key))
    if number >= len(attachments):
        abort(404)
    part = attachments[number]
    return send_file(
        BytesIO(_decoded(part)),
        mimetype=part.get_content_type(),
        as_attachment=True,
        download_name=part.get_filename() or f"attachment-{number + 1}",
    )


def _maildir() -> mailbox.Maildir:
    return mailbox.Maildir(current_app.config["MAILBOX_DIR"])


def _entries() -> Iterator[Entry]:
    folder = Path(current_app.config["MAILBOX_DIR"])
    files = sorted(folder.glob("new/*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in files[:SHOWN]:
        with path.open("rb") as file:
            fields = BytesHeaderParser(policy=policy.default).parse(file)
        yield Entry(path.name, str(fields["X-RcptTo"]), str(fields["Subject"]), _sent_at(fields["Date"]))


def _sent_at(date: object) -> str:
    """The local time of the installation, as on all pages; mails name an instant with any offset."""
    if not date:
        return ""
    instant = parsedate_to_datetime(str(date))
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)  # "-0000": UTC of nowhere
    return f"{to_local(instant, current_app.config['TIME_ZONE']):%d.%m.%Y %H:%M:%S}"


def _message(key: str) -> EmailMessage:
    try:
        content = _maildir().get_bytes(key)
    except KeyError:
        abort(404)
    return BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(content)


def _content(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return str(part.get_content()) if part is not None else ""


def _decoded(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _attachments(message: EmailMessage) -> list[EmailMessage]:
    """Return what is neither the text nor the HTML part, inline calendar files included."""
    bodies = [message.get_body((subtype,)) for subtype in ("plain", "html")]
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return [
        part for part in leaves if isinstance(part, EmailMessage) and not any(part is body for body in bodies)
    ]
