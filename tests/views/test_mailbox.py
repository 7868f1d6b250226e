"""The page /mailbox shows the mails of the local mailbox, and is not there in production."""

from collections.abc import Callable
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@pytest.fixture
def maildir(tmp_path: Path) -> Maildir:
    return Maildir(tmp_path / "mailbox")


@pytest.fixture
def client(make_app: Callable[..., Flask], maildir: Maildir, tmp_path: Path) -> FlaskClient:
    return make_app(MAILBOX_DIR=str(tmp_path / "mailbox")).test_client()


@pytest.fixture
def key(maildir: Maildir) -> str:
    message = EmailMessage()
    message["X-RcptTo"] = "ada@example.org"
    message["Subject"] = "Ihr Platz ist sicher"
    message["Date"] = "Fri, 15 Jan 2027 10:00:00 +0100"
    message.set_content("Guten Tag, Ada\n")
    message.add_alternative("<h1>Guten Tag, Ada</h1>", subtype="html")
    message.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="termin.ics")
    return maildir.add(message)


def test_empty_mailbox_says_what_brings_the_first_mail(client: FlaskClient) -> None:
    assert "Noch keine E-Mail" in client.get("/mailbox").text


def test_list_shows_recipient_subject_and_time(client: FlaskClient, key: str) -> None:
    page = client.get("/mailbox").text

    assert all(
        part in page for part in ("ada@example.org", "Ihr Platz ist sicher", "15.01.2027 10:00:00", key)
    )


@pytest.mark.parametrize(
    ("date", "shown"),
    [
        ("Fri, 15 Jan 2027 09:00:00 +0000", "15.01.2027 10:00:00"),
        ("Thu, 15 Jul 2027 22:30:00 -0000", "16.07.2027 00:30:00"),
        (None, "Ohne Datum"),
    ],
)
def test_times_are_those_of_the_installation(
    client: FlaskClient, maildir: Maildir, date: str | None, shown: str
) -> None:
    message = EmailMessage()
    message["Subject"] = "Ohne Datum"
    if date:
        message["Date"] = date
    maildir.add(message)

    assert shown in client.get("/mailbox").text


def test_mail_is_shown_with_text_headers_and_attachment(client: FlaskClient, key: str) -> None:
    page = client.get(f"/mailbox/{key}").text

    assert all(part in page for part in ("Guten Tag, Ada", "X-RcptTo: ada@example.org", "termin.ics"))


def test_html_part_may_do_nothing(client: FlaskClient, key: str) -> None:
    response = client.get(f"/mailbox/{key}/html")

    assert "<h1>Guten Tag, Ada</h1>" in response.text
    assert response.headers["Content-Security-Policy"].startswith(
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'"
    )


def test_attachment_is_downloaded_under_its_name(client: FlaskClient, key: str) -> None:
    response = client.get(f"/mailbox/{key}/attachments/0")

    assert response.headers["Content-Disposition"] == "attachment; filename=termin.ics"
    assert response.text.startswith("BEGIN:VCALENDAR")


@pytest.mark.parametrize("path", ["unknown", "..%2F..%2Fsecret_key", "unknown/html", "unknown/attachments/0"])
def test_unknown_mail_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(f"/mailbox/{path}").status_code == 404


def test_without_local_mailbox_the_page_does_not_exist(make_app: Callable[..., Flask]) -> None:
    assert make_app().test_client().get("/mailbox").status_code == 404
