"""Who gets a seat (domain.md, rules 2 to 6)."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.rules.pools import OPTION, ORGANISATION, Pool, exhausted
from registration.rules.seating import (
    Placement,
    Seats,
    Waiting,
    end_of_offer,
    may_move_up_by_itself,
    next_to_move_up,
    place,
    reasons_to_wait,
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
    seats = Seats(capacity=16, confirmed=10, exhausted=(Pool(ORGANISATION, 7, most=2),))

    assert placed(seats) == Placement(State.WAITING, ("limit_per_organisation",))


def test_who_wants_an_option_that_is_full_waits_with_the_option_as_reason() -> None:
    on_site = Pool(OPTION, 3, most=12, option="vor Ort, im Saal")

    assert placed(Seats(capacity=None, exhausted=(on_site,))) == Placement(
        State.WAITING, ("option_full:vor%20Ort%2C%20im%20Saal",)
    )
    assert placed(Seats(capacity=32, confirmed=20, exhausted=(on_site,)), has_waiting_list=False).state is (
        State.DECLINED
    )


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
POOLS = (
    *(Pool(ORGANISATION, organisation_id, most=2) for organisation_id in (1, 2, 3)),
    Pool(OPTION, 9, most=0, option="nirgends"),
    Pool(OPTION, 9, most=3, option="vor Ort"),
    Pool(OPTION, 9, most=5, option="online"),
)
ANY_SEATS = st.builds(
    Seats,
    capacity=st.none() | COUNT,
    confirmed=COUNT,
    in_review=COUNT,
    held=COUNT,
    waiting=COUNT,
    offered=COUNT,
    exhausted=st.lists(st.sampled_from(POOLS), unique=True).map(tuple),
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
        assert not seats.exhausted
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


SEVEN, EIGHT = Pool(ORGANISATION, 7, most=2), Pool(ORGANISATION, 8, most=2)
ON_SITE, ONLINE = Pool(OPTION, 3, most=1, option="vor Ort"), Pool(OPTION, 3, most=9, option="online")


def moved(queue: list[Waiting], free: int | None, taken: dict[Pool, int] | None = None) -> list[int]:
    return [waiting.registration_id for waiting in next_to_move_up(queue, free, taken or {})]


def test_the_first_in_the_queue_moves_up() -> None:
    assert moved([Waiting(1), Waiting(2)], free=1) == [1]


def test_who_exceeds_the_limit_of_the_organisation_is_passed_over() -> None:
    queue = [Waiting(1, (SEVEN,)), Waiting(2, (EIGHT,)), Waiting(3, (EIGHT,)), Waiting(4)]

    assert moved(queue, free=3, taken={SEVEN: 2, EIGHT: 1}) == [2, 4]


def test_who_waits_for_a_full_option_holds_nobody_up_who_wants_another() -> None:
    queue = [Waiting(1, (ON_SITE,)), Waiting(2, (ON_SITE,)), Waiting(3, (ONLINE, SEVEN)), Waiting(4)]

    assert moved(queue, free=2) == [1, 3]
    assert moved(queue, free=2, taken={ON_SITE: 1}) == [3, 4]
    assert moved(queue, free=2, taken={ON_SITE: 1, SEVEN: 2}) == [4]


def test_who_needs_two_pools_moves_only_when_both_have_a_seat() -> None:
    both = [Waiting(1, (SEVEN, ON_SITE))]

    assert moved(both, free=1, taken={SEVEN: 1, ON_SITE: 0}) == [1]
    assert moved(both, free=1, taken={SEVEN: 2, ON_SITE: 0}) == []
    assert moved(both, free=1, taken={SEVEN: 1, ON_SITE: 1}) == []


def test_without_free_seats_nobody_moves_and_without_limit_everybody() -> None:
    queue = [Waiting(1), Waiting(2)]

    assert moved(queue, free=0) == []
    assert moved(queue, free=None) == [1, 2]


ANY_POOLS = st.lists(st.sampled_from(POOLS), unique=True, max_size=2).map(tuple)
QUEUE = st.lists(
    st.builds(Waiting, st.integers(1, 99), ANY_POOLS), unique_by=lambda waiting: waiting.registration_id
)


@given(QUEUE, st.none() | st.integers(0, 30), st.dictionaries(st.sampled_from(POOLS), st.integers(0, 6)))
def test_moving_up_keeps_seats_limits_and_order(
    queue: list[Waiting], free: int | None, taken: dict[Pool, int]
) -> None:
    moving = next_to_move_up(queue, free, taken)

    assert moving == [waiting for waiting in queue if waiting in moving]
    assert free is None or len(moving) <= free
    after = Counter(taken) + Counter(pool for waiting in moving for pool in waiting.pools)
    assert all(after[pool] <= max(pool.most, taken.get(pool, 0)) for pool in POOLS)
    if free is None or len(moving) < free:
        left = [waiting for waiting in queue if waiting not in moving]
        assert all(exhausted(waiting.pools, after) for waiting in left)


@given(QUEUE, st.integers(0, 30), st.dictionaries(st.sampled_from(POOLS), st.integers(0, 6)))
def test_nobody_is_overtaken_but_who_is_blocked_by_a_limit(
    queue: list[Waiting], free: int, taken: dict[Pool, int]
) -> None:
    moving = next_to_move_up(queue, free, taken)

    for last in moving[-1:]:
        passed = [waiting for waiting in queue[: queue.index(last)] if waiting not in moving]
        after = Counter(taken) + Counter(pool for waiting in moving for pool in waiting.pools)
        assert all(exhausted(waiting.pools, after) for waiting in passed)


def test_in_the_last_hours_nobody_moves_up_by_itself() -> None:
    starts = datetime(2027, 2, 24, 9, tzinfo=UTC)

    assert may_move_up_by_itself(starts - timedelta(hours=24, seconds=1), starts, 24)
    assert not may_move_up_by_itself(starts - timedelta(hours=24), starts, 24)
    assert not may_move_up_by_itself(starts, starts, 0)


def test_an_offer_lasts_its_hours_and_never_past_the_start() -> None:
    now = datetime(2027, 2, 20, 9, tzinfo=UTC)

    assert end_of_offer(now, None, 24) == now + timedelta(hours=24)
    assert end_of_offer(now, now + timedelta(days=4), 24) == now + timedelta(hours=24)
    assert end_of_offer(now, now + timedelta(hours=5), 24) == now + timedelta(hours=5)


FIRST, SECOND, THIRD = Waiting(1), Waiting(2, (ON_SITE,)), Waiting(3, (ON_SITE,))


@pytest.mark.parametrize(
    ("seats", "taken", "for_all", "expected"),
    [
        (Seats(16, confirmed=16), {}, "", {1: ("full",), 2: ("full",), 3: ("full",)}),
        (Seats(16, confirmed=15, offered=1), {}, "", {1: ("offered",), 2: ("offered",), 3: ("offered",)}),
        (Seats(16, confirmed=15), {}, "", {1: ("next",), 2: ("queue",), 3: ("queue",)}),
        (Seats(16, confirmed=14), {}, "", {1: ("next",), 2: ("next",), 3: ("option_full:vor%20Ort",)}),
        (Seats(16, confirmed=14), {ON_SITE: 1}, "", {1: ("next",), 2: (ON_SITE.code,), 3: (ON_SITE.code,)}),
        (Seats(16, confirmed=15), {}, "last_hours", dict.fromkeys((1, 2, 3), ("last_hours",))),
        (
            *(Seats(16, confirmed=16), {ON_SITE: 1}, "last_hours"),
            {1: ("full",), 2: ("full", ON_SITE.code), 3: ("full", ON_SITE.code)},
        ),
    ],
)
def test_why_each_one_waits(
    seats: Seats, taken: dict[Pool, int], for_all: str, expected: dict[int, tuple[str, ...]]
) -> None:
    assert reasons_to_wait([FIRST, SECOND, THIRD], seats, taken, for_all=for_all) == expected


@given(QUEUE, ANY_SEATS, st.sampled_from(["", "last_hours"]))
def test_nobody_waits_without_a_reason(queue: list[Waiting], seats: Seats, for_all: str) -> None:
    reasons = reasons_to_wait(queue, seats, {}, for_all=for_all)

    assert list(reasons) == [waiting.registration_id for waiting in queue]
    assert all(reasons.values())
