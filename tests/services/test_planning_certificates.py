"""Certificates by the mail plan: once, after the last session, to who has attended (domain.md, T-14)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from registration.extensions import db, one_transaction
from registration.mail.still_wanted import reason_to_skip
from registration.models import MailRule, Organiser, OutboxMessage, Registration, Workshop, WorkshopSession
from registration.services.attending import record_attendance
from registration.services.planning import plan_due_mails
from registration.services.previewing import preview
from registration.services.timeline import timeline
from registration.services.withdrawing import withdraw
from registration.vocabulary import Anchor, MailKind, OutboxState
from tests.factories import START, instant, make_organiser, make_session, make_workshop, save, sign_up
from tests.services.plans import DAY, MINUTE, add_rule, fresh_mails, move, names, utc

pytestmark = pytest.mark.usefixtures("app_context")

MORNING = utc("2027-02-25T08:00")  # of the day after the workshop


def with_certificates(**columns: object) -> Workshop:
    workshop = make_workshop(**columns)
    add_rule(workshop, MailKind.CERTIFICATE, 1, anchor=Anchor.SESSION_END)
    return workshop


def were_at(workshop: Workshop, people: dict[Registration, bool], *, now: datetime, session: int = 0) -> None:
    attended = {one.id: is_there for one, is_there in people.items()}
    organiser = db.session.scalars(select(Organiser)).first() or make_organiser()
    record_attendance(workshop.sessions[session].id, attended, organiser_id=organiser.id, now=now)


def test_a_certificate_goes_to_who_has_attended() -> None:
    workshop = with_certificates()
    ada, ben, _cleo = (sign_up(workshop, name) for name in ("ada", "ben", "cleo"))
    were_at(workshop, {ada: True, ben: False}, now=workshop.ends_at)

    assert plan_due_mails(now=workshop.ends_at) == 0
    assert plan_due_mails(now=MORNING) == 1
    assert plan_due_mails(now=MORNING + DAY) == 0

    assert names(MailKind.CERTIFICATE) == ["Ada"]
    (mail,) = fresh_mails(MailKind.CERTIFICATE)
    assert reason_to_skip(mail, now=MORNING) is None


def test_who_is_entered_later_gets_hers_then() -> None:
    workshop = with_certificates()
    ada, ben = (sign_up(workshop, name) for name in ("ada", "ben"))
    were_at(workshop, {ada: True}, now=workshop.ends_at)
    plan_due_mails(now=MORNING)
    late = MORNING + 20 * DAY

    were_at(workshop, {ben: True}, now=late)

    assert plan_due_mails(now=late) == 1
    assert names(MailKind.CERTIFICATE) == ["Ada", "Ben"]


def test_weeks_of_waiting_for_entries_cost_next_to_nothing() -> None:
    """Workshops that are over are looked at every ten minutes, not at each tick."""
    workshop = with_certificates()
    ada = sign_up(workshop)
    plan_due_mails(now=MORNING)
    were_at(workshop, {ada: True}, now=MORNING)

    assert plan_due_mails(now=MORNING + 9 * MINUTE) == 0
    assert plan_due_mails(now=MORNING + 10 * MINUTE) == 1


def test_who_got_a_seat_after_it_was_over_gets_one_too() -> None:
    """No other mail brings it, as the confirmation brings the link (T-10)."""
    workshop = with_certificates()
    walk_in = sign_up(workshop, "walk")
    walk_in.state_changed_at = MORNING + DAY
    were_at(workshop, {walk_in: True}, now=MORNING + DAY)

    assert plan_due_mails(now=MORNING + DAY) == 1


def test_several_sessions_bring_one_certificate_after_the_last() -> None:
    """Also when the one that begins last does not end last."""
    long = make_session(ends_local=START + timedelta(hours=30), ends_at=instant(START) + timedelta(hours=30))
    short = make_session(START + timedelta(hours=4))
    workshop = with_certificates(sessions=[long, short])
    ada = sign_up(workshop)
    were_at(workshop, {ada: True}, now=workshop.ends_at, session=1)

    assert plan_due_mails(now=MORNING) == 0
    assert plan_due_mails(now=MORNING + DAY) == 1
    assert plan_due_mails(now=MORNING + 2 * DAY) == 0


@pytest.mark.parametrize("does", ["is_absent", "withdraws"])
def test_what_is_not_true_any_more_does_not_leave(does: str) -> None:
    workshop = with_certificates()
    ada = sign_up(workshop)
    were_at(workshop, {ada: True}, now=workshop.ends_at)
    plan_due_mails(now=MORNING)

    if does == "is_absent":
        were_at(workshop, {ada: False}, now=MORNING)
    else:
        withdraw(ada.id, now=workshop.starts_at)

    (mail,) = fresh_mails(MailKind.CERTIFICATE)
    assert str(reason_to_skip(mail, now=MORNING)).startswith("derzeit nicht: ")


def skip(mail: OutboxMessage, now: datetime) -> None:
    """What a worker does with a mail that has become untrue."""
    with one_transaction():
        mail = db.session.get_one(OutboxMessage, mail.id)
        mail.state, mail.state_reason = OutboxState.SKIPPED, str(reason_to_skip(mail, now=now))


def test_a_tick_that_was_taken_back_and_set_again_brings_it_after_all() -> None:
    workshop = with_certificates()
    ada = sign_up(workshop)
    were_at(workshop, {ada: True}, now=workshop.ends_at)
    plan_due_mails(now=MORNING)
    were_at(workshop, {ada: False}, now=MORNING)
    skip(fresh_mails(MailKind.CERTIFICATE)[0], MORNING)
    assert plan_due_mails(now=MORNING + DAY) == 0

    were_at(workshop, {ada: True}, now=MORNING + DAY)

    assert plan_due_mails(now=MORNING + 2 * DAY) == 1
    (mail,) = fresh_mails(MailKind.CERTIFICATE)
    assert (mail.state, reason_to_skip(mail, now=MORNING + 2 * DAY)) == (OutboxState.QUEUED, None)


def test_a_line_that_was_taken_out_and_put_back_brings_it_after_all() -> None:
    workshop = with_certificates()
    ada = sign_up(workshop)
    were_at(workshop, {ada: True}, now=workshop.ends_at)
    plan_due_mails(now=MORNING)
    with one_transaction():
        db.session.delete(db.session.scalars(select(MailRule)).one())
    skip(fresh_mails(MailKind.CERTIFICATE)[0], MORNING)
    add_rule(workshop, MailKind.CERTIFICATE, 2, anchor=Anchor.SESSION_END)

    assert plan_due_mails(now=MORNING + DAY) == 1
    (mail,) = fresh_mails(MailKind.CERTIFICATE)
    assert (mail.state, reason_to_skip(mail, now=MORNING + DAY)) == (OutboxState.QUEUED, None)


@pytest.mark.parametrize("change", ["moved", "another session", "another line"])
def test_whatever_changes_afterwards_nobody_gets_two(change: str) -> None:
    workshop = with_certificates()
    ada = sign_up(workshop)
    were_at(workshop, {ada: True}, now=workshop.ends_at)
    plan_due_mails(now=MORNING)

    if change == "moved":
        move(workshop.sessions[0], 7 * DAY)
    elif change == "another session":
        save(make_session(START + 7 * DAY, workshop_id=workshop.id, uid="later"))
    else:
        add_rule(workshop, MailKind.CERTIFICATE, 3, anchor=Anchor.SESSION_END)

    db.session.expire_all()
    assert sum(plan_due_mails(now=MORNING + days * DAY) for days in range(1, 12)) == 0


def test_a_session_that_was_moved_ahead_certifies_nothing_yet() -> None:
    workshop = with_certificates()
    ada = sign_up(workshop)
    were_at(workshop, {ada: True}, now=workshop.ends_at)
    plan_due_mails(now=MORNING)

    move(workshop.sessions[0], 7 * DAY)

    (mail,) = fresh_mails(MailKind.CERTIFICATE)
    skip(mail, MORNING)
    assert plan_due_mails(now=MORNING + 7 * DAY) == 1
    (mail,) = fresh_mails(MailKind.CERTIFICATE)
    assert reason_to_skip(mail, now=MORNING + 7 * DAY) is None


def test_a_last_session_that_was_taken_out_long_after_the_first_leaves_the_certificate() -> None:
    workshop = with_certificates(sessions=[make_session(), make_session(START + 90 * DAY, uid="last")])
    ada = sign_up(workshop)
    were_at(workshop, {ada: True}, now=workshop.sessions[0].ends_at)
    with one_transaction():
        db.session.delete(db.session.get_one(WorkshopSession, workshop.sessions[1].id))
    db.session.expire_all()

    assert plan_due_mails(now=MORNING + 85 * DAY) == 1


def test_a_preview_says_when_the_person_has_not_attended() -> None:
    workshop = with_certificates()
    ada = sign_up(workshop)

    before = preview(workshop, MailKind.CERTIFICATE, ada, now=workshop.ends_at)
    were_at(workshop, {ada: True}, now=workshop.ends_at)
    after = preview(workshop, MailKind.CERTIFICATE, ada, now=workshop.ends_at)

    assert (before.is_supposed, after.is_supposed) == (True, False)
    assert before.subject == "Teilnahmebescheinigung: Kooperationsvereinbarungen in (bester) Form"


def test_a_year_later_it_is_too_late() -> None:
    workshop = with_certificates()
    ada = sign_up(workshop)
    were_at(workshop, {ada: True}, now=workshop.ends_at)

    assert plan_due_mails(now=MORNING + 365 * DAY) == 1
    (mail,) = fresh_mails(MailKind.CERTIFICATE)
    assert mail.state_reason.startswith("zu spät")


def test_the_time_line_counts_who_will_get_one() -> None:
    workshop = with_certificates()
    ada, ben = (sign_up(workshop, name) for name in ("ada", "ben"))
    were_at(workshop, {ada: True, ben: False}, now=workshop.ends_at)

    (entry,) = (one for one in timeline(workshop, now=workshop.ends_at) if one.kind is MailKind.CERTIFICATE)

    assert (entry.due, entry.count, entry.audience) == (MORNING, 1, "wer teilgenommen hat")


def test_it_stays_on_the_time_line_until_nobody_can_be_entered_any_more() -> None:
    workshop = with_certificates()
    sign_up(workshop)

    def is_past(now: datetime) -> list[bool]:
        return [one.is_past for one in timeline(workshop, now=now) if one.kind is MailKind.CERTIFICATE]

    assert is_past(MORNING + 30 * DAY) == [False]
    assert is_past(MORNING + 365 * DAY) == [True]
