"""Who gets a seat (domain.md, rules 2 to 6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.rules.seating import (
    MovingUp,
    Placement,
    Seats,
    Waiting,
    count_ahead,
    may_move_up_by_itself,
    next_to_move_up,
    place,
)
from registration.rules.transitions import check_transition
from registration.vocabulary import Decision, Outcome
from registration.vocabulary import RegistrationState as State

FREE = Seats(capacity=16, confirmed=10)
FULL = Seats(capacity=16, confirmed=12, in_review=3, held=1)


def placed(seats: Seats, **changed: object) -> Placement:
    facts: dict[str, object] = {
        "decision": Decision.AT_ONCE,
        "outcome": Outcome.ELIGIBLE,
        "has_waiting_list": True,
        "is_late": False,
    }
    return place(seats=seats, **(facts | changed))  # type: ignore[arg-type]


def test_review_and_holds_take_seats_too() -> None:
    assert (FULL.taken, FULL.free, FULL.is_full) == (16, 0, True)


def test_lowering_the_capacity_never_shows_negative_seats() -> None:
    assert Seats(capacity=5, confirmed=9).free == 0


def test_without_capacity_no_workshop_is_full() -> None:
    unlimited = Seats(capacity=None, confirmed=1000)

    assert unlimited.free is None
    assert not unlimited.is_full
    assert placed(unlimited) == Placement(State.CONFIRMED)


def test_a_workshop_without_seats_is_full() -> None:
    assert Seats(capacity=0).is_full


def test_who_is_eligible_gets_a_free_seat_at_once() -> None:
    assert placed(FREE) == Placement(State.CONFIRMED)


def test_full_workshop_puts_participant_on_waiting_list() -> None:
    assert placed(FULL) == Placement(State.WAITING, ("full",))


def test_full_workshop_without_waiting_list_declines() -> None:
    assert placed(FULL, has_waiting_list=False) == Placement(State.DECLINED, ("full",))


def test_a_free_seat_belongs_to_those_who_wait_already() -> None:
    assert placed(Seats(capacity=16, confirmed=15, waiting=1)) == Placement(State.WAITING, ("queue",))


def test_who_holds_a_seat_is_not_behind_the_queue() -> None:
    seats = Seats(capacity=16, confirmed=15, waiting=1)

    assert placed(seats, holds_seat=True) == Placement(State.CONFIRMED)


def test_the_third_of_an_organisation_waits_with_that_reason() -> None:
    seats = Seats(capacity=16, confirmed=10, same_organisation=2, limit_per_organisation=2)

    assert placed(seats) == Placement(State.WAITING, ("limit_per_organisation",))


def test_a_doubtful_one_is_reviewed_and_a_review_workshop_reviews_everybody() -> None:
    assert placed(FREE, outcome=Outcome.REVIEW) == Placement(State.IN_REVIEW, ("review_rule",))
    assert placed(FREE, decision=Decision.BY_ORGANISER) == Placement(State.IN_REVIEW, ("by_organiser",))


def test_a_doubtful_one_waits_when_full_and_still_needs_review() -> None:
    assert placed(FULL, outcome=Outcome.REVIEW) == Placement(State.WAITING, ("full", "review_rule"))


def test_review_without_seats_goes_on_when_full() -> None:
    reviewed = placed(FULL, decision=Decision.BY_ORGANISER, review_holds_seat=False)

    assert reviewed == Placement(State.IN_REVIEW, ("by_organiser",))


def test_applications_look_at_no_capacity() -> None:
    assert placed(FULL, decision=Decision.APPLY_FIRST, has_waiting_list=False) == Placement(
        State.IN_REVIEW, ("apply_first",)
    )


def test_a_late_request_is_reviewed_and_marked() -> None:
    assert placed(FREE, is_late=True) == Placement(State.IN_REVIEW, ("late",))
    assert placed(FULL, is_late=True, outcome=Outcome.REVIEW).reasons == ("late", "review_rule")


def test_a_refused_registration_is_never_placed() -> None:
    with pytest.raises(ValueError, match="refused"):
        placed(FREE, outcome=Outcome.REFUSED)


COUNT = st.integers(0, 20)
ANY_SEATS = st.builds(
    Seats,
    capacity=st.none() | COUNT,
    confirmed=COUNT,
    in_review=COUNT,
    held=COUNT,
    waiting=COUNT,
    same_organisation=COUNT,
    limit_per_organisation=st.none() | COUNT,
)
ANY_FACTS = st.fixed_dictionaries(
    {
        "decision": st.sampled_from(Decision),
        "outcome": st.sampled_from([Outcome.ELIGIBLE, Outcome.REVIEW]),
        "has_waiting_list": st.booleans(),
        "is_late": st.booleans(),
        "review_holds_seat": st.booleans(),
        "holds_seat": st.booleans(),
    }
)


@given(ANY_SEATS, ANY_FACTS)
def test_nobody_is_confirmed_when_full_in_doubt_or_late(seats: Seats, facts: dict[str, object]) -> None:
    placement = placed(seats, **facts)

    if placement.state is State.CONFIRMED:
        assert not seats.is_full
        assert not seats.is_organisation_at_limit
        assert facts["outcome"] is Outcome.ELIGIBLE
        assert facts["decision"] is Decision.AT_ONCE
        assert not facts["is_late"]
    else:
        assert placement.reasons


@given(ANY_SEATS, ANY_FACTS)
def test_every_placement_is_an_allowed_transition(seats: Seats, facts: dict[str, object]) -> None:
    placement = placed(seats, **facts)

    check_transition(State.UNCONFIRMED, placement.state)
    assert (placement.state is not State.WAITING) or facts["has_waiting_list"]


def test_the_first_in_the_queue_moves_up() -> None:
    queue = [Waiting(1, 7), Waiting(2, 8)]

    assert next_to_move_up(queue, free=1, limit=None, taken_by_organisation={}) == MovingUp([1], [])


def test_who_exceeds_the_limit_of_the_organisation_is_passed_over() -> None:
    queue = [Waiting(1, 7), Waiting(2, 8), Waiting(3, 8), Waiting(4, None)]

    moving = next_to_move_up(queue, free=3, limit=2, taken_by_organisation={7: 2, 8: 1})

    assert moving == MovingUp([2, 4], [])


def test_who_needs_review_takes_the_seat_into_review() -> None:
    queue = [Waiting(1, None, needs_review=True), Waiting(2, None), Waiting(3, None)]

    assert next_to_move_up(queue, free=2, limit=None, taken_by_organisation={}) == MovingUp([2], [1])


def test_without_free_seats_nobody_moves_and_without_limit_everybody() -> None:
    queue = [Waiting(1, 7), Waiting(2, 7)]

    assert next_to_move_up(queue, free=0, limit=None, taken_by_organisation={}) == MovingUp()
    assert next_to_move_up(queue, free=None, limit=None, taken_by_organisation={}) == MovingUp([1, 2])


def test_only_those_who_would_take_a_seat_are_ahead() -> None:
    queue = [Waiting(1, 7), Waiting(2, 8, needs_review=True), Waiting(3, None)]

    assert count_ahead(queue, limit=1, taken_by_organisation={7: 1}) == 2


QUEUE = st.lists(
    st.builds(Waiting, st.integers(1, 99), st.none() | st.integers(1, 4), st.booleans()),
    unique_by=lambda waiting: waiting.registration_id,
)


@given(QUEUE, st.integers(0, 30), st.integers(0, 3), st.dictionaries(st.integers(1, 4), st.integers(0, 3)))
def test_moving_up_keeps_seats_limit_and_order(
    queue: list[Waiting], free: int, limit: int, taken: dict[int, int]
) -> None:
    moving = next_to_move_up(queue, free, limit, taken)

    chosen = {*moving.to_confirm, *moving.to_review}
    organisations = [waiting.organisation_id for waiting in queue if waiting.registration_id in chosen]
    order = [waiting.registration_id for waiting in queue]
    assert len(moving.to_confirm) + len(moving.to_review) == len(chosen) <= free
    assert moving.to_confirm == sorted(moving.to_confirm, key=order.index)
    for organisation in {organisation for organisation in organisations if organisation is not None}:
        assert organisations.count(organisation) + taken.get(organisation, 0) <= limit
    if len(chosen) < free:
        left = [waiting for waiting in queue if waiting.registration_id not in chosen]
        assert all(waiting.organisation_id is not None for waiting in left)


def test_in_the_last_hours_nobody_moves_up_by_itself() -> None:
    starts = datetime(2027, 2, 24, 9, tzinfo=UTC)

    assert may_move_up_by_itself(starts - timedelta(hours=24, seconds=1), starts, 24)
    assert not may_move_up_by_itself(starts - timedelta(hours=24), starts, 24)
    assert not may_move_up_by_itself(starts, starts, 0)
