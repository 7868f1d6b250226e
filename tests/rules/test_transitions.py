"""What may become of a registration (domain.md, rules 1 and 7)."""

import pytest

from registration.rules.transitions import ALLOWED, BY_HAND, TransitionRefused, check_transition
from registration.vocabulary import LIVE_STATES
from registration.vocabulary import RegistrationState as State


def test_every_state_stands_in_the_table() -> None:
    assert set(ALLOWED) == set(State)


@pytest.mark.parametrize("state", LIVE_STATES)
def test_every_live_registration_can_be_withdrawn_and_cancelled(state: State) -> None:
    assert {State.WITHDRAWN, State.CANCELLED} <= ALLOWED[state]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (State.UNCONFIRMED, State.CONFIRMED),
        (State.UNCONFIRMED, State.LAPSED),
        (State.IN_REVIEW, State.DECLINED),
        (State.WAITING, State.CONFIRMED),
        (State.CONFIRMED, State.SUBSTITUTED),
        (State.WITHDRAWN, State.CONFIRMED),
    ],
)
def test_the_ways_of_the_diagram_are_open(old: State, new: State) -> None:
    check_transition(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (State.LAPSED, State.CONFIRMED),
        (State.DECLINED, State.WAITING),
        (State.CANCELLED, State.IN_REVIEW),
        (State.CONFIRMED, State.WAITING),
    ],
)
def test_an_organiser_may_change_her_mind_by_hand_only(old: State, new: State) -> None:
    with pytest.raises(TransitionRefused):
        check_transition(old, new)

    check_transition(old, new, by_hand=True)


@pytest.mark.parametrize("new", State)
def test_a_substituted_registration_stays_so_even_by_hand(new: State) -> None:
    with pytest.raises(TransitionRefused) as refusal:
        check_transition(State.SUBSTITUTED, new, by_hand=True)

    assert (refusal.value.old, refusal.value.new) == (State.SUBSTITUTED, new)


@pytest.mark.parametrize("state", State)
def test_no_state_becomes_itself(state: State) -> None:
    with pytest.raises(TransitionRefused):
        check_transition(state, state, by_hand=True)


def test_nothing_becomes_unconfirmed_again_but_what_a_clock_gone_wrong_has_ended() -> None:
    """T-12; who lapsed by it alone is looked at by the service."""
    before = {state for table in (ALLOWED, BY_HAND) for state in table if State.UNCONFIRMED in table[state]}

    assert before == {State.LAPSED}


def test_by_hand_adds_to_the_table_and_repeats_nothing() -> None:
    assert all(not targets & ALLOWED[state] for state, targets in BY_HAND.items())
