"""Everything that a mail is written about, lived through once, with each mail sent while it is true."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from registration.mail import messages
from registration.models import MailRule, Registration, Workshop
from registration.services import publishing, reviewing, scheduling, telling_changes
from registration.services.attending import record_attendance
from registration.services.changing_address import confirm_new_address, request_new_address
from registration.services.confirming import confirm_address
from registration.services.offering import end_due_offers
from registration.services.planning import plan_due_mails
from registration.services.requesting_erasure import request_erasure
from registration.services.requesting_links import send_new_link
from registration.services.substituting import name_substitute
from registration.services.withdrawing import withdraw
from registration.vocabulary import Anchor, Decision, LinkPurpose, MailKind, OffsetUnit
from tests.factories import default_mail_plan, details, find, make_organiser, save, sign_up, submit
from tests.today import TODAY, make_open_workshop


def cause_every_mail(deliver: Callable[[datetime], None]) -> None:
    """Live through all that a mail is written about, and send each mail while it is true."""
    by: dict[str, Any] = {"organiser_id": make_organiser().id, "now": TODAY}
    small = make_open_workshop("small", capacity=1)
    default_mail_plan(small)
    ada, ben = (sign_up(small, name, now=TODAY) for name in ("ada", "ben"))
    submit(small, "cleo", now=TODAY, language="en")
    submit(small, "ada", now=TODAY)
    send_new_link(ada.email, language="en", now=TODAY)
    deliver(TODAY)
    withdraw(ada.id, now=TODAY)
    deliver(TODAY)
    name_substitute(ben.id, details("dora"), now=TODAY)
    dora = confirm_address(find(small.id, "dora").id, now=TODAY)
    sign_up(small, "eva", now=TODAY, language="en")
    deliver(TODAY)
    live_until_the_session(small, deliver)
    assert small.starts_at is not None
    withdraw(dora.id, now=small.starts_at - timedelta(hours=1))
    deliver(small.starts_at - timedelta(hours=1))

    tell_the_organiser(by["organiser_id"], deliver)

    offer_a_seat(deliver)
    change_address_and_room(by, deliver)

    reviewed = make_open_workshop("reviewed", decision=Decision.BY_ORGANISER)
    fay, gil = (sign_up(reviewed, name, now=TODAY) for name in ("fay", "gil"))
    deliver(TODAY)
    reviewing.decline([fay.id], **by, text="Diesmal leider nicht.")
    reviewing.cancel([gil.id], **by, text="Die Dienststelle hat abgesagt.")
    sign_up(reviewed, "hal", now=TODAY)
    deliver(TODAY)
    publishing.cancel(reviewed.id, version=reviewed.version, **by, text="Die Referentin ist erkrankt.")
    deliver(TODAY)


def live_until_the_session(workshop: Workshop, deliver: Callable[[datetime], None]) -> None:
    assert workshop.starts_at is not None
    for days in (7, 1, 0):
        now = workshop.starts_at - timedelta(days=days, minutes=5)
        plan_due_mails(now=now)
        deliver(now)


def tell_the_organiser(organiser_id: int, deliver: Callable[[datetime], None]) -> None:
    """Live through a workshop that too few people attend; somebody tries the mail server as well."""
    told = make_open_workshop("told", has_daily_digest=True, minimum=9)
    for kind, anchor in (
        (MailKind.DEADLINE_REACHED, Anchor.DEADLINE),
        (MailKind.MINIMUM_NOT_REACHED, Anchor.DEADLINE),
        (MailKind.THANKS, Anchor.SESSION_END),
        (MailKind.CERTIFICATE, Anchor.SESSION_END),
    ):
        save(MailRule(workshop_id=told.id, kind=kind, anchor=anchor, unit=OffsetUnit.MINUTES, offset=0))
    ida = sign_up(told, "ida", now=TODAY)
    save(messages.test("betrieb@example.org", cause="test", now=TODAY))
    deliver(TODAY)
    assert told.closes_at is not None
    assert told.ends_at is not None
    record_attendance(told.sessions[0].id, {ida.id: True}, organiser_id=organiser_id, now=told.ends_at)
    next_days = [TODAY + timedelta(days=number) for number in range(1, 7)]  # one is a working day
    for now in (*next_days, told.closes_at, told.ends_at):
        plan_due_mails(now=now)
        deliver(now)


def offer_a_seat(deliver: Callable[[datetime], None]) -> None:
    """A seat comes free where people are asked first; nobody answers."""
    asking = make_open_workshop("asking", capacity=1, asks_before_moving_up=True)
    kim, lou = (sign_up(asking, name, now=TODAY) for name in ("kim", "lou"))
    deliver(TODAY)
    withdraw(kim.id, now=TODAY)
    deliver(TODAY)
    ended = lou.offered_until
    assert ended is not None
    end_due_offers(now=ended)
    deliver(ended)


def change_address_and_room(by: dict[str, Any], deliver: Callable[[datetime], None]) -> None:
    """Somebody gets a new mailbox, wants to be forgotten, and the workshop moves to another room."""
    moving = make_open_workshop("moving")
    max_ = sign_up(moving, "max", now=TODAY)
    deliver(TODAY)
    request_new_address(max_.id, "max@neustadt.example.org", now=TODAY)
    deliver(TODAY)
    confirm_new_address(newest_link(max_), now=TODAY)
    request_new_address(max_.id, "max@dorf.example.org", now=TODAY)
    request_erasure(max_.id, now=TODAY)
    deliver(TODAY)
    session = moving.sessions[0]
    facts = scheduling.SessionFacts(
        starts_local=session.starts_local,
        ends_local=session.ends_local,
        dial_in_local=session.dial_in_local,
        room_link="https://meeting.example.org/room/new",
    )
    scheduling.change_session(moving.id, session.id, facts, version=moving.version, **by)
    telling_changes.tell_changes(moving.id, version=moving.version, text="", **by)
    deliver(TODAY + timedelta(days=1))  # by day


def newest_link(registration: Registration) -> int:
    link = registration.link(LinkPurpose.NEW_ADDRESS)
    assert link is not None
    return link.id
