"""The way into the meeting stands in the mails that are about it, and in no other."""

import re

import pytest

from registration.extensions import db
from registration.mail.rendering import Rendered, render
from registration.vocabulary import LinkPurpose, MailKind, RegistrationState, WorkshopFormat
from tests.mail.cast import ada, in_its_state, kooperation, outbox
from tests.times import NOW

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("app_context"),
]
ABOUT_IT = [
    *(MailKind.SEAT_CERTAIN, MailKind.MOVED_UP, MailKind.REMINDER, MailKind.MEETING_LINK),
    MailKind.WORKSHOP_CHANGED,
]


def rendered(kind: MailKind, **columns: object) -> Rendered:
    return render(outbox(kind, in_its_state(kind, kooperation(**columns))), now=NOW)


@pytest.mark.parametrize("kind", ABOUT_IT)
def test_link_stands_on_a_line_of_its_own_and_is_the_first_button(kind: MailKind) -> None:
    mail = rendered(kind)

    (line,) = [line for line in mail.text.splitlines() if "/join/" in line]
    assert line.startswith("http://localhost/join/")
    assert mail.html.count('class="button"') == 1
    assert re.search(rf'class="button"[^>]*><a href="{line}"', mail.html)


@pytest.mark.parametrize("kind", [kind for kind in MailKind if kind not in ABOUT_IT])
def test_no_other_mail_leads_into_the_meeting(kind: MailKind) -> None:
    mail = rendered(kind)

    assert "/join/" not in mail.text + mail.html


@pytest.mark.parametrize("kind", ABOUT_IT)
def test_registration_from_before_has_the_room_only(kind: MailKind) -> None:
    registration = in_its_state(kind)
    registration.links = [one for one in registration.links if one.purpose != LinkPurpose.JOIN]
    db.session.flush()

    mail = render(outbox(kind, registration), now=NOW)

    assert "/join/" not in mail.text + mail.html
    assert "https://webex.example.org/meet/kooperation" in mail.text
    assert 'class="button"' in mail.html


def test_nobody_is_led_online_to_a_workshop_on_site() -> None:
    mail = rendered(MailKind.SEAT_CERTAIN, format=WorkshopFormat.ON_SITE)

    assert "/join/" not in mail.text + mail.html


def about_new_address(*, is_new_address: bool, **columns: object) -> Rendered:
    registration = ada(kooperation(), **columns)
    context = {"is_new_address": is_new_address}
    return render(outbox(MailKind.ADDRESS_CHANGED, registration, context=context), now=NOW)


def test_new_address_gets_what_the_earlier_mails_had_brought() -> None:
    mail = about_new_address(is_new_address=True)

    assert re.search(r"^http://localhost/join/", mail.text, re.MULTILINE)
    assert "https://webex.example.org/meet/kooperation" in mail.text
    assert [one.content_type for one in mail.attachments] == ["text/calendar"]
    assert "/calendar.ics" in mail.text


def test_old_address_gets_no_way_in_and_no_file() -> None:
    mail = about_new_address(is_new_address=False)

    assert "/join/" not in mail.text + mail.html
    assert "https://webex.example.org" not in mail.text + mail.html
    assert not mail.attachments


def test_new_address_of_somebody_without_seat_gets_neither_room_nor_file() -> None:
    mail = about_new_address(is_new_address=True, state=RegistrationState.WAITING)

    assert "/join/" not in mail.text + mail.html
    assert "https://webex.example.org" not in mail.text + mail.html
    assert not mail.attachments
