"""Previews: a mail as a real person would read it, and nothing is written (M-94)."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, func, select

from registration.errors import NotPossible
from registration.extensions import db
from registration.links import public_url
from registration.models import AccessLink, OutboxMessage, Registration, Workshop
from registration.services.previewing import PREVIEWED, longest, preview
from registration.vocabulary import LinkPurpose, MailKind, RegistrationState
from tests.factories import default_mail_plan, make_session, make_workshop, sign_up, submit
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def workshop() -> Workshop:
    return make_workshop(capacity=1, minimum=4)


@pytest.fixture
def nothing_is_written() -> Iterator[None]:
    """No statement but those that read."""
    statements: list[str] = []
    engine = db.engine

    def hear(_connection, _cursor, statement: str, *_rest) -> None:
        statements.append(statement.lstrip().upper())

    event.listen(engine, "before_cursor_execute", hear)
    yield
    event.remove(engine, "before_cursor_execute", hear)
    assert statements
    assert [one for one in statements if not one.startswith(("SELECT", "BEGIN"))] == []
    assert not db.session.new


@pytest.mark.parametrize("kind", PREVIEWED)
def test_every_kind_can_be_seen_before_anybody_has_registered(
    kind: MailKind, workshop: Workshop, nothing_is_written: None
) -> None:
    seen = preview(workshop, kind, None, now=NOW)

    assert seen.subject
    assert seen.text
    assert "<html" in seen.html


@pytest.mark.parametrize("kind", [MailKind.REMINDER, MailKind.WAITING_LIST, MailKind.CONFIRM_ADDRESS])
def test_a_person_reads_the_mail_as_if_she_were_in_its_state(kind: MailKind, workshop: Workshop) -> None:
    ada = sign_up(workshop)

    seen = preview(workshop, kind, ada, now=NOW)

    assert "Ada Lovelace" in seen.text
    assert seen.to_address == ada.email
    assert seen.is_supposed is (kind is not MailKind.REMINDER)
    assert db.session.get_one(Registration, ada.id).state is RegistrationState.CONFIRMED


def test_the_links_of_a_preview_open_nothing(app_context, workshop: Workshop) -> None:
    ada = sign_up(workshop)
    number_of_links = db.session.scalar(select(func.count(AccessLink.id)))

    seen = preview(workshop, MailKind.REMINDER, ada, now=NOW)

    token = ada.link(LinkPurpose.MANAGE).token(app_context.config["SECRET_KEY"])
    assert token not in seen.text
    path = public_url("my_registration.show", token="x").removeprefix("http://localhost")[:-1]
    shown = seen.text.split(path)[1].split()[0]
    assert app_context.test_client().get(f"{path}{shown}").status_code == 404
    assert db.session.scalar(select(func.count(AccessLink.id))) == number_of_links


def test_a_timed_mail_is_shown_for_the_session_that_comes_next(workshop: Workshop) -> None:
    later = make_session(workshop.sessions[0].starts_local.replace(day=26), uid="later")
    two = make_workshop(slug="two", sessions=[make_session(uid="two"), later])

    assert "24." in preview(two, MailKind.REMINDER, None, now=NOW).subject
    assert "26." in preview(two, MailKind.REMINDER, None, session=two.sessions[1], now=NOW).subject


def test_a_planned_mail_is_shown_as_of_the_time_when_it_leaves(workshop: Workshop) -> None:
    default_mail_plan(workshop)
    db.session.expire_all()

    planned, unplanned = (
        preview(workshop, kind, None, now=NOW) for kind in (MailKind.REMINDER, MailKind.SEAT_CERTAIN)
    )

    assert planned.leaves_at == datetime(2027, 2, 17, 8, 0, tzinfo=UTC)
    assert "in 7 Tagen" in planned.text
    assert unplanned.leaves_at == NOW


def test_the_longest_name_is_found(workshop: Workshop) -> None:
    submit(workshop, "ada")
    long = submit(workshop, "ben", family_name="Bitdiddle-Wolfeschlegelsteinhausenbergerdorff")

    assert longest(workshop.id).id == long.id


def test_a_mail_that_cannot_be_written_says_why() -> None:
    without_room = make_session(room_link="", room_meeting_number="", room_password="", room_phones="")
    workshop = make_workshop(sessions=[without_room])

    with pytest.raises(NotPossible) as refusal:
        preview(workshop, MailKind.MEETING_LINK, None, now=NOW)

    assert "noch keinen Meeting-Raum" in str(refusal.value.message)


def test_a_preview_is_no_mail(workshop: Workshop) -> None:
    preview(workshop, MailKind.SEAT_CERTAIN, None, now=NOW)
    db.session.commit()

    assert db.session.scalars(select(OutboxMessage)).all() == []
