"""Offers on the waiting list: strict order, an end, and every seat given once (rule 4)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registration.errors import NotPossible
from registration.extensions import db, one_transaction
from registration.models import JournalEntry, Registration, Workshop
from registration.services import publishing, reviewing
from registration.services.moving_up import move_up_everywhere
from registration.services.offering import accept_offer, end_due_offers, let_go
from registration.services.withdrawing import undo_withdrawal, withdraw
from registration.steps.counting import seats_of
from registration.vocabulary import MailKind, RegistrationState
from tests.factories import find, mails, make_organiser, make_workshop, sign_up
from tests.times import NOW

State = RegistrationState
ONE_DAY = timedelta(hours=24)
pytestmark = pytest.mark.usefixtures("app_context")


def offered(*names: str, **columns: object) -> Workshop:
    """A workshop of one seat, which Ada has given back, and people in line; the first has an offer."""
    workshop = make_workshop(capacity=1, asks_before_moving_up=True, **columns)
    ada = sign_up(workshop, "ada")
    for name in names:
        sign_up(workshop, name)
    withdraw(ada.id, now=NOW)
    return workshop


def states(workshop: Workshop) -> dict[str, RegistrationState]:
    db.session.expire_all()
    found = db.session.scalars(select(Registration).where(Registration.workshop_id == workshop.id))
    return {one.given_name.lower(): one.state for one in found if one.given_name != "Ada"}


def told(kind: MailKind) -> list[str]:
    return [mail.to_address.partition("@")[0] for mail in mails(kind)]


def test_a_free_seat_is_offered_to_the_first_in_line_for_a_day() -> None:
    workshop = offered("ben", "cleo")

    ben = find(workshop.id, "ben")
    assert states(workshop) == {"ben": State.OFFERED, "cleo": State.WAITING}
    assert ben.offered_until == NOW + ONE_DAY
    assert told(MailKind.SEAT_OFFERED) == ["ben"]
    assert mails(MailKind.SEAT_OFFERED)[0].pointless_after == NOW + ONE_DAY


def test_an_offered_seat_is_taken_and_shows_no_meeting_room() -> None:
    workshop = offered("ben")

    seats = seats_of(workshop, now=NOW)
    assert (seats.offered, seats.free) == (1, 0)
    assert not find(workshop.id, "ben").has_seat
    assert sign_up(workshop, "dora").state is State.WAITING


def test_who_accepts_has_the_seat_and_one_mail_however_often_she_presses() -> None:
    workshop = offered("ben", "cleo")
    ben = find(workshop.id, "ben").id

    for _ in range(2):
        accept_offer(ben, now=NOW + timedelta(hours=1))

    assert states(workshop) == {"ben": State.CONFIRMED, "cleo": State.WAITING}
    assert told(MailKind.MOVED_UP) == ["ben"]


def test_who_lets_go_passes_the_offer_on_at_once() -> None:
    workshop = offered("ben", "cleo")
    ben = find(workshop.id, "ben").id

    for _ in range(2):
        let_go(ben, now=NOW + timedelta(hours=1))

    assert states(workshop) == {"ben": State.WITHDRAWN, "cleo": State.OFFERED}
    assert told(MailKind.WITHDRAWN) == ["ada", "ben"]
    assert find(workshop.id, "cleo").offered_until == NOW + timedelta(hours=25)


def test_an_offer_that_ends_goes_to_the_next() -> None:
    workshop = offered("ben", "cleo", "dora")

    assert end_due_offers(now=NOW + ONE_DAY - timedelta(seconds=1)) == 0
    assert end_due_offers(now=NOW + ONE_DAY) == 1

    assert states(workshop) == {"ben": State.LAPSED, "cleo": State.OFFERED, "dora": State.WAITING}
    assert told(MailKind.OFFER_ENDED) == ["ben"]
    assert find(workshop.id, "ben").reasons == ["offer_ended"]


def test_it_passes_on_in_one_transaction() -> None:
    workshop = offered("ben", "cleo")
    end_due_offers(now=NOW + ONE_DAY)

    entries = db.session.scalars(select(JournalEntry).where(JournalEntry.workshop_id == workshop.id))
    assert [one.action for one in entries][-2:] == ["lapsed", "offered"]


def test_an_offer_that_ends_while_nobody_waits_frees_the_seat() -> None:
    workshop = offered("ben")
    end_due_offers(now=NOW + ONE_DAY)

    assert seats_of(workshop, now=NOW).free == 1
    assert sign_up(workshop, "dora", now=NOW + ONE_DAY).state is State.CONFIRMED


def test_who_was_too_late_may_register_anew() -> None:
    workshop = offered("ben")
    end_due_offers(now=NOW + ONE_DAY)

    assert sign_up(workshop, "ben", now=NOW + 2 * ONE_DAY).state is State.CONFIRMED


def test_accepting_after_the_end_is_refused_also_before_the_worker_has_looked() -> None:
    workshop = offered("ben", "cleo")
    ben = find(workshop.id, "ben").id

    with pytest.raises(NotPossible):
        accept_offer(ben, now=NOW + ONE_DAY)
    end_due_offers(now=NOW + ONE_DAY)
    with pytest.raises(NotPossible):
        accept_offer(ben, now=NOW + ONE_DAY)

    assert states(workshop) == {"ben": State.LAPSED, "cleo": State.OFFERED}


def test_nobody_accepts_a_seat_in_a_workshop_that_was_moved_and_is_over() -> None:
    workshop = offered("ben", offer_hours=2_000)
    with one_transaction():
        session = db.session.get_one(Workshop, workshop.id).sessions[0]
        session.dial_in_at, session.starts_at = None, NOW + timedelta(hours=1)
        session.ends_at = NOW + timedelta(hours=2)

    with pytest.raises(NotPossible):
        accept_offer(find(workshop.id, "ben").id, now=NOW + timedelta(hours=2))


def test_nobody_accepts_a_seat_in_a_workshop_that_has_begun() -> None:
    workshop = offered("ben", offer_hours=2_000)
    with one_transaction():
        session = db.session.get_one(Workshop, workshop.id).sessions[0]
        session.dial_in_at, session.starts_at = None, NOW + timedelta(hours=1)

    with pytest.raises(NotPossible):
        accept_offer(find(workshop.id, "ben").id, now=NOW + timedelta(hours=1))


def test_nobody_accepts_or_lets_go_without_an_offer() -> None:
    workshop = offered("ben", "cleo")
    cleo = find(workshop.id, "cleo").id

    for answer in (accept_offer, let_go):
        with pytest.raises(NotPossible):
            answer(cleo, now=NOW)


def test_who_has_let_go_comes_back_only_to_a_free_seat() -> None:
    workshop = offered("ben", "cleo")
    ben = let_go(find(workshop.id, "ben").id, now=NOW)

    with pytest.raises(NotPossible):
        undo_withdrawal(ben.id, now=NOW)


def test_as_many_offers_as_seats() -> None:
    workshop = offered("ben", "cleo", "dora")

    resize(workshop, 2)

    assert states(workshop) == {"ben": State.OFFERED, "cleo": State.OFFERED, "dora": State.WAITING}


def test_a_lower_capacity_leaves_an_open_offer() -> None:
    workshop = offered("ben", "cleo")

    resize(workshop, 0)
    accept_offer(find(workshop.id, "ben").id, now=NOW)

    assert states(workshop) == {"ben": State.CONFIRMED, "cleo": State.WAITING}


def test_no_offer_lasts_past_the_start() -> None:
    late = NOW + timedelta(days=39, hours=23)
    workshop = make_workshop(capacity=1, asks_before_moving_up=True, move_up_until_hours=0, offer_hours=72)
    ada = sign_up(workshop, "ada")
    sign_up(workshop, "ben")
    withdraw(ada.id, now=late)

    assert find(workshop.id, "ben").offered_until == workshop.starts_at


def test_in_the_last_hours_nobody_is_asked_and_the_organiser_gets_a_note() -> None:
    workshop = make_workshop(capacity=1, asks_before_moving_up=True)
    ada = sign_up(workshop, "ada")
    sign_up(workshop, "ben")
    withdraw(ada.id, now=NOW + timedelta(days=39, hours=23))

    assert states(workshop) == {"ben": State.WAITING}
    assert len(mails(MailKind.SEAT_FREE)) == 1


def test_who_needs_review_is_reviewed_first() -> None:
    workshop = make_workshop(capacity=1, asks_before_moving_up=True)
    ada = sign_up(workshop, "ada")
    ben = sign_up(workshop, "ben")
    with one_transaction():
        db.session.get_one(Registration, ben.id).verdict = {"outcome": "review", "reasons": []}
    withdraw(ada.id, now=NOW)

    assert states(workshop) == {"ben": State.IN_REVIEW}


@pytest.mark.parametrize(
    ("decide", "state", "mail"),
    [
        (reviewing.approve, State.CONFIRMED, MailKind.MOVED_UP),
        (reviewing.decline, State.DECLINED, MailKind.DECLINED),
        (reviewing.cancel, State.CANCELLED, MailKind.CANCELLED),
        (reviewing.put_on_waiting_list, State.WAITING, MailKind.WAITING_LIST),
    ],
)
def test_an_organiser_decides_about_who_has_an_offer(
    decide: object, state: RegistrationState, mail: MailKind
) -> None:
    workshop = offered("ben", "cleo")
    before = len(mails(mail))

    decide([find(workshop.id, "ben").id], organiser_id=make_organiser().id, now=NOW)

    next_one = State.WAITING if state is State.CONFIRMED else State.OFFERED
    assert states(workshop) == {"ben": state, "cleo": next_one}
    assert len(mails(mail)) == before + 1


def test_calling_the_workshop_off_ends_offers_too() -> None:
    workshop = offered("ben")

    publishing.cancel(
        workshop.id, version=workshop.version, text="", organiser_id=make_organiser().id, now=NOW
    )

    assert states(workshop) == {"ben": State.CANCELLED}
    assert end_due_offers(now=NOW + ONE_DAY) == 0
    assert "ben" in told(MailKind.WORKSHOP_CANCELLED)


def test_the_worker_looks_after_offers_and_free_seats_alike() -> None:
    workshop = offered("ben", "cleo")

    assert move_up_everywhere(now=NOW + timedelta(minutes=1)) == 0
    assert states(workshop) == {"ben": State.OFFERED, "cleo": State.WAITING}


def resize(workshop: Workshop, capacity: int) -> None:
    db.session.refresh(workshop)
    names = publishing.WorkshopFacts.__annotations__
    facts = {name: getattr(workshop, name) for name in names} | {"capacity": capacity}
    publishing.change(
        workshop.id,
        publishing.WorkshopFacts(**facts),
        version=workshop.version,
        organiser_id=make_organiser().id,
        now=NOW,
    )
