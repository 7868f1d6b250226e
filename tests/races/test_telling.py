"""Telling a change while others tell it, too, or come and go: each hears of it once."""

from functools import partial

from flask import Flask
from sqlalchemy import select

from registration.extensions import db
from registration.models import OutboxMessage, Registration, Workshop
from registration.services.confirming import confirm_address
from registration.services.scheduling import SessionFacts, change_session
from registration.services.telling_changes import tell_changes
from registration.services.withdrawing import withdraw
from registration.vocabulary import MailKind, OutboxState
from tests.factories import START, make_organiser, make_workshop, submit
from tests.faults.numbers import PAIRS
from tests.races.pairs import at_once, come
from tests.services.plans import HOUR
from tests.times import NOW

FACTS = SessionFacts(starts_local=START + 24 * HOUR, ends_local=START + 26 * HOUR)


def test_a_change_that_two_tell_at_once_reaches_everybody_once(app: Flask, app_context: Flask) -> None:
    organiser = make_organiser().id
    for number in range(PAIRS):
        workshop = make_workshop(slug=f"round-{number}")
        workshop_id = workshop.id
        for name in ("ada", "ben"):
            come(db.session.get_one(Workshop, workshop_id), number, name)
        tell = moved(workshop_id, organiser)

        answers = at_once(app, tell, tell, tell)

        assert sorted(answers) == ["done", "refused", "refused"]
        assert told(workshop_id) == ["Ada", "Ben"]


def test_whoever_comes_while_a_change_is_told_knows_it_already(app: Flask, app_context: Flask) -> None:
    organiser = make_organiser().id
    for number in range(PAIRS):
        workshop = make_workshop(slug=f"round-{number}")
        workshop_id = workshop.id
        ada = come(workshop, number, "ada")
        come(db.session.get_one(Workshop, workshop_id), number, "ben")
        fresh = submit(
            db.session.get_one(Workshop, workshop_id), "cleo", email=f"cleo.{number}@example.org"
        ).id
        tell = moved(workshop_id, organiser)

        at_once(
            app,
            tell,
            partial(confirm_address, fresh, now=NOW + 2 * HOUR),
            partial(withdraw, ada, now=NOW + 2 * HOUR),
        )

        assert told(workshop_id) in (["Ada", "Ben"], ["Ben"])


def moved(workshop_id: int, organiser_id: int) -> partial[int]:
    """Move the workshop; whoever calls what is returned tells it, having seen it as it is now."""
    db.session.rollback()
    workshop = db.session.get_one(Workshop, workshop_id)
    by = {"organiser_id": organiser_id, "now": NOW + HOUR}
    change_session(workshop_id, workshop.sessions[0].id, FACTS, version=workshop.version, **by)
    db.session.rollback()
    version = db.session.get_one(Workshop, workshop_id).version
    return partial(tell_changes, workshop_id, version=version, text="", **by)


def told(workshop_id: int) -> list[str]:
    """Who has a mail about it in the outbox, as often as she has one."""
    db.session.rollback()
    mails = (
        select(Registration.given_name)
        .join(OutboxMessage, OutboxMessage.registration_id == Registration.id)
        .where(
            OutboxMessage.workshop_id == workshop_id,
            OutboxMessage.kind == MailKind.WORKSHOP_CHANGED,
            OutboxMessage.state == OutboxState.QUEUED,
        )
    )
    return sorted(db.session.scalars(mails))
