"""The one table of what may become of a registration; everything else is refused (domain.md, rule 1)."""

from collections.abc import Mapping

from registration.vocabulary import RegistrationState as State

ALLOWED: Mapping[State, frozenset[State]] = {
    # Declined at once: the workshop is full and has no waiting list.
    State.UNCONFIRMED: frozenset(
        {
            State.CONFIRMED,
            State.IN_REVIEW,
            State.WAITING,
            State.DECLINED,
            State.LAPSED,
            State.WITHDRAWN,
            State.CANCELLED,
        }
    ),
    State.IN_REVIEW: frozenset(
        {State.CONFIRMED, State.WAITING, State.DECLINED, State.WITHDRAWN, State.CANCELLED}
    ),
    # To review: who waited and still needs it, when a seat comes free.
    State.WAITING: frozenset(
        {
            State.OFFERED,
            State.CONFIRMED,
            State.IN_REVIEW,
            State.DECLINED,
            State.WITHDRAWN,
            State.CANCELLED,
        }
    ),
    # Lapsed: nobody answered in time. Let go: withdrawn.
    State.OFFERED: frozenset(
        {State.CONFIRMED, State.LAPSED, State.DECLINED, State.WITHDRAWN, State.CANCELLED}
    ),
    State.CONFIRMED: frozenset({State.WITHDRAWN, State.CANCELLED, State.SUBSTITUTED}),
    State.WITHDRAWN: frozenset({State.CONFIRMED, State.WAITING, State.IN_REVIEW}),  # undone in time (M-33)
    State.LAPSED: frozenset({State.UNCONFIRMED}),  # only when the clock was wrong (T-12)
    State.DECLINED: frozenset(),
    State.CANCELLED: frozenset(),
    State.SUBSTITUTED: frozenset(),
}

_BACK_AGAIN = frozenset({State.CONFIRMED, State.WAITING, State.IN_REVIEW})

# Only for an organiser who changes her mind (domain.md, rule 7).
BY_HAND: Mapping[State, frozenset[State]] = {
    State.CONFIRMED: frozenset({State.WAITING, State.DECLINED}),
    State.OFFERED: frozenset({State.WAITING}),
    State.LAPSED: _BACK_AGAIN,
    State.DECLINED: _BACK_AGAIN,
    State.CANCELLED: _BACK_AGAIN,
}


class TransitionRefused(ValueError):
    """A registration cannot go from `old` to `new`."""

    def __init__(self, old: State, new: State) -> None:
        super().__init__(f"{old} cannot become {new}")
        self.old = old
        self.new = new


def check_transition(old: State, new: State, *, by_hand: bool = False) -> None:
    """Refuse what the table does not hold; `by_hand` adds what only an organiser may do."""
    if new in ALLOWED[old] or (by_hand and new in BY_HAND.get(old, frozenset())):
        return
    raise TransitionRefused(old, new)
