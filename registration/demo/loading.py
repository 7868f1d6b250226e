"""Filling an empty database with the examples."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from flask import current_app
from flask_security import hash_password
from sqlalchemy import select, update

from registration.demo.offers import connect, rules_from, workshop_from
from registration.demo.people import Offer, offer, tell
from registration.extensions import db, one_transaction
from registration.models import (
    Agreement,
    Organisation,
    OrganisationAlias,
    OrganisationDomain,
    Organiser,
    OutboxMessage,
    Workshop,
)
from registration.steps.journal import organiser, write
from registration.vocabulary import (
    FederalState,
    OrganisationKind,
    OutboxState,
    Role,
    WorkshopState,
)

FOLDER = Path(__file__).parent
PASSWORD = "demo-workshop-2027"  # noqa: S105 - known to everybody: the demo is refused in production
ADMIN = "demo@example.org"
ACCOUNTS = ((ADMIN, "Demo-Verwaltung", Role.ADMIN), ("team@example.org", "Demo-Team", Role.ORGANISER))


def is_empty() -> bool:
    """True when nobody has entered anything yet."""
    return not any(
        db.session.scalars(select(kind.id).limit(1)).first() for kind in (Organiser, Organisation, Workshop)
    )


def load(*, now: datetime) -> None:
    """Write organisers, register and workshops at once, then let the participants act one after the other."""
    zone, state = current_app.config["TIME_ZONE"], FederalState(current_app.config["FEDERAL_STATE"])
    written = [_read(path) for path in sorted((FOLDER / "workshops").glob("*.yaml"))]
    password = hash_password(PASSWORD)
    with one_transaction():
        people = [_organiser(*account, password=password, now=now) for account in ACCOUNTS]
        register = [_organisation(one, now) for one in _read(FOLDER / "organisations.yaml")]
        db.session.add_all([*people, *register])
        db.session.flush()
        organiser_id = people[0].id
        offers = {one["slug"]: _add_workshop(one, organiser_id, zone, state, now) for one in written}
    tell(_read(FOLDER / "participants.yaml"), offers, organiser_id=organiser_id, now=now)
    with one_transaction():
        _archive([one["slug"] for one in written if one.get("state") == WorkshopState.ARCHIVED])
        _make_due(now)


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _organiser(email: str, name: str, role: Role, *, password: str, now: datetime) -> Organiser:
    return Organiser(
        email=email, name=name, role=role, password=password, fs_uniquifier=uuid4().hex, created_at=now
    )


def _organisation(written: Mapping[str, Any], now: datetime) -> Organisation:
    return Organisation(
        name=written["name"],
        kind=OrganisationKind(written["kind"]),
        state=FederalState(written["state"]),
        changed_at=now,
        aliases=[OrganisationAlias(name=name) for name in written.get("aliases", [])],
        domains=[OrganisationDomain(domain=domain) for domain in written.get("domains", [])],
        agreements=[_agreement(days, now.date()) for days in written.get("agreements", [])],
    )


def _agreement(days: Mapping[str, int], today: date) -> Agreement:
    until = today + timedelta(days=days["until"]) if "until" in days else None
    return Agreement(valid_from=today + timedelta(days=days["from"]), valid_until=until)


def _add_workshop(
    written: Mapping[str, Any], organiser_id: int, zone: str, state: FederalState, now: datetime
) -> Offer:
    workshop, questions = workshop_from(written, zone=zone, state=state, now=now)
    db.session.add(workshop)
    db.session.flush()
    connect(written, questions)
    workshop.rules = rules_from(written, questions)
    published_at = workshop.published_at or now
    write("workshop_published", now=published_at, actor=organiser(organiser_id), workshop_id=workshop.id)
    return offer(workshop, questions)


def _archive(slugs: list[str]) -> None:
    for workshop in db.session.scalars(select(Workshop).where(Workshop.slug.in_(slugs))):
        workshop.state = WorkshopState.ARCHIVED


def _make_due(now: datetime) -> None:
    """Let the mails of the examples leave now, as if just written: nothing stands in the queue as overdue."""
    queued = OutboxMessage.state == OutboxState.QUEUED
    db.session.execute(update(OutboxMessage).where(queued).values(next_attempt_at=now))
