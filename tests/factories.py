"""Records with good defaults. Ada has a seat, Ben waits, Cleo is not eligible, Dora is under review."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from registration.extensions import db, one_transaction
from registration.models import (
    AgendaItem,
    Agreement,
    EligibilityRule,
    MailRule,
    Organisation,
    OrganisationAlias,
    OrganisationDomain,
    Organiser,
    OutboxMessage,
    Registration,
    Workshop,
    WorkshopSession,
)
from registration.services.confirming import confirm_address
from registration.services.registering import Details, register
from registration.vocabulary import Anchor, MailKind, OffsetUnit, RuleEffect, RuleKind, WorkshopState
from tests.times import NOW

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2027, 2, 24, 10, 0)  # noqa: DTZ001 - a wall time: a Wednesday
NAMES = {"ada": "Lovelace", "ben": "Bitdiddle", "cleo": "Theodora", "dora": "Dietrich"}


def instant(wall: datetime) -> datetime:
    return wall.replace(tzinfo=BERLIN).astimezone(UTC)


def make_session(start: datetime = START, **columns: Any) -> WorkshopSession:
    end, dial_in = start + timedelta(hours=2, minutes=30), start - timedelta(minutes=15)
    defaults: dict[str, Any] = {
        "starts_local": start,
        "ends_local": end,
        "dial_in_local": dial_in,
        "starts_at": instant(start),
        "ends_at": instant(end),
        "dial_in_at": instant(dial_in),
        "room_platform": "Webex",
        "room_link": "https://meeting.example.org/room/4711",
        "room_meeting_number": "2741 555 0199",
        "room_password": "lupine",
        "room_phones": "+49 69 5550 1234",
        "calendar_uid": f"s-{start:%Y%m%d%H%M}-{columns.pop('uid', 'one')}@example.org",
        "agenda": [AgendaItem(position=1, at=time(10, 0), item="Begrüßung", by="Projektleitung")],
    }
    return WorkshopSession(**(defaults | columns))


def make_workshop(**columns: Any) -> Workshop:
    """A published online workshop on 24 February 2027, 16 seats, open until 12 February."""
    defaults: dict[str, Any] = {
        "slug": "kooperation",
        "state": WorkshopState.PUBLISHED,
        "title": "Kooperationsvereinbarungen in (bester) Form",
        "summary": "Ein Werkzeug für die Zusammenarbeit auf Augenhöhe.",
        "contact_name": "Projektleitung",
        "contact_email": "projektleitung@example.org",
        "capacity": 16,
        "deadline_on": date(2027, 2, 12),
        "closes_at": datetime(2027, 2, 12, 23, 0, tzinfo=UTC),
        "created_at": NOW,
        "published_at": NOW,
    }
    sessions = columns.pop("sessions", None)
    workshop = Workshop(**(defaults | columns))
    workshop.sessions = [make_session(uid=workshop.slug)] if sessions is None else sessions
    return save(workshop)


def make_organisation(name: str = "Stadt Musterhausen", **columns: Any) -> Organisation:
    aliases, domains = columns.pop("aliases", ()), columns.pop("domains", ())
    agreements = columns.pop("agreements", ())
    organisation = Organisation(name=name, changed_at=NOW, **columns)
    organisation.aliases = [OrganisationAlias(name=alias) for alias in aliases]
    organisation.domains = [OrganisationDomain(domain=domain) for domain in domains]
    organisation.agreements = [Agreement(valid_from=start, valid_until=end) for start, end in agreements]
    return save(organisation)


def make_organiser(email: str = "team@example.org", **columns: Any) -> Organiser:
    return save(Organiser(email=email, fs_uniquifier=email, created_at=NOW, **columns))


def require_agreement(workshop: Workshop, effect: RuleEffect = RuleEffect.REVIEW) -> EligibilityRule:
    return save(EligibilityRule(workshop_id=workshop.id, kind=RuleKind.AGREEMENT, effect=effect))


def default_mail_plan(workshop: Workshop) -> list[MailRule]:
    """Seven days before at 09:00, the last working day before at 09:00, and when the dial-in opens."""
    rules = [
        MailRule(kind=MailKind.REMINDER, unit=OffsetUnit.DAYS, offset=-7, at=time(9, 0)),
        MailRule(kind=MailKind.MEETING_LINK, unit=OffsetUnit.WORKING_DAYS, offset=-1, at=time(9, 0)),
        MailRule(kind=MailKind.MEETING_LINK, anchor=Anchor.DIAL_IN, unit=OffsetUnit.MINUTES, offset=0),
    ]
    for rule in rules:
        rule.workshop_id = workshop.id
        save(rule)
    return rules


def save(record: Any) -> Any:
    with one_transaction():
        db.session.add(record)
    return record


def details(name: str = "ada", **columns: Any) -> Details:
    defaults = {
        "given_name": name.capitalize(),
        "family_name": NAMES.get(name, "Beispiel"),
        "email": f"{name}@musterhausen.example.org",
        "organisation": "Stadt Musterhausen",
    }
    return Details(**(defaults | columns))


def submit(workshop: Workshop, name: str = "ada", *, now: datetime = NOW, **columns: Any) -> Registration:
    """Somebody sends the form; her registration, unconfirmed."""
    workshop_id = workshop.id
    register(workshop_id, details(name, **columns), now=now)
    return find(workshop_id, name)


def sign_up(workshop: Workshop, name: str = "ada", *, now: datetime = NOW, **columns: Any) -> Registration:
    """Somebody sends the form and confirms her address."""
    return confirm_address(submit(workshop, name, now=now, **columns).id, now=now)


def find(workshop_id: int, name: str) -> Registration:
    newest = (
        select(Registration)
        .where(Registration.workshop_id == workshop_id, Registration.given_name == name.capitalize())
        .order_by(Registration.id.desc())
    )
    return db.session.scalars(newest).first()  # type: ignore[return-value]


def mails(kind: MailKind | None = None) -> list[OutboxMessage]:
    query = select(OutboxMessage).order_by(OutboxMessage.id)
    return list(db.session.scalars(query if kind is None else query.where(OutboxMessage.kind == kind)))
