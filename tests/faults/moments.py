"""The moments on the way of a mail at which a worker can be made to die, or to fall asleep."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from signal import pthread_kill
from threading import get_ident
from typing import Any

_TRANSPORT = "registration.mail.transport:Transport"
_OUTCOMES = "registration.steps.outcomes:Outcomes"


@dataclass(frozen=True)
class Moment:
    """Before or after a function runs, and what is true then.

    `is_behind_fence`: the mail in hand is uncertain. `is_repeated`: it comes with every mail, and not once.
    """

    place: str
    is_before: bool = False
    is_behind_fence: bool = False
    is_repeated: bool = True


MOMENTS = {
    "in claim": Moment("registration.steps.claiming:_unpaced", is_repeated=False),
    "claimed": Moment("registration.services.delivering:claim", is_repeated=False),
    "connected": Moment("registration.mail.transport:connect", is_repeated=False),
    "announced": Moment(f"{_TRANSPORT}._announce"),
    "in body": Moment(f"{_TRANSPORT}._is_interrupted", is_before=True),
    "before fence": Moment(f"{_OUTCOMES}.fence", is_before=True),
    "fenced": Moment(f"{_OUTCOMES}.fence", is_behind_fence=True),
    "dot said": Moment("registration.mail.wire:Wire.say", is_before=True, is_behind_fence=True),
    "looking ahead": Moment("registration.steps.looking_ahead:Upcoming.look_ahead", is_behind_fence=True),
    "answered": Moment(f"{_TRANSPORT}.complete", is_behind_fence=True),
    "marked": Moment(f"{_OUTCOMES}.sent"),
    "in release": Moment("registration.steps.claiming:Claim.release", is_before=True, is_repeated=False),
    "in recovery": Moment("registration.services.recovering:_take_back", is_repeated=False),
}


def strike(name: str, number: int, signal: int) -> None:
    """Send this process a signal when the moment comes for the n-th time."""
    moment = MOMENTS[name]
    owner, attribute = _found(moment.place)
    begin = _BEGINNINGS.get(name, lambda *_arguments: None)
    is_meant = _is_dot if name == "dot said" else lambda *_arguments: True
    if name == "in release":
        _stop_soon()

    def blow(*arguments: Any) -> None:
        begin(*arguments)
        # to this thread: one that is sent to the process stops it by another thread, while ours runs on for a
        # moment, perhaps into the gate of SQLite, where all others would wait for who sleeps
        pthread_kill(get_ident(), signal)

    _wrap(owner, attribute, blow, number, is_meant, is_before=moment.is_before)


def _wrap(
    owner: Any,
    name: str,
    act: Callable[..., None],
    number: int,
    is_meant: Callable[..., bool] = lambda *_arguments: True,
    *,
    is_before: bool = False,
) -> None:
    """Act at the n-th call that is meant."""
    function, turns = getattr(owner, name), count(1)

    def call(*arguments: Any, **named: Any) -> Any:
        is_turn = is_meant(*arguments) and next(turns) == number
        if is_turn and is_before:
            act(*arguments)
        result = function(*arguments, **named)
        if is_turn and not is_before:
            act(*arguments)
        return result

    setattr(owner, name, call)


def _is_dot(_wire: Any, words: bytes) -> bool:
    return words.startswith(b".\r\n")


def _half_a_body(transport: Any, body: bytes) -> None:
    transport._wire.say(body[: len(body) // 2])


def _dot_without_answer(wire: Any, dot: bytes) -> None:
    """The server takes the mail, and nobody hears of it."""
    wire.say(dot)
    time.sleep(0.01)


_BEGINNINGS: dict[str, Callable[..., None]] = {"in body": _half_a_body, "dot said": _dot_without_answer}
"""What is done first there; for those only who do not live to do it twice."""


def _stop_soon() -> None:
    """Ask the worker to stop behind its second mail, as SIGTERM would: it gives back the rest."""
    from registration import jobs
    from registration.steps.outcomes import Outcomes

    _wrap(Outcomes, "sent", lambda *_arguments: jobs.stopping.set(), 2)


def _found(place: str) -> tuple[Any, str]:
    module, _, path = place.partition(":")
    *owners, name = path.split(".")
    owner: Any = sys.modules[module]
    for one in owners:
        owner = getattr(owner, one)
    return owner, name
