"""An installation with a page for every state: the demo, and beside it what the demo does not show."""

from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from registration.demo.loading import load
from registration.extensions import db, one_transaction
from registration.models import Organiser, Question, Registration, Workshop
from registration.services import reviewing
from registration.services.attending import record_attendance
from registration.services.changing_address import request_new_address
from registration.services.joining import join
from registration.services.lapsing import lapse_unconfirmed
from registration.services.publishing import cancel
from registration.services.requesting_erasure import request_erasure
from registration.services.scheduling import SessionFacts, change_session
from registration.services.withdrawing import withdraw
from registration.vocabulary import (
    ConsentKind,
    Decision,
    LinkPurpose,
    QuestionKind,
    RegistrationState,
    RuleEffect,
)
from tests.factories import (
    BERLIN,
    START,
    default_mail_plan,
    make_organisation,
    make_session,
    make_workshop,
    require_agreement,
    save,
    sign_up,
    submit,
)
from tests.times import NOW

DESCRIPTION = """\
## Ablauf

| Baustein | Umfang | Wozu |
|---|---|---|
| Qualifizierungsveranstaltung | zwei Tage | Grundlagen der Öffentlichkeitsbeteiligung |

Mehr steht unter <https://example.org/eine-sehr-lange-adresse-ohne-jede-luecke-fuer-schmale-anzeigen>.
"""
CLOSED = {"closes_at": NOW - timedelta(days=1), "deadline_on": date(2027, 1, 14)}


def write_everything(app: Flask) -> dict[str, Any]:
    """The names that the addresses of pages are made with: numbers and secrets of links."""
    with app.app_context():
        names = _expired_and_lapsed()
        load(now=NOW)
        return names | _people() | _workshops() | _desk()


def _expired_and_lapsed() -> dict[str, str]:
    """Before the demo: its participants act when they are due, not now."""
    workshop = make_workshop(slug="harbour")
    lapsed = submit(workshop, "milo", now=NOW - timedelta(hours=60))
    expired = submit(workshop, "hal", now=NOW - timedelta(hours=49))
    lapse_unconfirmed(now=NOW - timedelta(hours=2))
    return {"lapsed": _manage(lapsed), "expired": _confirm(expired)}


def _workshops() -> dict[str, int]:
    opened = make_workshop(
        slug="open", description=DESCRIPTION, audience="Fachkräfte\nLeitungen", limit_per_organisation=2
    )
    kinds = (
        (QuestionKind.YES_NO_UNSURE, []),
        (QuestionKind.SHORT_TEXT, []),
        (QuestionKind.CHOICE, ["Reallabore", "Service Learning"]),
    )
    for place, (kind, options) in enumerate(kinds):
        label = f"Eine Frage zum Kooperationsvereinbarungsverfahren, Nummer {place + 1}?"
        columns = {"label": label, "purpose": "Für die Vorbereitung.", "options": options}
        save(Question(workshop_id=opened.id, position=place, kind=kind, is_required=True, **columns))
    require_agreement(opened)
    default_mail_plan(opened)
    _every_question()
    make_workshop(slug="no-waiting-list", capacity=0, has_waiting_list=False)
    make_workshop(slug="not-open", opens_at=NOW + timedelta(days=3))
    make_workshop(slug="closed", **CLOSED)
    make_workshop(slug="late", allows_late_requests=True, **CLOSED)
    make_workshop(slug="english", language="en", title="Working together")
    refusing = make_workshop(slug="refusing")
    make_organisation("Gemeinde Ohnefeld")
    require_agreement(refusing, RuleEffect.REFUSE)
    return {"open": opened.id}


def _every_question() -> None:
    """A workshop that asks all that can be asked; the last question only those who come."""
    asking = make_workshop(slug="asking", consents=list(ConsentKind), allows_late_requests=True)
    kinds = [kind for kind in QuestionKind if kind is not QuestionKind.CHOICE]
    place = {
        "label": "Wie nehmen Sie teil?",
        "options": ["vor Ort", "online"],
        "option_limits": {"online": 0},
    }
    first = save(_question(asking, QuestionKind.CHOICE, 0, is_required=True, **place))
    for position, kind in enumerate(kinds, 1):
        save(_question(asking, kind, position, label=f"Frage {position}?", options=["A", "B", "C"]))
    needed = {"depends_on_id": first.id, "depends_on_value": "vor Ort", "is_required": True}
    save(_question(asking, QuestionKind.DATE, 10, label="Wann reisen Sie an?", **needed))


def _question(workshop: Workshop, kind: QuestionKind, position: int, **columns: Any) -> Question:
    words = {"purpose": "Für die Planung.", "help_text": "Eine Schätzung genügt."}
    return Question(workshop_id=workshop.id, kind=kind, position=position, **(words | columns))


