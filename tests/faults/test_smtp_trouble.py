"""Whatever the mail server does: no mail is lost, none stops the others, a second copy is the same copy."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes
from time import monotonic
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from registration.extensions import db, one_transaction
from registration.models import AccessLink, OutboxMessage, Registration, Workshop
from registration.services.recovering import retry
from registration.vocabulary import OutboxState
from tests.factories import mails, make_organiser, make_workshop, submit
from tests.faults.trouble import Day
from tests.servers.rude_smtp import AND_CUT, CUT, RudeServer
from tests.times import NOW

Deliver = Callable[..., None]
ADA, BEN = "ada@musterhausen.example.org", "ben@musterhausen.example.org"


@pytest.fixture
def mail_settings(server: RudeServer) -> dict[str, Any]:
    return server.settings | {"MAIL_USERNAME": "agency", "MAIL_PASSWORD": "secret"}


@pytest.fixture
def app(make_app: Callable[..., Flask], mail_settings: dict[str, Any]) -> Flask:
    return make_app(**mail_settings)


@pytest.fixture
def two_mails(app_context: Flask) -> None:
    """To Ada, and behind it one to Ben."""
    workshop: Workshop = make_workshop()
    submit(workshop, "ada")
    submit(workshop, "ben")


def states() -> list[OutboxState]:
    db.session.rollback()
    return [mail.state for mail in mails()]


def due_again(mail: OutboxMessage) -> datetime:
    return mail.next_attempt_at + timedelta(seconds=1)


@pytest.mark.parametrize("step", ["RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("ending", ["", AND_CUT])
def test_mail_refused_for_good_is_marked_and_the_next_leaves(
    two_mails: None, deliver: Deliver, server: RudeServer, step: str, ending: str
) -> None:
    server.rude[step] = ["550 5.1.1 no such person" + ending]

    deliver()
    deliver(NOW + timedelta(minutes=10))

    assert (states(), server.recipients) == ([OutboxState.FAILED, OutboxState.SENT], [BEN])
    assert "no such person" in mails()[0].state_reason
    assert mails()[0].last_code == 550


@pytest.mark.parametrize("step", ["RCPT", "DATA", "DOT"])
def test_mail_refused_for_now_waits_longer_each_time_and_the_next_leaves(
    two_mails: None, deliver: Deliver, server: RudeServer, step: str
) -> None:
    server.rude[step] = ["451 4.2.0 try later"]
    deliver()
    assert (states(), server.recipients) == ([OutboxState.QUEUED, OutboxState.SENT], [BEN])
    first, now = mails()[0].next_attempt_at - NOW, due_again(mails()[0])

    server.rude[step] = ["451 4.2.0 try later"]
    deliver(now)
    second = mails()[0].next_attempt_at - now
    assert timedelta(0) < first < second

    deliver(due_again(mails()[0]))
    assert (states(), server.recipients) == ([OutboxState.SENT] * 2, [BEN, ADA])


def test_mail_cut_in_its_middle_arrives_once(two_mails: None, deliver: Deliver, server: RudeServer) -> None:
    server.rude["BODY"] = [CUT]

    for minutes in (0, 5, 10):
        deliver(NOW + timedelta(minutes=minutes))

    assert (states(), sorted(server.recipients)) == ([OutboxState.SENT] * 2, [ADA, BEN])


def test_only_mail_of_the_queue_at_which_the_server_always_hangs_up_turns_the_lamp_red(day: Day) -> None:
    """M-58: nobody would be told of a mail that is never late."""
    (ada,) = day.register()
    day.server.always("RCPT", CUT, to=ada)
    health = []
    for _ in range(15):
        day.deliver()
        health.append(day.health())
        day.later(minutes=7)

    assert day.states([ada]) == [OutboxState.QUEUED]
    assert health[0] == 200
    assert 503 in health


def test_mail_at_which_the_server_always_hangs_up_is_held_in_the_end_and_stops_no_other(
    day: Day,
) -> None:
    (ada,) = day.register()
    day.server.always("RCPT", CUT, to=ada)
    others: list[str] = []
    for _ in range(12):
        others += day.register()
        day.deliver()
        day.later(minutes=75)
    day.deliver()

    assert day.states([ada]) == [OutboxState.HELD]
    assert "bricht die Verbindung" in day.mail_to(ada).state_reason
    assert sorted(day.server.recipients) == sorted(others)
    assert day.banner() == ""


def test_fence_that_fails_cuts_the_line_before_the_final_dot(
    app_context: Flask, two_mails: None, deliver: Deliver, server: RudeServer
) -> None:
    app_context.config["MAIL_FINAL_TIMEOUT_SECONDS"] = None  # no lease can be reckoned from it
    deliver()
    assert (states(), server.taken) == ([OutboxState.QUEUED] * 2, [])

    app_context.config["MAIL_FINAL_TIMEOUT_SECONDS"] = 10
    app_context.config["MAIL_COMMAND_TIMEOUT_SECONDS"] = 10
    started = monotonic()
    deliver(NOW + timedelta(minutes=2))
    assert sorted(server.recipients) == [ADA, BEN]
    assert monotonic() - started < 5


def test_lost_answer_to_the_final_dot_brings_the_same_mail_again_and_says_so(
    two_mails: None, deliver: Deliver, server: RudeServer
) -> None:
    server.rude["DOT"] = [CUT]
    deliver()
    uncertain = mails()[0]
    assert (uncertain.state, uncertain.is_uncertain) == (OutboxState.QUEUED, True)
    assert "ungewiss" in uncertain.state_reason

    deliver(due_again(uncertain))

    first, second = [one.content for one in server.taken if one.recipient == ADA]
    assert first == second
    assert message_from_bytes(first)["Message-ID"] == mails()[0].message_id
    assert (states(), server.recipients.count(BEN)) == ([OutboxState.SENT] * 2, 1)


def test_records_that_changed_since_a_lost_answer_are_told_as_they_are_under_the_same_message_id(
    two_mails: None, deliver: Deliver, server: RudeServer
) -> None:
    server.rude["DOT"] = [CUT]
    deliver()

    rename_workshop("Ein neuer Titel")
    deliver(due_again(mails()[0]))

    first, second = [one for one in server.taken if one.recipient == ADA]
    assert first.message_id == second.message_id == mails()[0].message_id
    assert "Ein neuer Titel" not in first.message["Subject"]
    assert "Ein neuer Titel" in second.message["Subject"]


def test_lost_answers_one_after_the_other_wait_longer_each_time(
    two_mails: None, deliver: Deliver, server: RudeServer
) -> None:
    now, pauses = NOW, []
    for _ in range(3):
        server.rude["DOT"] = [CUT]
        deliver(now)
        pauses.append(mails()[0].next_attempt_at - now)
        now = due_again(mails()[0])

    assert pauses[0] < pauses[1] < pauses[2]


class TestHold:
    """With MAIL_UNCERTAIN=hold a mail is never sent twice by itself."""

    @pytest.fixture
    def mail_settings(self, server: RudeServer) -> dict[str, Any]:
        return server.settings | {"MAIL_UNCERTAIN": "hold"}

    def test_uncertain_mail_waits_for_a_person_and_then_goes_out_unchanged(
        self, two_mails: None, deliver: Deliver, server: RudeServer
    ) -> None:
        server.rude["DOT"] = [CUT]
        deliver()
        deliver(NOW + timedelta(days=1))
        assert (states(), server.recipients) == ([OutboxState.HELD, OutboxState.SENT], [ADA, BEN])

        retry([mails()[0].id], organiser_id=make_organiser().id, now=NOW)
        deliver()

        first, second = [one.content for one in server.taken if one.recipient == ADA]
        assert first == second


def without_links() -> None:
    first = mails()[0].registration_id
    with one_transaction():
        db.session.execute(delete(AccessLink).where(AccessLink.registration_id == first))


def address(broken: str) -> Callable[[], None]:
    def break_it() -> None:
        first = mails()[0]
        hers = Registration.id == first.registration_id
        with one_transaction():
            db.session.execute(
                update(OutboxMessage).where(OutboxMessage.id == first.id).values(to_address=broken)
            )
            db.session.execute(update(Registration).where(hers).values(email=broken))

    return break_it


@pytest.mark.parametrize(
    "break_first",
    [
        without_links,
        address("ada@example.org\r\nRCPT TO:<mallory@example.org>"),
        address("ada\x00@example.org".replace("\x00", "\x01")),
        address("jürgen@example.org"),
        address("no address"),
        address(""),
    ],
    ids=["link missing", "two lines", "control character", "umlaut", "no address", "empty"],
)
def test_mail_that_cannot_be_built_is_marked_and_the_next_leaves(
    two_mails: None, deliver: Deliver, server: RudeServer, break_first: Callable[[], None]
) -> None:
    break_first()

    deliver()

    assert (states(), server.recipients) == ([OutboxState.FAILED, OutboxState.SENT], [BEN])
    assert mails()[0].state_reason


def rename_workshop(title: str) -> None:
    with one_transaction():
        db.session.execute(update(Workshop).values(title=title))
