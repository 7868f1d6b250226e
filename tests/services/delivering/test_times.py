"""When a mail leaves, is given up, or has become pointless (M-54, M-56, T-11)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from registration.extensions import db, one_transaction
from registration.mail.messages import BULK, TIMED
from registration.models import OutboxMessage, WorkshopSession
from registration.rules.pauses import FEWEST_ATTEMPTS, GIVE_UP_AFTER
from registration.vocabulary import MailKind, OutboxState
from tests.factories import mails, make_workshop, sign_up, submit
from tests.mail.cast import BEFORE
from tests.servers.scripted_smtp import ScriptedServer
from tests.services.delivering.batches import DAY, MINUTE, Deliver, queue
from tests.times import NOW

State = OutboxState


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
