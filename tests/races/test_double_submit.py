"""Double clicks and double forms, in the same moment: one registration, and one mail about it."""

from collections.abc import Callable
from functools import partial

from flask import Flask
from sqlalchemy import Select, select

from registration.extensions import db
from registration.models import OutboxMessage, Registration
from registration.vocabulary import MailKind
from tests.clients import Page, Visitor, all_at_once
from tests.faults.numbers import DOUBLE_SUBMITS
from tests.races.crowd import typed
from tests.servers.processes import LiveServer
from tests.today import make_open_workshop

FORM = "/workshops/double/register"


def test_form_sent_five_times_at_once_is_one_registration_and_one_mail(
    app_context: Flask, live_server: Callable[..., LiveServer]
) -> None:
    server = live_server(workers=2)
    make_open_workshop("double")
    for number in range(DOUBLE_SUBMITS):
        person = Visitor(server.url)
        fields = person.get(FORM).hidden_fields | typed(number)

        pages = all_at_once([partial(person.post, FORM, **fields)] * 5)

        assert [page.status for page in pages] == [303] * 5
        registration = db.session.scalars(of(fields["email"])).one()
        assert kinds_of_mails_to(registration.email) == [MailKind.CONFIRM_ADDRESS]
        db.session.rollback()


def test_person_who_sends_two_forms_at_once_has_one_registration(
    app_context: Flask, live_server: Callable[..., LiveServer]
) -> None:
    server = live_server(workers=2)
    make_open_workshop("double")
    for number in range(DOUBLE_SUBMITS):
        people = [Visitor(server.url) for _ in range(4)]
        sending: list[Callable[[], Page]] = []
        for person in people:
            sending.append(partial(person.post, FORM, **person.get(FORM).hidden_fields, **typed(number)))

        pages = all_at_once(sending)

        assert [page.status for page in pages] == [303] * 4
        registration = db.session.scalars(of(typed(number)["email"])).one()
        assert set(kinds_of_mails_to(registration.email)) == {MailKind.CONFIRM_ADDRESS}
        db.session.rollback()


def of(address: str) -> Select[Registration]:
    return select(Registration).where(Registration.email == address)


def kinds_of_mails_to(address: str) -> list[MailKind]:
    query = select(OutboxMessage.kind).where(OutboxMessage.to_address == address)
    return list(db.session.scalars(query))
