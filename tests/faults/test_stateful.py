"""Stories that Hypothesis makes up: whatever people, organisers, worker and mail server do, in any order."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from registration import create_app
from registration.extensions import db
from registration.models import OutboxMessage, Registration
from registration.steps.seating import rank
from registration.vocabulary import TIMED_MAILS, OutboxState, RegistrationState
from tests.conftest import SETTINGS
from tests.faults.numbers import IS_LONG, STEPS_PER_STORY, STORIES, VOLUMES
from tests.faults.seats_and_mails import SERVER_WORDS, Play
from tests.races.answers import mails_per_answer, untrue_states
from tests.servers.databases import Databases
from tests.servers.smtp import SmtpSink
from tests.servers.templates import CompiledTemplates

State = RegistrationState
NAMES = st.sampled_from(["ada", "ben", "cleo", "dora", "emil", "fee"])
PEOPLE = st.lists(NAMES, min_size=1, max_size=3)
CROWD = st.lists(NAMES, min_size=3, max_size=6, unique=True)
DAYS = st.sampled_from([9, 40, 2, 9, 1])
CAPACITIES = st.sampled_from([2, 1, 3, 2, 1, 0, None])
ROOM = ("meeting.example.org/room", "lupine", "2741 555 0199")
WHO = st.integers(0, 11)
SPANS = [timedelta(minutes=6), timedelta(hours=1), timedelta(hours=3), timedelta(days=1), timedelta(days=7)]
BY_PEOPLE = {
    "confirm": (State.UNCONFIRMED,),
    "withdraw": (State.CONFIRMED, State.IN_REVIEW),
    "accept": (State.OFFERED,),
    "let_go": (State.OFFERED,),
    "come_back": (State.WITHDRAWN,),
}
BY_ORGANISER = {
    "approve": (State.IN_REVIEW, State.WAITING, State.OFFERED, State.DECLINED, State.CANCELLED),
    "decline": (State.IN_REVIEW, State.OFFERED, State.WAITING),
    "cancel": (State.CONFIRMED, State.UNCONFIRMED, State.WAITING),
}
"""What is done to people in which states."""
UNDECIDED = {OutboxState.QUEUED, OutboxState.CLAIMED, OutboxState.SENDING}


class Story(RuleBasedStateMachine):
    """Each rule does one thing by the services and by the model; after each the invariants are looked at."""

    sink: SmtpSink
    new_app: Callable[[], Flask]

    def __init__(self) -> None:
        super().__init__()
        app = type(self).new_app()
        self.context = app.app_context()
        self.context.push()
        self.sink.received.clear()
        self.seen = 0
        self.play = Play(app.config, self.sink)

    @initialize(capacity=CAPACITIES, is_reviewed=st.booleans(), asks=st.booleans(), days=DAYS, names=CROWD)
    def open(self, capacity: int | None, is_reviewed: bool, asks: bool, days: int, names: list[str]) -> None:
        self.play.open(capacity, is_reviewed=is_reviewed, asks=asks)
        self.play.move_session(days)
        self.people_come(names, do_confirm=True)

    @rule(names=PEOPLE, do_confirm=st.booleans())
    def people_come(self, names: list[str], do_confirm: bool) -> None:
        for name in names:
            self.play.submit(name)
        for number in self._fitting(State.UNCONFIRMED) if do_confirm else []:
            self.play.confirm(number)

    @rule(wishes=st.lists(st.tuples(st.sampled_from(sorted(BY_PEOPLE)), WHO), min_size=2, max_size=5))
    def people_decide(self, wishes: list[tuple[str, int]]) -> None:
        for what, who in wishes:
            self._decide(what, who, BY_PEOPLE[what])

    @rule(
        wishes=st.lists(st.tuples(st.sampled_from(sorted(BY_ORGANISER)), WHO), min_size=1, max_size=3),
        over=st.booleans(),
    )
    def organiser_decides(self, wishes: list[tuple[str, int]], over: bool) -> None:
        for what, who in wishes:
            also = {"over": over} if what == "approve" else {}
            self._decide(what, who, BY_ORGANISER[what], **also)

    @rule(number=WHO, over=st.booleans())
    def organiser_tries_what_may_make_no_sense(self, number: int, over: bool) -> None:
        for one in self._fitting(*State)[number : number + 1]:
            self.play.come_back(one)
            self.play.accept(one)
            self.play.approve(one, over=over)

    @rule(capacity=CAPACITIES)
    def change_capacity(self, capacity: int | None) -> None:
        self.play.resize(capacity)

    @rule(days=DAYS)
    def move_session(self, days: int) -> None:
        self.play.move_session(days)

    @rule(span=st.sampled_from(SPANS))
    def let_time_pass(self, span: timedelta) -> None:
        self.play.wait(span)

    @rule()
    def plan(self) -> None:
        self.play.plan()

    @rule(server=st.sampled_from(sorted(SERVER_WORDS)))
    def deliver(self, server: str) -> None:
        self.play.deliver(server)

    @rule()
    def deliver_well(self) -> None:
        self.play.deliver()

    @rule(behind=st.sampled_from(["dot", "fence", "claim"]))
    def worker_dies(self, behind: str) -> None:
        self.play.die(behind)

    @precondition(lambda self: _rows(OutboxMessage.state == OutboxState.FAILED))
    @rule()
    def try_again(self) -> None:
        self.play.try_again()

    @invariant()
    def people_stand_as_they_should(self) -> None:
        db.session.rollback()
        people = db.session.scalars(select(Registration))
        assert {one.id: one.state for one in people} == self.play.model.states()
        assert untrue_states() == []

    @invariant()
    def no_seat_is_sold_twice(self) -> None:
        model, now = self.play.model, self.play.now
        taken = model.taken(now)
        model.knowingly = min(model.knowingly, taken)
        assert model.capacity is None or taken <= max(model.capacity, model.knowingly)

    @invariant()
    def the_waiting_list_has_no_gap_and_nobody_waits_in_vain(self) -> None:
        model, now = self.play.model, self.play.now
        queue = list(db.session.scalars(Registration.queue(self.play.workshop)))
        assert [one.id for one in queue] == model.queue
        assert [rank(one) for one in queue] == list(range(1, len(queue) + 1))
        if model.moves_by_itself(now):
            assert not queue or model.free(now) == 0

    @invariant()
    def each_answer_has_its_mail_and_each_timed_mail_is_there_once(self) -> None:
        assert set(mails_per_answer().values()) <= {1}
        timed = Counter(
            (one.registration_id, one.mail_rule_id, one.session_id, one.revision)
            for one in _rows(OutboxMessage.kind.in_(TIMED_MAILS))
        )
        assert set(timed.values()) <= {1}

    @invariant()
    def only_who_has_a_seat_learns_the_room(self) -> None:
        new, self.seen = self.sink.received[self.seen :], len(self.sink.received)
        with_room = {mail.to for mail in new if any(part in mail.text + mail.html for part in ROOM)}
        query = select(Registration.email).where(Registration.state == State.CONFIRMED)
        assert with_room <= set(db.session.scalars(query))

    @invariant()
    def sent_is_what_has_arrived(self) -> None:
        arrived: dict[str, list[Any]] = defaultdict(list)
        for mail in self.sink.received:
            arrived[str(mail.message["Message-ID"])].append((mail.to, mail.raw))
        rows = {one.message_id: one for one in _rows()}
        assert (
            {key for key, one in rows.items() if one.state is OutboxState.SENT} <= set(arrived) <= set(rows)
        )
        surely = {key: rows[key] for key in arrived if not rows[key].is_uncertain}
        assert {one.state for one in surely.values()} <= {OutboxState.SENT, OutboxState.SENDING}
        assert all(len(arrived[key]) == 1 for key in surely)
        for copies in map(set, arrived.values()):  # one mail: the same, to the byte, while it says the same
            assert len(copies) == 1 or len(copies) == len({what_it_says(content) for _to, content in copies})

    def teardown(self) -> None:
        """In the end every mail is sent, or it is said why not."""
        try:
            if hasattr(self.play, "model"):
                self._end_well()
        finally:
            self.play.close()
            db.session.remove()
            db.engine.dispose()
            self.context.pop()

    def _end_well(self) -> None:
        for _ in range(4):
            self.play.try_again()
            self.play.wait(timedelta(hours=5))
            self.play.plan()
            self.play.deliver()
        assert not UNDECIDED & {one.state for one in _rows()}
        self.sent_is_what_has_arrived()
        self.only_who_has_a_seat_learns_the_room()

    def _decide(self, what: str, who: int, states: Sequence[RegistrationState], **also: bool) -> None:
        if fitting := self._fitting(*states):
            getattr(self.play, what)(fitting[who % len(fitting)], **also)
            self.people_stand_as_they_should()
            self.the_waiting_list_has_no_gap_and_nobody_waits_in_vain()

    def _fitting(self, *states: RegistrationState) -> list[int]:
        return [number for number, state in self.play.model.states().items() if state in states]


def what_it_says(content: bytes) -> tuple[str, ...]:
    """Return what a reader and her calendar learn from a mail: not when its calendar file was made."""
    message = message_from_bytes(content, policy=policy.default)
    texts = [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    return (str(message["Subject"]), *(re.sub(r"(?m)^DTSTAMP:.*$", "", text) for text in texts))


def _rows(*conditions: Any) -> list[OutboxMessage]:
    db.session.rollback()
    return list(db.session.scalars(select(OutboxMessage).where(*conditions)))


@pytest.fixture
def story(
    sqlite_databases: Databases, smtp_sink: SmtpSink, compiled_templates: CompiledTemplates, tmp_path: Any
) -> Iterator[type[Story]]:
    """Stories that each begin with a new database."""

    def new_app() -> Flask:
        sqlite_databases.discard()
        places = {"DATABASE_URL": sqlite_databases.fresh(), "INSTANCE_DIR": str(tmp_path)}
        app = create_app(SETTINGS | smtp_sink.settings | places)
        app.jinja_env.bytecode_cache = compiled_templates
        return app

    yield type("Told", (Story,), {"sink": smtp_sink, "new_app": staticmethod(new_app)})
    sqlite_databases.discard()


@pytest.mark.parametrize("_volume", range(VOLUMES))
def test_whatever_happens_seats_and_mails_are_right(story: type[Story], _volume: int) -> None:
    run_state_machine_as_test(
        story,
        settings=settings(
            max_examples=STORIES // VOLUMES,
            stateful_step_count=STEPS_PER_STORY,
            derandomize=not IS_LONG,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink] if IS_LONG else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
