"""Rendering: from an outbox row and its records, as they are now, to subject, text, HTML and attachments.

Needs an application context, no request. The templates of a mail lie in `templates/mail/<kind>/`.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import force_locale
from jinja2 import StrictUndefined

from registration.links import DEFAULT_LANGUAGE, LANGUAGES
from registration.mail.calendar_attachments import Attachment, calendar_attachments
from registration.mail.desk_letter import DeskLetter
from registration.mail.inlining import inline
from registration.mail.letter import Letter
from registration.mail.linking import linked
from registration.mail.patterns import Patterns
from registration.mail.person_letter import PersonLetter
from registration.mail.private_links import RenderingError
from registration.models import OutboxMessage
from registration.rules.salutations import after_salutation
from registration.vocabulary import DESK_MAILS, MailKind

__all__ = ["Attachment", "Rendered", "RenderingError", "render"]

LONGEST_SUBJECT = 150  # characters (M-08)


@dataclass(frozen=True)
class Rendered:
    """What a mail says, ready to be built."""

    subject: str
    text: str
    html: str
    attachments: list[Attachment]
    language: str = DEFAULT_LANGUAGE


def render(message: OutboxMessage, *, now: datetime) -> Rendered:
    """Write the mail in its language; RenderingError when it cannot be written truthfully (M-21, M-93)."""
    language = _language(message)
    with force_locale(language):
        letter = _letter(message, language, now)
        letter.check()
        subject = _subject(message.kind, letter)
        text = f"{_part(message.kind, 'body.txt', letter)}\n\n-- \n{_signature(letter)}\n"
        html = _part(message.kind, "body.html", letter, subject=subject)
        attachments = calendar_attachments(message, letter, now=now)
    return Rendered(subject, text, html, attachments, language)


def _letter(message: OutboxMessage, language: str, now: datetime) -> Letter:
    kind = DeskLetter if message.kind in DESK_MAILS else PersonLetter
    return kind(message, language, now)


def _language(message: OutboxMessage) -> str:
    """The reader's; the desk speaks German only."""
    is_known = message.language in LANGUAGES and message.kind not in DESK_MAILS
    return message.language if is_known else DEFAULT_LANGUAGE


def _subject(kind: MailKind, letter: Letter) -> str:
    """The title gives way when the line grows too long, and in the end whatever stands there (M-08)."""
    subject = _part(kind, "subject.txt", letter, title=letter.title)
    excess = len(subject) - LONGEST_SUBJECT
    if excess <= 0:
        return subject
    kept = letter.title[: max(0, len(letter.title) - excess - 1)].rstrip()
    shorter = _part(kind, "subject.txt", letter, title=f"{kept}…")
    return shorter if len(shorter) <= LONGEST_SUBJECT else f"{shorter[: LONGEST_SUBJECT - 1].rstrip()}…"


def _signature(letter: Letter) -> str:
    return _patterns().render("signature.txt", letter)


def _part(kind: MailKind, name: str, letter: Letter, **more: str) -> str:
    return _patterns().render(f"{kind}/{name}", letter, **more)


def _patterns() -> Patterns:
    """The application's templates, with rules for letters: tags leave no lines, unknown names fail (M-94)."""
    if "mail_patterns" not in current_app.extensions:
        site = current_app.jinja_env
        templates = site.overlay(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
        templates.filters = site.filters | {"after_salutation": after_salutation, "linked": linked}
        current_app.extensions["mail_patterns"] = Patterns(templates, {".txt": _tidy, ".html": inline})
    patterns: Patterns = current_app.extensions["mail_patterns"]
    return patterns


def _tidy(text: str) -> str:
    """One blank line between blocks, none at the ends, no blanks at the ends of lines (M-15)."""
    lines = "\n".join(line.rstrip() for line in re.split(r"\r\n|\r|\n", text))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")
