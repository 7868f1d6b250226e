"""Heute: what needs me, and the workshops that are ahead."""

from datetime import datetime
from typing import Any, NamedTuple

from flask import render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from registration import clock
from registration.extensions import db
from registration.models import Registration, Workshop
from registration.services.telling_changes import prospect
from registration.views.organiser import blueprint
from registration.views.organiser.banner import mail_watch
from registration.views.organiser.overview import (
    DEADLINE_SOON,
    Row,
    current_workshops,
    rows,
)
from registration.views.sign_in import signed_in_organiser
from registration.vocabulary import WorkshopState


class Card(NamedTuple):
    """One thing that needs me, with the way to it."""

    number: int
    sentence: str
    button: str
    href: str


@blueprint.get("")
def today() -> str:
    now = clock.now()
    listed = rows(_with_parts(current_workshops(now)), now=now)
    return render_template("organiser/today.html", rows=listed, cards=list(_cards(listed, now)), now=now)


@blueprint.get("/workshops")
def workshops() -> str:
    now = clock.now()
    everything = _with_parts(list(db.session.scalars(select(Workshop))))
    listed = sorted(rows(everything, now=now), key=lambda row: row.workshop.is_over(now))
    return render_template("organiser/workshops.html", rows=listed, now=now)


def _with_parts(workshops: list[Workshop]) -> list[Workshop]:
    """Load sessions and mail plans of all of them at once."""
    ids = [one.id for one in workshops]
    parts = (selectinload(Workshop.sessions), selectinload(Workshop.mail_rules), selectinload(Workshop.rules))
    query = select(Workshop).where(Workshop.id.in_(ids)).options(*parts)
    return list(db.session.scalars(query, execution_options={"populate_existing": True}))


def _cards(listed: list[Row], now: datetime) -> Any:
    organiser = signed_in_organiser()
    may_change = organiser is not None and organiser.may_change
    for row in listed:
        workshop = row.workshop
        target = url_for("organiser.registrations", workshop_id=workshop.id)
        if row.numbers.in_review:
            waits = "wartet" if row.numbers.in_review == 1 else "warten"
            yield Card(
                row.numbers.in_review,
                f"{waits} auf Ihre Entscheidung: {workshop.title}",
                "Prüfen",
                f"{target}?state=in_review",
            )
        if row.numbers.to_check:
            have = "hat" if row.numbers.to_check == 1 else "haben"
            yield Card(
                row.numbers.to_check,
                f"{have} Angaben geändert: {workshop.title}",
                "Prüfen",
                f"{target}?show=to-check",
            )
        if row.free and row.numbers.waiting:
            yield Card(
                row.free,
                f"Plätze frei, {row.numbers.waiting} auf der Warteliste: {workshop.title}",
                "Nachrücken",
                f"{target}?state=waiting",
            )
        if may_change and (found := prospect(workshop, now=now)):
            yield Card(
                len(found.readers),
                f"wissen noch nichts von einer Änderung: {workshop.title}",
                "Mitteilen",
                url_for("organiser.changes", workshop_id=workshop.id),
            )
        if workshop.state is WorkshopState.PUBLISHED and _closes_soon(workshop, now):
            days = (workshop.closes_at - now).days if workshop.closes_at else 0
            yield Card(days, f"Tage bis zum Anmeldeschluss: {workshop.title}", "Ansehen", target)
    for one in db.session.scalars(_ERASURES):
        sentence = f"Bitte um Löschung: {one.workshop.title}"
        yield Card(1, sentence, "Ansehen", url_for("organiser.person", registration_id=one.id))
    if lost := mail_watch().undelivered:
        sentence = "E-Mail ist nicht angekommen" if lost == 1 else "E-Mails sind nicht angekommen"
        yield Card(lost, sentence, "Ansehen", url_for("organiser.mails", show="undelivered"))


_ERASURES = (
    select(Registration)
    .where(Registration.erasure_requested_at.is_not(None))
    .order_by(Registration.erasure_requested_at)
    .limit(10)
)


def _closes_soon(workshop: Workshop, now: datetime) -> bool:
    return workshop.closes_at is not None and now < workshop.closes_at <= now + DEADLINE_SOON
