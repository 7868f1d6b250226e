"""What a dead worker left comes back, and only the mail that it died of is suspected."""

from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from registration import clock
from registration.extensions import db, one_transaction
from registration.mail.outgoing import read_together
from registration.models import JournalEntry, OutboxMessage
from registration.services import recovering
from registration.services.recovering import POISON_CRASHES, recover_leases
from registration.steps.claiming import claim, is_anything_due
from registration.steps.leases import lease_until
from registration.steps.outcomes import Outcomes
from registration.vocabulary import MailKind, OutboxState
from tests.factories import mails, make_workshop, sign_up, submit
from tests.services.test_planning_many import statements
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
LONG_AGO = NOW - timedelta(days=400)  # for the clock of either database


def left_behind(state: OutboxState = OutboxState.CLAIMED) -> None:
    """A worker claimed all mails, was at the first, and died."""
    claimed = {"state": OutboxState.CLAIMED, "claim_token": "dead", "lease_until": LONG_AGO}
    with one_transaction():
        db.session.execute(update(OutboxMessage).values(claimed))
        first = mails()[0]
        first.state = state


def test_claimed_mails_are_queued_again():
    workshop = make_workshop()
    submit(workshop, "ada")
    submit(workshop, "ben")
    left_behind()
    assert recover_leases(now=NOW) == 2
    assert {mail.state for mail in mails()} == {OutboxState.QUEUED}


def test_only_the_mail_in_work_is_held_after_five_crashes():
    workshop = make_workshop()
    submit(workshop, "ada")
    submit(workshop, "ben")
    for _ in range(POISON_CRASHES):
        left_behind()
        recover_leases(now=NOW)
    assert [mail.state for mail in mails()] == [OutboxState.HELD, OutboxState.QUEUED]


def test_a_mail_behind_the_fence_comes_back_as_uncertain():
    submit(make_workshop())
    left_behind(OutboxState.SENDING)
    recover_leases(now=NOW)
    (mail,) = mails()
    assert (mail.state, mail.is_uncertain) == (OutboxState.QUEUED, True)


def test_by_the_policy_hold_an_uncertain_mail_waits_for_a_person(app_context):
    app_context.config["MAIL_UNCERTAIN"] = "hold"
    submit(make_workshop())
    left_behind(OutboxState.SENDING)
    recover_leases(now=NOW)
    assert mails()[0].state is OutboxState.HELD


def test_a_lease_that_runs_is_left_alone():
    submit(make_workshop())
    left_behind()
    with one_transaction():
        db.session.execute(update(OutboxMessage).values(lease_until=lease_until(60, NOW)))
    assert recover_leases(now=NOW) == 0


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("claiming", "recovering"), [(-1, 0), (0, 1)])  # hours by which a machine is wrong
def test_machines_whose_clocks_differ_take_no_mail_from_each_other(claiming: int, recovering: int):
    now = clock.now()
    submit(make_workshop(), now=now - timedelta(days=1))
    claimed = claim(now + timedelta(hours=claiming))

    assert recover_leases(now=now + timedelta(hours=recovering)) == 0

    with closing(Outcomes()) as outcomes:
        mark = read_together(claimed.ids)[claimed.ids[0]].mark
        fence = {
            "content": b"",
            "subject": "",
            "written_at": NOW,
            "mark": mark,
            "now": now + timedelta(hours=claiming),
        }
        assert outcomes.fence(claimed.ids[0], claimed.token, **fence)
    assert recover_leases(now=now + timedelta(hours=recovering)) == 0


def test_a_lease_that_a_wrong_clock_wrote_is_over():
    submit(make_workshop())
    left_behind()
    with one_transaction():
        db.session.execute(update(OutboxMessage).values(lease_until=NOW + timedelta(days=400)))

    assert recover_leases(now=NOW) == 1

    assert mails()[0].state is OutboxState.QUEUED


def test_what_a_clock_an_hour_ahead_wrote_leaves_when_it_has_gone_back():
    submit(make_workshop(), now=NOW + timedelta(hours=1))
    assert not is_anything_due(NOW)

    assert recover_leases(now=NOW) == 1

    assert is_anything_due(NOW)
    assert recover_leases(now=NOW) == 0


def test_what_waits_for_its_time_still_waits():
    submit(make_workshop())
    with one_transaction():
        db.session.execute(update(OutboxMessage).values(next_attempt_at=NOW + timedelta(hours=1)))

    assert recover_leases(now=NOW) == 0

    assert not is_anything_due(NOW)


def test_all_failed_mails_are_tried_again_in_batches_with_a_line_of_the_journal_each(
    app_context, monkeypatch
):
    workshop = make_workshop()
    for name in ("ada", "ben", "cleo"):
        submit(workshop, name)
    with one_transaction():
        db.session.execute(
            update(OutboxMessage).values(
                state=OutboxState.FAILED, state_reason="550", attempts=1, content=b"x"
            )
        )
    monkeypatch.setattr(recovering, "RETRIED_AT_ONCE", 2)

    with statements() as asked:
        assert recovering.retry_all(None, organiser_id=None, now=NOW) == 3

    assert len([one for one in asked if one.startswith("UPDATE outbox_message")]) == 2
    assert [one for one in asked if "content" in one] == []
    assert {(one.state, one.state_reason, one.attempts) for one in mails()} == {(OutboxState.QUEUED, "", 0)}
    retried = select(JournalEntry.details).where(JournalEntry.action == "mail_retried")
    assert [one["message_id"] for one in db.session.scalars(retried)] == [one.id for one in mails()]


def test_only_what_failed_is_tried_again_and_of_one_kind_on_wish():
    workshop = make_workshop()
    sign_up(workshop)
    sign_up(workshop, "ben")
    with one_transaction():
        first, *rest = mails()
        first.state = OutboxState.HELD
        for one in rest:
            one.state = OutboxState.FAILED

    assert recovering.retry_all(MailKind.SEAT_CERTAIN, organiser_id=None, now=NOW) == 2

    by_kind = {(one.kind, one.state) for one in mails()}
    assert by_kind == {
        (MailKind.CONFIRM_ADDRESS, OutboxState.HELD),
        (MailKind.SEAT_CERTAIN, OutboxState.QUEUED),
        (MailKind.CONFIRM_ADDRESS, OutboxState.FAILED),
    }
