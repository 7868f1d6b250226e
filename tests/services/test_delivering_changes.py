"""Whatever changes while a batch is on its way: no mail leaves that was written before (M-57, M-93)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from registration.extensions import db, one_transaction
from registration.mail.transport import Accepted, Transport
from registration.models import MailRule, OutboxMessage, Registration, Workshop, WorkshopSession
from registration.services.delivering import deliver_due
from registration.services.withdrawing import withdraw
from registration.vocabulary import MailKind, OffsetUnit, OutboxState
from tests.factories import mails, make_workshop, save, sign_up, submit
from tests.times import NOW


class Eventful(Transport):
    """The product's transport; something happens elsewhere when a first body or answer has passed."""

    after_offer: Callable[[], object] | None = None
    after_answer: Callable[[], object] | None = None

    def offer(self, sender: str, recipient: str, content: bytes) -> None:
        super().offer(sender, recipient, content)
        happens, self.after_offer = self.after_offer, None
        if happens:
            happens()

    def complete(self, *what_follows: Any) -> Accepted:
        answer = super().complete(*what_follows)
        happens, self.after_answer = self.after_answer, None
        if happens:
            happens()
        return answer


@pytest.fixture
def app(make_app, smtp_sink):
    return make_app(**smtp_sink.settings)


@pytest.fixture
def transport(app_context):
    eventful = Eventful(app_context.config)
    yield eventful
    eventful.close()


def deliver_batch(transport: Transport) -> None:
    deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False)


def change(model: type, **columns) -> None:
    with one_transaction():
        db.session.execute(update(model).values(**columns))


def only_seat_certain(registration: Registration) -> Registration:
    """Leave out the mail to confirm, which has become senseless."""
    with one_transaction():
        of_kind = OutboxMessage.kind == MailKind.CONFIRM_ADDRESS
        db.session.execute(delete(OutboxMessage).where(of_kind))
    return registration


def test_mail_is_not_finished_after_a_withdrawal(transport, smtp_sink):
    ada = only_seat_certain(sign_up(make_workshop())).id
    transport.after_offer = lambda: withdraw(ada, now=NOW)

    deliver_batch(transport)

    (seat,) = mails(MailKind.SEAT_CERTAIN)
    assert (seat.state, smtp_sink.received) == (OutboxState.SKIPPED, [])
    assert "abgemeldet" in seat.state_reason


@pytest.mark.parametrize("moment", ["after_offer", "after_answer"])
@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (WorkshopSession, {"room_link": "https://neu.example.org/raum"}),
        (Workshop, {"contact_phone": "neu.example.org/raum"}),
    ],
)
def test_mails_behind_a_change_tell_the_new(transport, smtp_sink, moment, model, columns):
    workshop = make_workshop()
    only_seat_certain(sign_up(workshop, "ada"))
    only_seat_certain(sign_up(workshop, "ben"))
    setattr(transport, moment, lambda: change(model, **columns))

    deliver_batch(transport)

    assert [mail.state for mail in mails()] == [OutboxState.SENT] * 2
    later = smtp_sink.received if moment == "after_offer" else smtp_sink.received[1:]
    assert len(smtp_sink.received) == 2
    assert all(b"neu.example.org/raum" in one.raw.replace(b"=\r\n", b"") for one in later)


@pytest.mark.parametrize("moment", ["after_offer", "after_answer"])
def test_words_in_the_plan_that_are_changed_meanwhile_are_those_in_the_mail(transport, smtp_sink, moment):
    workshop = make_workshop()
    for name in ("ada", "ben"):
        only_seat_certain(sign_up(workshop, name))
    rule = save(
        MailRule(workshop_id=workshop.id, kind=MailKind.REMINDER, unit=OffsetUnit.MINUTES, offset=-60)
    )
    change(OutboxMessage, mail_rule_id=rule.id, kind=MailKind.REMINDER, session_id=workshop.sessions[0].id)
    change(OutboxMessage, revision=1)
    setattr(transport, moment, lambda: change(MailRule, text="Folien: neu.example.org/raum"))

    deliver_batch(transport)

    assert [mail.state for mail in mails()] == [OutboxState.SENT] * 2
    later = smtp_sink.received if moment == "after_offer" else smtp_sink.received[1:]
    assert len(smtp_sink.received) == 2
    assert all(b"neu.example.org/raum" in one.raw.replace(b"=\r\n", b"") for one in later)


def test_name_that_is_corrected_meanwhile_is_the_one_in_the_mail(transport, smtp_sink):
    submit(make_workshop())
    transport.after_offer = lambda: change(Registration, family_name="Neumann")

    deliver_batch(transport)

    assert "Neumann," in smtp_sink.received[0].message.get_body(("plain",)).get_content()


def test_mail_that_was_deleted_meanwhile_stops_no_other(transport, smtp_sink):
    workshop = make_workshop()
    only_seat_certain(sign_up(workshop, "ada"))
    only_seat_certain(sign_up(workshop, "ben"))

    def delete_last() -> None:
        with one_transaction():
            db.session.delete(db.session.get_one(OutboxMessage, mails()[-1].id))

    transport.after_offer = delete_last

    deliver_batch(transport)

    assert [mail.state for mail in mails()] == [OutboxState.SENT]
    assert len(smtp_sink.received) == 1


def test_mail_that_grows_pointless_while_another_is_on_its_way_is_skipped(transport, smtp_sink):
    submit(make_workshop(), "ada")
    submit(make_workshop(slug="another"), "ben")
    times = [NOW]
    transport.after_answer = lambda: times.append(NOW + timedelta(days=3))  # its link to confirm has ended

    deliver_due(transport, instant=lambda: times[-1], wants_to_stop=lambda: False)

    assert [mail.state for mail in mails()] == [OutboxState.SENT, OutboxState.SKIPPED]
    assert len(smtp_sink.received) == 1
