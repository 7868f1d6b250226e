"""Every mail as its receiver sees it, kept in golden/ for people to read.

After a wanted change: GOLDEN=write python -m pytest tests/mail/test_golden.py, then read the difference.
"""

import os
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from flask import Flask

from registration.mail.building import build
from registration.mail.rendering import render
from registration.vocabulary import MailKind
from tests.mail.cast import SENT_AT, in_its_state, outbox, speaks
from tests.times import NOW

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

FOLDER = Path(__file__).parent / "golden"
PUBLIC = "https://anmeldung.example.org"


@pytest.fixture
def app(make_app) -> Flask:
    return make_app(PUBLIC_URL=PUBLIC)


MAILS = [(kind, language) for kind in MailKind for language in speaks(kind)]


@pytest.mark.parametrize(("kind", "language"), MAILS)
def test_mail_reads_as_its_golden_file(app_context: Flask, kind: MailKind, language: str):
    message = outbox(kind, in_its_state(kind), language)
    rendered = render(message, now=SENT_AT.get(kind, NOW))
    sent = build(message, rendered)
    _compare(FOLDER / f"{kind}.{language}.txt", _as_text(sent))
    _compare(FOLDER / f"{kind}.{language}.html", rendered.html)


def _as_text(sent: bytes) -> str:
    """Headers decoded, then the text part, then the names of the attachments."""
    parsed = BytesParser(policy=policy.default).parsebytes(sent)
    headers = "\n".join(f"{name}: {value}" for name, value in parsed.items() if name != "Content-Type")
    text = parsed.get_body(("plain",)).get_content().replace("\r\n", "\n")
    attached = "".join(f"\n[{part['Content-Type']}]\n" for part in parsed.iter_attachments())
    return f"{headers}\n\n{text}{attached}"


def _compare(path: Path, found: str) -> None:
    found = found.rstrip("\n") + "\n"
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(found)
    assert path.read_text() == found