def _people() -> dict[str, str]:
    """One person in every state, each with her link; `keys` and `scripts` may be used up by a test."""
    workshop = make_workshop(slug="people")
    full = make_workshop(slug="full", capacity=0)
    chosen = make_workshop(slug="chosen", decision=Decision.APPLY_FIRST)
    dropped = make_workshop(slug="dropped")
    by = {"organiser_id": db.session.scalars(select(Organiser.id)).first(), "now": NOW}
    declined, cancelled = sign_up(chosen, "karim"), sign_up(workshop, "nora")
    substituted, withdrawn = sign_up(workshop, "sue"), sign_up(workshop, "lena")
    reviewing.decline([declined.id], text="Der Workshop richtet sich an Kommunen.", **by)
    reviewing.cancel([cancelled.id], text="Wie besprochen.", **by)
    withdraw(withdrawn.id, now=NOW)
    called_off = sign_up(dropped, "ada")
    cancel(dropped.id, version=dropped.version, text="Die Referentin ist erkrankt.", **by)
    with one_transaction():
        substituted.enter(RegistrationState.SUBSTITUTED, now=NOW)
    fresh, ada = submit(workshop, "fay"), sign_up(workshop, "ada")
    return {
        "fresh": _confirm(fresh),
        "already": _confirm(ada),
        "unconfirmed": _manage(fresh),
        "in_review": _manage(sign_up(chosen, "dora")),
        "waiting": _manage(sign_up(full, "ben")),
        "confirmed": _manage(ada),
        **_joining(),
        **_deciding(),
        **_attending(),
        "declined": _manage(declined),
        "withdrawn": _manage(withdrawn),
        "cancelled": _manage(cancelled),
        "substituted": _manage(substituted),
        "called_off": _manage(called_off),
        "keys": _confirm(submit(workshop, "kay")),
        "scripts": _confirm(submit(workshop, "sam")),
    }


def _deciding() -> dict[str, str]:
    """One to whom a seat is offered, and one with all that can be decided about beside it."""
    asking = make_workshop(slug="asks-first", capacity=1, asks_before_moving_up=True)
    leaving, offered = sign_up(asking, "lea"), sign_up(asking, "otto")
    withdraw(leaving.id, now=NOW)
    consents = list(ConsentKind)
    agreeing = make_workshop(slug="consents", consents=consents)
    for position, kind in enumerate(QuestionKind):
        save(_question(agreeing, kind, position, label=f"Frage {position}?", options=["A", "B"]))
    anja = sign_up(agreeing, "anja", consents=(ConsentKind.PHOTO,), support_needs="Untertitel")
    request_new_address(anja.id, "anja@neustadt.example.org", now=NOW)
    request_erasure(anja.id, now=NOW)
    db.session.expire_all()
    return {
        "offered": _manage(offered),
        "consenting": _manage(anja),
        "new_address": _token(anja, LinkPurpose.NEW_ADDRESS),
    }


def _attending() -> dict[str, str]:
    """One who was at a workshop that is over, and one who was not."""
    over = make_workshop(slug="over", sessions=[make_session(START - timedelta(days=50))])
    present, absent = (sign_up(over, name, now=NOW - timedelta(days=30)) for name in ("pia", "abel"))
    by: dict[str, Any] = {"organiser_id": db.session.scalars(select(Organiser.id)).first(), "now": NOW}
    record_attendance(over.sessions[0].id, {present.id: True, absent.id: False}, **by)
    return {"attended": _manage(present), "absent": _manage(absent)}


def _joining() -> dict[str, str]:
    """Links into a room that opens later, into one that is open, and of one who has come in."""
    start = NOW.astimezone(BERLIN).replace(tzinfo=None) - timedelta(minutes=10)
    before = NOW - timedelta(days=1)
    running = make_workshop(slug="running", sessions=[make_session(start, uid="running")])
    invited, inside = (sign_up(running, name, now=before) for name in ("rosa", "ivo"))
    join(inside.id, running.sessions[0].id, now=NOW)
    early = sign_up(make_workshop(slug="early"), "eva")
    waiting = sign_up(make_workshop(slug="full-room", capacity=0), "walter")
    joining = {"room_early": early, "room_waiting": waiting, "room_open": invited, "room_inside": inside}
    links = {name: _token(one, LinkPurpose.JOIN) for name, one in joining.items()}
    return links | {"seat_inside": _manage(inside)}


def _desk() -> dict[str, int]:
    demo = db.session.scalars(select(Workshop).where(Workshop.slug == "wissenswerkstatt")).one()
    in_review = Registration.live(demo.id).where(Registration.state == RegistrationState.IN_REVIEW)
    return {
        "demo": demo.id,
        "session": demo.sessions[0].id,
        "person": db.session.scalars(in_review).first().id,  # type: ignore[union-attr]
        "rule": demo.rules[0].id,
        "changed": _changed(),
    }


def _changed() -> int:
    """A workshop whose change nobody has been told."""
    workshop = make_workshop(slug="changed")
    number, session_id = workshop.id, workshop.sessions[0].id
    sign_up(workshop, "ada")
    by = {"organiser_id": db.session.scalars(select(Organiser.id)).first(), "now": NOW}
    version = db.session.get_one(Workshop, number).version
    facts = SessionFacts(starts_local=START, ends_local=START + timedelta(hours=1), place="Rathaus")
    change_session(number, session_id, facts, version=version, **by)
    return number


def _manage(registration: Registration) -> str:
    return _token(registration, LinkPurpose.MANAGE)


def _confirm(registration: Registration) -> str:
    return _token(registration, LinkPurpose.CONFIRM)


def _token(registration: Registration, purpose: LinkPurpose) -> str:
    link = registration.link(purpose)
    assert link is not None
    token = link.token("test-secret-key-" * 3)
    assert token is not None
    return token
