"""Everybody is told a change from what she knows: she may have read what is not true any more (C-06)."""

from datetime import datetime

import pytest

from registration.extensions import db
from registration.mail.rendering import render
from registration.services.planning import plan_due_mails
from registration.services.withdrawing import withdraw
from registration.vocabulary import MailKind, OutboxState
from tests.factories import find
from tests.services.plans import HOUR, MINUTE, add_rule, fresh_mails, utc
from tests.services.test_telling_changes import LATER, ROOM, Desk, _at, _newest, desk, letter, seat
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
__all__ = ["desk"]  # the fixture


def sent(kind: MailKind, at: datetime) -> None:
    for one in fresh_mails(kind):
        if one.state is OutboxState.QUEUED:
            one.state, one.sent_at = OutboxState.SENT, at
    db.session.commit()


def test_who_learnt_the_new_date_with_her_seat_hears_that_it_was_taken_back(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(NOW + HOUR, **LATER)
    seat(desk, "ben", NOW + 2 * HOUR)
    desk.change(NOW + 3 * HOUR)

    assert desk.readers(NOW + 3 * HOUR) == ["Ben"]
    assert desk.tell(NOW + 4 * HOUR) == 1
    assert "Bisher: Freitag, 26. Februar 2027" in letter("ben").text
    assert desk.workshop.sessions[0].told is None


def test_everybody_reads_as_former_what_she_knew(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(NOW + HOUR, **LATER)
    seat(desk, "ben", NOW + 2 * HOUR)
    desk.change(NOW + 3 * HOUR, **_at("2027-02-25T09:00"))
    seat(desk, "cleo", NOW + 4 * HOUR)

    assert desk.tell(NOW + 5 * HOUR) == 2
    assert "Bisher: Mittwoch, 24. Februar 2027" in letter("ada").text
    assert "Bisher: Freitag, 26. Februar 2027" in letter("ben").text


def test_who_read_a_new_room_in_a_reminder_hears_that_it_was_taken_back(desk: Desk) -> None:
    seat(desk, "ada")
    add_rule(desk.workshop, MailKind.REMINDER, -7)
    desk.change(NOW + HOUR, **ROOM)
    due = utc("2027-02-17T08:00")
    plan_due_mails(now=due)
    sent(MailKind.REMINDER, due)
    assert desk.readers(due) == []

    desk.change(due + HOUR)

    assert desk.readers(due + HOUR) == ["Ada"]
    desk.tell(due + HOUR)
    assert "Der bisherige Link gilt nicht mehr:\nhttps://meeting.example.org/room/neu" in letter("ada").text


def test_who_knew_an_added_session_hears_that_it_is_dropped_although_it_was_moved_before(desk: Desk) -> None:
    seat(desk, "ada")
    desk.add("2027-03-03T10:00", NOW + HOUR)
    seat(desk, "ben", NOW + 2 * HOUR)
    desk.change(NOW + 3 * HOUR, session=1, **_at("2027-03-04T10:00"))
    desk.remove(1, NOW + 4 * HOUR)

    assert desk.readers(NOW + 4 * HOUR) == ["Ben"]
    desk.tell(NOW + 4 * HOUR)
    ben = letter("ben")
    assert "Entfällt: Mittwoch, 3. März 2027" in ben.text
    assert [file.method for file in ben.attachments] == ["PUBLISH", "CANCEL"]


def test_who_was_reminded_of_an_added_session_hears_that_it_is_dropped(desk: Desk) -> None:
    seat(desk, "ada")
    add_rule(desk.workshop, MailKind.REMINDER, -7)
    sent(MailKind.SEAT_CERTAIN, NOW)
    desk.add("2027-03-03T10:00", NOW + HOUR)
    due = utc("2027-02-24T08:00")
    plan_due_mails(now=due)
    sent(MailKind.REMINDER, due)

    desk.remove(1, due + MINUTE)

    assert desk.readers(due + MINUTE) == ["Ada"]


def test_what_she_never_read_is_not_named_as_former_when_its_mail_was_skipped(desk: Desk) -> None:
    seat(desk, "ada")
    desk.change(NOW + HOUR, **LATER)
    desk.tell(NOW + HOUR)
    desk.change(NOW + 2 * HOUR)
    _newest("ada").state = OutboxState.SKIPPED
    db.session.commit()

    assert desk.readers(NOW + 2 * HOUR) == []
    desk.change(NOW + 3 * HOUR, **_at("2027-02-25T09:00"))
    desk.tell(NOW + 3 * HOUR)
    assert "Bisher: Mittwoch, 24. Februar 2027" in letter("ada").text


@pytest.mark.parametrize(
    ("second", "both"),
    [
        ("", "Bitte mit Ausweis."),
        ("Bitte mit Ausweis.", "Bitte mit Ausweis."),
        ("Neuer Raum.", "Bitte mit Ausweis.\n\nNeuer Raum."),
    ],
)
def test_the_words_of_a_mail_that_has_not_left_stand_in_the_next_one(
    desk: Desk, second: str, both: str
) -> None:
    seat(desk, "ada")
    desk.change(**LATER)
    desk.tell(NOW + HOUR, text="Bitte mit Ausweis.")
    desk.change(**LATER, **ROOM)
    desk.tell(NOW + 2 * HOUR, text=second)

    assert _newest("ada").context["text"] == both


def test_who_withdraws_before_the_mail_left_has_the_dropped_session_taken_out_as_well(desk: Desk) -> None:
    desk.add("2027-03-03T10:00")
    seat(desk, "ada", NOW + MINUTE)
    uid = desk.workshop.sessions[1].calendar_uid
    desk.remove(1, NOW + HOUR)
    desk.tell(NOW + HOUR)

    withdraw(find(desk.workshop_id, "ada").id, now=NOW + 2 * HOUR)

    (mail,) = fresh_mails(MailKind.WITHDRAWN)
    (file,) = render(mail, now=NOW + 2 * HOUR).attachments
    assert file.method == "CANCEL"
    assert file.content.count(b"BEGIN:VEVENT") == 2
    assert f"UID:{uid}".encode() in file.content
