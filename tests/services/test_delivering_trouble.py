"""What is wrong with one mail, one record or one moment stops no other mail, and makes none untrue."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, text, update
from sqlalchemy.exc import OperationalError

from registration.extensions import db, one_transaction
from registration.mail.messages import BULK, TIMED
from registration.mail.transport import Transport
from registration.models import OutboxMessage, Workshop, WorkshopSession
from registration.rules.pauses import FEWEST_ATTEMPTS, GIVE_UP_AFTER
from registration.services.delivering import deliver_due
from registration.services.pausing import pause_by_hand, resume_by_hand
from registration.services.planning import plan_due_mails
from registration.services.recovering import recover_leases
from registration.steps.claiming import claim
from registration.steps.leases import lease_until
from registration.steps.outcomes import Outcomes
from registration.steps.relay import pause, relay_as_read, relay_row
from registration.steps.verdicts import DOMAINS_IN_A_ROW, InARow
from registration.vocabulary import MailKind, OutboxState, RelayPause
from tests.factories import START, default_mail_plan, instant, mails, make_workshop, sign_up, submit
from tests.mail.cast import BEFORE
from tests.servers.scripted_smtp import CUT, ScriptedServer
from tests.times import NOW

State = OutboxState
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ADA, BEN = "ada@musterhausen.example.org", "ben@musterhausen.example.org"
Deliver = Callable[..., list[OutboxState]]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def settings() -> dict[str, Any]:
    return {}


@pytest.fixture
def app(make_app: Callable[..., Flask], server: ScriptedServer, settings: dict[str, Any]) -> Flask:
    return make_app(**server.settings, **settings)


@pytest.fixture
def deliver(app_context: Flask) -> Iterator[Deliver]:
    """Send one batch of what is due at an instant; the states of all mails afterwards."""
    transport, in_a_row = Transport(app_context.config), InARow()

    def run(now: Any = NOW) -> list[OutboxState]:
        deliver_due(transport, instant=lambda: now, wants_to_stop=lambda: False, in_a_row=in_a_row)
        db.session.rollback()
        return [mail.state for mail in mails()]

    yield run
    transport.close()


def queue(*names: str) -> None:
    workshop = make_workshop()
    for name in names:
        submit(workshop, name)


def test_an_answer_with_characters_that_no_database_takes_stops_nobody(
    deliver: Deliver, server: ScriptedServer
) -> None:
    queue("ada", "ben")
    server.next("RCPT", "550 5.1.1 un\0known", to=ADA)

    assert deliver() == [State.FAILED, State.SENT]
    assert "un known" in mails()[0].server_reply


def test_a_mail_that_always_breaks_the_line_lets_the_others_go_and_is_held(
    deliver: Deliver, server: ScriptedServer
) -> None:
    queue("ada", "ben")
    server.always("DATA", CUT, to=ADA)

    now, states = NOW, deliver()
    for number in range(12):
        submit(make_workshop(slug=f"other-{number}"), "cleo", now=now)
        now += timedelta(hours=1)
        states = deliver(now)

    assert states[0] is State.HELD
    assert set(states[1:]) <= {State.SENT, State.QUEUED}
    assert server.taken[0].recipient == BEN


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # PostgreSQL lets no broken JSON in
def test_a_record_that_cannot_be_read_stops_nobody(app_context: Flask, server: ScriptedServer) -> None:
    queue("ada", "ben")
    transport = Transport(app_context.config)
    with one_transaction():
        db.session.execute(text("UPDATE outbox_message SET context = '{broken' WHERE id = 1"))

    deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False)
    transport.close()

    assert [mail.recipient for mail in server.taken] == [BEN]


@pytest.mark.parametrize("settings", [{"MAIL_UNCERTAIN": "hold"}])
def test_by_the_policy_hold_a_mail_whose_dot_had_no_answer_waits_for_a_person(
    deliver: Deliver, server: ScriptedServer
) -> None:
    queue("ada")
    server.next("DOT", CUT)

    assert deliver() == [State.HELD]
    assert mails()[0].is_uncertain
    assert deliver(NOW + timedelta(days=1)) == [State.HELD]


def test_an_uncertain_mail_tells_the_new_when_its_records_have_changed(
    deliver: Deliver, server: ScriptedServer
) -> None:
    sign_up(make_workshop())
    server.next("DOT", CUT)
    deliver()
    with one_transaction():
        db.session.execute(update(WorkshopSession).values(room_link="https://meeting.example.org/new"))

    deliver(NOW + timedelta(minutes=10))

    (seat,) = mails(MailKind.SEAT_CERTAIN)
    copies = [mail for mail in server.taken if seat.message_id in mail.content.decode("ascii")]
    assert (seat.state, seat.is_uncertain, len(copies)) == (State.SENT, True, 2)
    assert "room/4711" in _text_of(copies[0].content)
    assert "meeting.example.org/new" in _text_of(copies[1].content)


@pytest.mark.parametrize("later", [timedelta(minutes=10), timedelta(days=1)])
def test_an_uncertain_mail_is_the_same_when_a_change_of_its_records_touches_none_of_its_words(
    deliver: Deliver, server: ScriptedServer, later: timedelta
) -> None:
    sign_up(make_workshop(capacity=1))
    server.next("DOT", CUT)
    deliver()
    with one_transaction():
        db.session.execute(update(Workshop).values(capacity=2))

    deliver(NOW + later)

    (seat,) = mails(MailKind.SEAT_CERTAIN)
    first, second = [one.content for one in server.taken if seat.message_id in one.content.decode("ascii")]
    assert (seat.state, seat.is_uncertain) == (State.SENT, True)
    assert first == second


def test_an_uncertain_reminder_counts_the_days_anew_when_its_records_have_changed(
    deliver: Deliver, server: ScriptedServer
) -> None:
    workshop = make_workshop(capacity=1)
    default_mail_plan(workshop)
    sign_up(workshop)
    deliver()
    a_week_before = instant(START) - timedelta(days=7)
    plan_due_mails(now=a_week_before)
    server.next("DOT", CUT)
    deliver(a_week_before)
    with one_transaction():
        db.session.execute(update(Workshop).values(capacity=2))

    deliver(a_week_before + timedelta(days=2))

    first, second = [_text_of(one.content) for one in server.taken[-2:]]
    assert "in 7 Tagen" in first
    assert "in 5 Tagen" in second


def test_a_mail_is_sent_and_recorded_although_the_database_is_lost_while_it_is_on_its_way(
    app_context: Flask, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue("ada", "ben")

    def lose() -> None:
        raise OperationalError("ROLLBACK", {}, ConnectionError())

    class Unlucky(Transport):
        def complete(self, following: Any = None, meanwhile: Any = None) -> Any:
            with monkeypatch.context() as patch:
                patch.setattr(db.session, "rollback", lose)
                meanwhile()
            return super().complete(following, meanwhile)

    transport = Unlucky(app_context.config)
    deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False)
    transport.close()

    assert [mail.state for mail in mails()] == [State.SENT, State.SENT]


def test_no_mail_is_to_blame_for_a_database_that_failed_while_it_was_written_ahead(
    app_context: Flask, deliver: Deliver, server: ScriptedServer
) -> None:
    workshop = make_workshop(capacity=1)
    sign_up(workshop, "ada")
    deliver()
    sign_up(workshop, "ben")
    sign_up(workshop, "cleo")
    with one_transaction():  # of two mails that ask the database while they are written
        db.session.execute(delete(OutboxMessage).where(OutboxMessage.kind == MailKind.CONFIRM_ADDRESS))
    broken: list[str] = []

    def spoil(_line: Any, _cursor: Any, _statement: str, values: Any, *_rest: Any) -> tuple[str, Any]:
        broken.append("here")
        return "SELECT nothing FROM nowhere", ()

    class Unlucky(Transport):
        def complete(self, following: Any = None, meanwhile: Any = None) -> Any:
            event.listen(db.engine, "before_cursor_execute", spoil, retval=True)
            meanwhile()
            event.remove(db.engine, "before_cursor_execute", spoil)
            return super().complete(following)

    transport = Unlucky(app_context.config)
    deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False)
    transport.close()

    waiting = mails(MailKind.WAITING_LIST)
    assert broken
    assert [(mail.state, mail.crashes) for mail in waiting] == [(State.SENT, 0), (State.SENT, 0)]


def _text_of(content: bytes) -> str:
    for part in message_from_bytes(content).walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            return payload.decode()
    raise AssertionError("no text")


def test_a_server_that_never_says_whether_it_took_a_mail_is_left_alone(
    deliver: Deliver, server: ScriptedServer
) -> None:
    queue("ada", "ben", "cleo", "dora")
    server.always("DOT", CUT)

    assert deliver() == [State.QUEUED] * 4
    relay = relay_as_read()
    assert relay is not None
    assert (relay.pause, len(server.taken)) == (RelayPause.TEMPORARY, 3)


def test_a_pause_by_hand_stops_the_batch_that_is_on_its_way(
    app_context: Flask, server: ScriptedServer
) -> None:
    queue("ada", "ben", "cleo")

    class Interrupted(Transport):
        def complete(self, *what_follows: Any) -> Any:
            answer = super().complete(*what_follows)
            if len(server.taken) == 1:
                pause_by_hand("Serverumzug", by="Anna Admin", organiser_id=None, now=NOW)
            return answer

    transport = Interrupted(app_context.config)
    deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False)
    transport.close()

    assert [mail.state for mail in mails()] == [State.SENT, State.QUEUED, State.QUEUED]
    assert len(server.taken) == 1


def test_several_connections_in_the_same_trouble_are_one_failure(app_context: Flask) -> None:
    for _ in range(4):
        with one_transaction():
            pause(relay_row(lock=True), RelayPause.TEMPORARY, "421", now=NOW)

    relay = relay_as_read()
    assert relay is not None
    assert relay.failures == 1
    assert relay.paused_until is not None
    assert relay.paused_until - NOW < 2 * MINUTE


def test_what_waits_for_a_person_is_not_ended_by_what_goes_wrong_besides(app_context: Flask) -> None:
    with one_transaction():
        pause(relay_row(lock=True), RelayPause.REJECTIONS, "554", now=NOW)
        pause(relay_row(lock=True), RelayPause.TEMPORARY, "421", now=NOW)

    relay = relay_as_read()
    assert relay is not None
    assert (relay.pause, relay.paused_until) == (RelayPause.REJECTIONS, None)


def test_a_mail_kept_back_for_a_week_still_leaves(deliver: Deliver) -> None:
    sign_up(make_workshop())

    deliver(NOW + 7 * DAY)

    assert mails(MailKind.SEAT_CERTAIN)[0].state is State.SENT


def test_nothing_leads_to_a_workshop_that_is_over(deliver: Deliver) -> None:
    workshop = make_workshop()
    sign_up(workshop)
    assert workshop.ends_at is not None

    deliver(workshop.ends_at + MINUTE)

    (seat,) = mails(MailKind.SEAT_CERTAIN)
    assert (seat.state, seat.state_reason) == (State.SKIPPED, "die Veranstaltung ist vorbei")


def test_nobody_is_asked_to_confirm_for_a_workshop_that_is_over(deliver: Deliver) -> None:
    workshop = make_workshop()
    over = workshop.ends_at
    assert over is not None
    submit(workshop)
    with one_transaction():
        db.session.execute(update(OutboxMessage).values(pointless_after=over + DAY, next_attempt_at=over))

    deliver(over)

    (confirm,) = mails(MailKind.CONFIRM_ADDRESS)
    assert (confirm.state, confirm.state_reason) == (State.SKIPPED, "die Veranstaltung ist vorbei")


def test_an_old_mail_is_given_up_only_after_several_attempts(
    deliver: Deliver, server: ScriptedServer
) -> None:
    sign_up(make_workshop())
    server.always("RCPT", "451 4.7.1 greylisted")

    deliver(NOW + 6 * DAY)

    assert mails(MailKind.SEAT_CERTAIN)[0].state is State.QUEUED


def test_a_mail_refused_for_five_days_is_given_up(deliver: Deliver, server: ScriptedServer) -> None:
    queue("ada")
    pointless = {"pointless_after": NOW + 30 * DAY}
    with one_transaction():
        db.session.execute(update(OutboxMessage).values(attempts=FEWEST_ATTEMPTS - 1, **pointless))
    server.always("RCPT", "451 4.7.1 greylisted")

    assert deliver(NOW + GIVE_UP_AFTER) == [State.QUEUED]
    with one_transaction():
        db.session.execute(update(OutboxMessage).values(next_attempt_at=NOW))
    assert deliver(NOW + GIVE_UP_AFTER + MINUTE) == [State.FAILED]
    assert mails()[0].state_reason.startswith("Adresse unzustellbar")


def test_when_every_domain_is_refused_for_now_the_server_is_left_alone(
    deliver: Deliver, server: ScriptedServer
) -> None:
    workshop = make_workshop()
    for number in range(DOMAINS_IN_A_ROW + 1):
        submit(workshop, "ada", email=f"ada@kreis-{number}.example.org")
    server.always("RCPT", "451 4.3.5 server configuration problem")

    deliver()

    relay = relay_as_read()
    assert relay is not None
    assert relay.pause is RelayPause.TEMPORARY
    assert "configuration problem" in relay.reason
    assert [mail.attempts for mail in mails()] == [1] * DOMAINS_IN_A_ROW + [0]


def test_a_domain_that_greylists_its_people_keeps_no_other_from_its_mails(
    deliver: Deliver, server: ScriptedServer
) -> None:
    workshop = make_workshop()
    for number in range(DOMAINS_IN_A_ROW + 1):
        submit(workshop, "ada", email=f"ada.{number}@musterhausen.example.org")
    server.always("RCPT", "450 4.2.0 greylisted")

    deliver()

    assert relay_as_read() is None or relay_as_read().pause is None  # type: ignore[union-attr]
    assert {mail.attempts for mail in mails()} == {1}


class TestAlerts:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, Any]:
        return {"MAIL_ALERT_FILE": str(tmp_path / "alerts.log")}

    def test_a_mail_rejected_for_what_it_says_is_noted(
        self, deliver: Deliver, server: ScriptedServer, settings: dict[str, Any]
    ) -> None:
        queue("ada")
        server.next("DOT", "554 5.7.1 spam")
        deliver()

        (line,) = Path(settings["MAIL_ALERT_FILE"]).read_text().splitlines()
        assert "rejected (554); see: flask mail status" in line
        assert ADA not in line


class TestTestMode:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"MAIL_TEST_ADDRESS": "probe@example.org"}

    def test_nobody_else_gets_a_mail(self, deliver: Deliver, server: ScriptedServer) -> None:
        """M-60."""
        queue("ada", "ben")

        assert deliver() == [State.SENT, State.SENT]
        assert server.recipients == ["probe@example.org"] * 2
        assert all(b"\r\nTo: probe@example.org\r\n" in mail.content for mail in server.taken)
        assert all("[TEST]" in str(make_header(decode_header(subject))) for subject in _subjects(server))


def _subjects(server: ScriptedServer) -> list[str]:
    return [message_from_bytes(mail.content)["Subject"] for mail in server.taken]


class TestByNight:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"MAIL_QUIET_FROM": "19:00", "MAIL_QUIET_UNTIL": "07:00"}

    def test_what_was_kept_until_the_night_waits_for_the_day(self, deliver: Deliver) -> None:
        queue("ada")
        change = {"kind": MailKind.DIGEST, "registration_id": None, "pointless_after": NOW + 9 * DAY}
        with one_transaction():
            db.session.execute(update(OutboxMessage).values(**change))
        night = NOW + timedelta(hours=12)  # Friday, 22:00 in Berlin

        assert deliver(night) == [State.QUEUED]
        assert mails()[0].next_attempt_at == NOW + 2 * DAY + timedelta(hours=22)  # Monday, 08:00
        assert deliver(NOW + 2 * DAY + timedelta(hours=22)) != [State.QUEUED]

    @pytest.mark.parametrize(
        ("priority", "start", "leaves"),
        [
            (BULK, NOW + 30 * DAY, False),
            (BULK, NOW + 3 * DAY, True),  # by Monday morning it is almost there
            (TIMED, NOW + 30 * DAY, True),  # was urgent when it was told
        ],
    )
    def test_a_change_waits_for_the_day_unless_it_is_urgent(
        self, deliver: Deliver, priority: int, start: datetime, leaves: bool
    ) -> None:
        """T-11."""
        workshop = make_workshop()
        sign_up(workshop)
        columns = {"kind": MailKind.WORKSHOP_CHANGED, "priority": priority, "pointless_after": NOW + 40 * DAY}
        context = {"sessions": {str(workshop.sessions[0].id): BEFORE}}
        with one_transaction():
            db.session.execute(delete(OutboxMessage).where(OutboxMessage.kind != MailKind.SEAT_CERTAIN))
            db.session.execute(update(OutboxMessage).values(context=context, **columns))
            db.session.execute(
                update(WorkshopSession).values(
                    starts_at=start, ends_at=start + timedelta(hours=2), dial_in_at=None
                )
            )

        assert deliver(NOW + timedelta(hours=12)) == [State.SENT if leaves else State.QUEUED]

    def test_single_answers_leave_at_any_time(self, deliver: Deliver) -> None:
        queue("ada")

        assert deliver(NOW + timedelta(hours=12)) == [State.SENT]


class TestAtAPace:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"MAIL_PER_MINUTE": 25}

    def test_what_goes_to_no_server_uses_no_pace(self, deliver: Deliver, server: ScriptedServer) -> None:
        queue("ada", "ben", "cleo", "dora", "emil", "fred")
        with one_transaction():
            late = OutboxMessage.id <= 5
            db.session.execute(update(OutboxMessage).where(late).values(pointless_after=NOW))

        deliver()
        deliver()

        assert len(server.taken) == 1


def test_the_worker_that_waits_for_an_answer_accuses_no_other_mail(app_context: Flask) -> None:
    queue("ada", "ben")
    claim(NOW)
    long, over = lease_until(600, NOW), NOW - 400 * DAY
    with one_transaction():
        db.session.execute(
            update(OutboxMessage).where(OutboxMessage.id == 1).values(state=State.SENDING, lease_until=long)
        )
        db.session.execute(update(OutboxMessage).where(OutboxMessage.id == 2).values(lease_until=over))

    assert recover_leases(now=NOW) == 1

    assert [(mail.state, mail.crashes) for mail in mails()] == [(State.SENDING, 0), (State.QUEUED, 0)]


def test_what_was_taken_after_all_is_not_sent_once_more(app_context: Flask) -> None:
    queue("ada")
    token = claim(NOW).token
    with one_transaction():
        db.session.execute(
            update(OutboxMessage).values(
                state=State.QUEUED, claim_token=None, lease_until=None, is_uncertain=True
            )
        )
    outcomes = Outcomes()

    outcomes.sent(mails()[0].id, token, code=250, reply="OK", now=NOW)
    outcomes.close()

    db.session.rollback()
    assert mails()[0].state is State.SENT


def test_a_mail_that_stood_aside_goes_with_the_others_when_somebody_resumes(
    deliver: Deliver, server: ScriptedServer
) -> None:
    queue("ada")
    server.next("DATA", CUT)
    assert deliver() == [State.QUEUED]

    assert resume_by_hand(by="Anna Admin", organiser_id=None, now=NOW)

    assert deliver() == [State.SENT]
