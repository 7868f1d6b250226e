"""The local mailbox takes mails by SMTP and keeps them as they came."""

import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path

import pytest

from tests.servers.ports import free_port, wait_until

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mailbox"


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    number = free_port()
    environment = os.environ | {"MAILBOX_DIR": str(folder), "MAILBOX_PORT": str(number)}
    process = subprocess.Popen([sys.executable, "-m", "scripts.mailbox"], cwd=ROOT, env=environment)
    wait_until(lambda: answers(number))
    yield number
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def answers(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=5).quit()
    except OSError:
        return False
    return True


def test_mail_is_kept_with_its_envelope(port: int, folder: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "Ihr Platz ist sicher – Grüße"
    message.set_content("Guten Tag\n")

    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.send_message(message, "bounce@example.org", ["ada@example.org"])

    (kept,) = Maildir(folder)
    assert kept["X-MailFrom"] == "bounce@example.org"
    assert kept["X-RcptTo"] == "ada@example.org"
    assert kept.get_payload().strip() == "Guten Tag"
