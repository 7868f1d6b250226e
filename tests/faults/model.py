"""What should be: the rules of one workshop's seats, told once more, on a dict of people and nothing else."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from registration.vocabulary import LIVE_STATES, RegistrationState

State = RegistrationState
HOLD, LINK, OFFER = timedelta(hours=2), timedelta(hours=48), timedelta(hours=24)
TAKES_SEAT = (State.CONFIRMED, State.OFFERED, State.IN_REVIEW)
BACK_BY_HAND = (
    State.WAITING,
    State.OFFERED,
    State.IN_REVIEW,
    State.WITHDRAWN,
    State.LAPSED,
    State.DECLINED,
    State.CANCELLED,
)


class Refused(Exception):
    """What is asked for cannot be."""


@dataclass
class Person:
    """One registration: who it is, how it stands, since when, and whether the address is confirmed."""

    name: str
    since: datetime
    state: RegistrationState = State.UNCONFIRMED
    held_until: datetime | None = None
    offered_until: datetime | None = None
    has_confirmed: bool = False
    is_approved: bool = False


@dataclass
class Model:
    """The people by number of registration, and who waits, in order."""

    capacity: int | None
    is_reviewed: bool
    starts_at: datetime
    asks: bool = False
    people: dict[int, Person] = field(default_factory=dict)
    queue: list[int] = field(default_factory=list)
    knowingly: int = 0
    """So many seats an organiser has given or left over the capacity."""

    def states(self) -> dict[int, RegistrationState]:
        return {number: one.state for number, one in self.people.items()}

    def taken(self, now: datetime, without: int | None = None) -> int:
        return sum(
            one.state in TAKES_SEAT
            or (one.state is State.UNCONFIRMED and one.held_until is not None and one.held_until > now)
            for number, one in self.people.items()
            if number != without
        )

    def free(self, now: datetime, without: int | None = None) -> float:
        if self.capacity is None:
            return float("inf")
        return max(0, self.capacity - self.taken(now, without))

    def is_over(self, now: datetime) -> bool:
        return now >= self.starts_at + timedelta(hours=2, minutes=30)

    def moves_by_itself(self, now: datetime) -> bool:
        return now < self.starts_at - timedelta(hours=24)

    def live(self, name: str) -> int | None:
        found = (number for number, one in self.people.items() if one.name == name)
        return next((number for number in found if self.people[number].state in LIVE_STATES), None)

    def submit(self, number: int, name: str, now: datetime) -> None:
        _refuse_unless(now < self.starts_at)
        if self.live(name) is not None:
            return  # known: a mail tells her how she stands
        is_free = self.free(now) > 0 and (not self.queue or self.capacity is None)
        self.people[number] = Person(name, now, held_until=now + HOLD if is_free else None)

    def confirm(self, number: int, now: datetime) -> None:
        one = self.people[number]
        if one.has_confirmed:
            return
        _refuse_unless(one.state is State.UNCONFIRMED and now < one.since + LINK and not self.is_over(now))
        holds = one.held_until is not None and one.held_until > now
        one.has_confirmed = True
        self._enter(number, self._place(number, now, holds=holds))

    def withdraw(self, number: int, now: datetime) -> None:
        one = self.people[number]
        if one.state is State.WITHDRAWN:
            return
        _refuse_unless(one.state in LIVE_STATES and not self.is_over(now))
        self._enter(number, State.WITHDRAWN)
        self.fill(now)

    def accept(self, number: int, now: datetime) -> None:
        one = self.people[number]
        if one.state is State.CONFIRMED:
            return
        _refuse_unless(one.offered_until is not None and now < one.offered_until)
        self._enter(number, State.CONFIRMED)

    def let_go(self, number: int, now: datetime) -> None:
        if self.people[number].state is State.WITHDRAWN:
            return
        _refuse_unless(self.people[number].state is State.OFFERED)
        self._enter(number, State.WITHDRAWN)
        self.fill(now)

    def come_back(self, number: int, now: datetime) -> None:
        one = self.people[number]
        _refuse_unless(one.state is State.WITHDRAWN and one.has_confirmed and not self.is_over(now))
        _refuse_unless(self.live(one.name) is None)
        state = self._place(number, now, holds=False)
        _refuse_unless(state is not State.WAITING)
        self._enter(number, state)

    def approve(self, number: int, now: datetime, *, over: bool) -> None:
        one = self.people[number]
        _refuse_unless(one.has_confirmed and one.state in BACK_BY_HAND)
        _refuse_unless(self.live(one.name) in (None, number))
        _refuse_unless(over or one.state is State.OFFERED or self.free(now, number) > 0)
        one.is_approved = True
        self._enter(number, State.CONFIRMED)
        if over:
            self.knowingly = self.taken(now)

    def end(self, number: int, state: RegistrationState, now: datetime) -> None:
        _refuse_unless(self.people[number].state in LIVE_STATES)
        self._enter(number, state)
        self.fill(now)

    def resize(self, capacity: int | None, now: datetime) -> None:
        self.capacity, self.knowingly = capacity, self.taken(now)
        self.fill(now)

    def look(self, now: datetime) -> None:
        """Do what the worker does each few seconds."""
        for number, one in self.people.items():
            if one.state is State.UNCONFIRMED and now >= one.since + LINK:
                self._enter(number, State.LAPSED)
            if one.offered_until is not None and now >= one.offered_until:
                self._enter(number, State.LAPSED)
        self.fill(now)

    def fill(self, now: datetime) -> None:
        while self.queue and self.free(now) > 0 and self.moves_by_itself(now) and not self.is_over(now):
            number = self.queue[0]
            is_sure = self.people[number].is_approved or not self.is_reviewed
            given = State.OFFERED if self.asks else State.CONFIRMED
            self._enter(number, given if is_sure else State.IN_REVIEW)
            if self.people[number].state is State.OFFERED:
                self.people[number].offered_until = min(now + OFFER, self.starts_at)

    def _place(self, number: int, now: datetime, *, holds: bool) -> RegistrationState:
        is_behind = bool(self.queue) and self.capacity is not None and not holds
        if self.free(now, number) == 0 or is_behind:
            return State.WAITING
        is_sure = self.people[number].is_approved or not self.is_reviewed
        return State.CONFIRMED if is_sure else State.IN_REVIEW

    def _enter(self, number: int, state: RegistrationState) -> None:
        if number in self.queue:
            self.queue.remove(number)
        if state is State.WAITING:
            self.queue.append(number)
        one = self.people[number]
        one.state, one.held_until, one.offered_until = state, None, None


def _refuse_unless(condition: bool) -> None:
    if not condition:
        raise Refused
