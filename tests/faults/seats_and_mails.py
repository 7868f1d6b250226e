"""People, an organiser, a worker and a mail server, one step at a time, beside a model of what should be."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from registration.errors import RegistrationError
from registration.extensions import db
from registration.mail.transport import Accepted, Transport
from registration.models import Organiser, Registration, Workshop
from registration.services import delivering, pausing, publishing, recovering, reviewing, scheduling
from registration.services.confirming import confirm_address
from registration.services.lapsing import lapse_unconfirmed
from registration.services.moving_up import move_up_everywhere
from registration.services.offering import accept_offer, end_due_offers, let_go
from registration.services.planning import plan_due_mails
from registration.services.registering import register
from registration.services.withdrawing import undo_withdrawal, withdraw
from registration.steps.claiming import claim
from registration.vocabulary import Decision, RegistrationState
from tests.factories import START, default_mail_plan, details, instant, make_organiser, make_workshop
from tests.faults.model import Model, Refused
from tests.servers.smtp import SmtpSink
from tests.times import NOW

State = RegistrationState
SERVER_WORDS = {
    "well": {},
    "later": {"RCPT": "450 4.2.1 mailbox busy"},
    "never": {"RCPT": "550 5.1.1 unknown"},
    "not this": {"DATA": "554 5.6.0 refused for what it says"},
    "closing": {"MAIL": "421 4.3.2 closing"},
}


class Death(BaseException):
    """Nobody catches it, as nobody catches a kill."""


class _Mortal(Transport):
    """Offers a mail, and dies before or after its final dot."""

    def __init__(self, config: dict[str, Any], *, sends_dot: bool) -> None:
        super().__init__(config)
        self._sends_dot = sends_dot

    def complete(self, *what_follows: Any) -> Accepted:
        if self._sends_dot:
            super().complete(*what_follows)
        raise Death


class Play:
    """One workshop. Every step is done by the services and by the model, which must agree."""

    def __init__(self, config: dict[str, Any], sink: SmtpSink) -> None:
        self.now, self.sink, self.config = NOW, sink, config
        self.transport = Transport(config)

    def open(self, capacity: int | None, *, is_reviewed: bool, asks: bool) -> None:
        decision = Decision.BY_ORGANISER if is_reviewed else Decision.AT_ONCE
        workshop = make_workshop(
            capacity=capacity,
            decision=decision,
            asks_before_moving_up=asks,
            deadline_on=None,
            closes_at=None,
        )
        default_mail_plan(workshop)
        make_organiser()
        self.workshop = workshop.id
        self.organiser = db.session.scalars(select(Organiser.id)).one()
        self.model = Model(capacity, is_reviewed, starts_at=instant(START), asks=asks)

    def submit(self, name: str) -> None:
        def by_model() -> None:
            self.model.submit(self._newest(name), name, self.now)

        self._both(lambda: register(self.workshop, details(name), now=self.now), by_model)

    def confirm(self, number: int) -> None:
        self._both(
            lambda: confirm_address(number, now=self.now), lambda: self.model.confirm(number, self.now)
        )

    def withdraw(self, number: int) -> None:
        self._both(lambda: withdraw(number, now=self.now), lambda: self.model.withdraw(number, self.now))

    def accept(self, number: int) -> None:
        self._both(lambda: accept_offer(number, now=self.now), lambda: self.model.accept(number, self.now))

    def let_go(self, number: int) -> None:
        self._both(lambda: let_go(number, now=self.now), lambda: self.model.let_go(number, self.now))

    def come_back(self, number: int) -> None:
        self._both(
            lambda: undo_withdrawal(number, now=self.now), lambda: self.model.come_back(number, self.now)
        )

    def approve(self, number: int, *, over: bool) -> None:
        self._both(
            lambda: reviewing.approve([number], over_capacity=over, **self._by_hand),
            lambda: self.model.approve(number, self.now, over=over),
        )

    def decline(self, number: int) -> None:
        self._both(
            lambda: reviewing.decline([number], **self._by_hand),
            lambda: self.model.end(number, State.DECLINED, self.now),
        )

    def cancel(self, number: int) -> None:
        self._both(
            lambda: reviewing.cancel([number], **self._by_hand),
            lambda: self.model.end(number, State.CANCELLED, self.now),
        )

    def resize(self, capacity: int | None) -> None:
        workshop = self._workshop()
        names = publishing.WorkshopFacts.__annotations__
        facts = {name: getattr(workshop, name) for name in names} | {"capacity": capacity}
        publishing.change(
            workshop.id,
            publishing.WorkshopFacts(**facts),
            version=workshop.version,
            **self._by_hand,
        )
        self.model.resize(capacity, self.now)

    def move_session(self, days: int) -> None:
        workshop = self._workshop()
        session = workshop.sessions[0]
        start = START.replace(year=self.now.year, month=self.now.month, day=self.now.day)
        start += timedelta(days=days)
        facts = {name: getattr(session, name) for name in _SESSION_FACTS} | {
            "starts_local": start,
            "ends_local": start + timedelta(hours=2, minutes=30),
            "dial_in_local": start - timedelta(minutes=15),
        }
        scheduling.change_session(
            workshop.id,
            session.id,
            scheduling.SessionFacts(**facts),
            version=workshop.version,
            **self._by_hand,
        )
        self.model.starts_at = instant(start)
        self.wait(timedelta())

    def wait(self, span: timedelta) -> None:
        """Let time pass; then the worker looks, as it does each few seconds."""
        self.now += span
        lapse_unconfirmed(now=self.now)
        end_due_offers(now=self.now)
        move_up_everywhere(now=self.now)
        recovering.recover_leases(now=self.now)
        self.model.look(self.now)

    def plan(self) -> None:
        plan_due_mails(now=self.now)

    def deliver(self, server: str = "well") -> None:
        """Send all that is due, to a server in this mood."""
        self.sink.replies = dict(SERVER_WORDS[server])
        while delivering.deliver_due(self.transport, instant=lambda: self.now, wants_to_stop=lambda: False):
            pass
        self.sink.replies = {}

    def die(self, behind: str) -> None:
        """End as a killed worker does, behind the claim, the fence or the final dot."""
        if behind == "claim":
            claim(self.now)
            return
        transport = _Mortal(self.config, sends_dot=behind == "dot")
        with suppress(Death):
            delivering.deliver_due(transport, instant=lambda: self.now, wants_to_stop=lambda: False)
        transport.close()

    def try_again(self) -> None:
        """An organiser lets all leave once more that failed, and ends whatever pause there is."""
        pausing.resume_by_hand(by="", **self._by_hand)
        recovering.retry_all(None, organiser_id=self.organiser, now=self.now)

    def close(self) -> None:
        self.transport.close()

    def _both(self, really: Callable[[], object], by_model: Callable[[], None]) -> None:
        outcomes = []
        for do in (really, by_model):
            try:
                do()
                outcomes.append("done")
            except (RegistrationError, Refused):
                outcomes.append("refused")
        assert outcomes[0] == outcomes[1], f"{outcomes[0]}, and should be {outcomes[1]}"

    @property
    def _by_hand(self) -> dict[str, Any]:
        return {"organiser_id": self.organiser, "now": self.now}

    def _workshop(self) -> Workshop:
        db.session.rollback()
        return db.session.get_one(Workshop, self.workshop, populate_existing=True)

    def _newest(self, name: str) -> int:
        of_name = select(Registration.id).where(Registration.given_name == name.capitalize())
        return db.session.scalars(of_name.order_by(Registration.id.desc())).first() or 0


_SESSION_FACTS = (
    *("title", "place", "room_platform", "room_link", "room_meeting_number", "room_password", "room_phones"),
)
