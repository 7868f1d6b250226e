"""Workshops from the first draft to the cancellation."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from typing import Any

import structlog
from sqlalchemy import select

from registration.errors import NotPossible, RegistrationError
from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.models import EligibilityRule, MailRule, Question, Registration, Workshop
from registration.rules.session_changes import Facts, facts_of
from registration.rules.slugs import free_slug, is_slug, slug_of
from registration.rules.wall_times import closing_instant, to_nearest_instant
from registration.steps.completeness import what_is_missing
from registration.steps.editing import note, open_for_editing, set_columns
from registration.steps.journal import organiser
from registration.steps.moving_zones import move_to_zone
from registration.steps.noticing import note_change
from registration.steps.offer_ends import end_offers_by_the_start
from registration.steps.seating import enter, fill_free_seats
from registration.vocabulary import (
    Anchor,
    Decision,
    MailKind,
    OffsetUnit,
    RegistrationState,
    WorkshopFormat,
    WorkshopState,
)

NINE = time(9, 0)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class WorkshopFacts:
    """What an organiser says about a workshop, named as the columns; `opens_local` is a wall time."""

    title: str
    slug: str = ""
    subtitle: str = ""
    series: str = ""
    summary: str = ""
    description: str = ""
    audience: str = ""
    expectations: str = ""
    language: str = "de"
    format: WorkshopFormat = WorkshopFormat.ONLINE
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    capacity: int | None = None
    minimum: int | None = None
    limit_per_organisation: int | None = None
    has_waiting_list: bool = True
    decision: Decision = Decision.AT_ONCE
    review_holds_seat: bool = True
    allows_late_requests: bool = False
    move_up_until_hours: int = 24
    asks_before_moving_up: bool = False
    offer_hours: int = 24
    has_daily_digest: bool = False
    consents: list[str] = field(default_factory=list)
    zone: str = "Europe/Berlin"
    opens_local: datetime | None = None
    deadline_on: date | None = None
    deadline_time: time | None = None


def create(facts: WorkshopFacts, *, organiser_id: int, now: datetime) -> int:
    """Save a draft with the usual mail plan and return its id; an empty slug is made from the title."""
    with one_transaction():
        workshop = Workshop(created_at=now, **_columns(facts))
        workshop.slug = _chosen_slug(facts.slug) or free_slug(slug_of(facts.title), _slugs())
        workshop.mail_rules = usual_mail_plan(facts.format)
        db.session.add(workshop)
        db.session.flush()
        note("workshop_created", workshop, organiser_id=organiser_id, now=now)
        return workshop.id


@dataclass(frozen=True)
class Saved:
    """What saving has done: the names of changed columns, and how many of the waiting list went where."""

    changed: list[str]
    moved_up: Mapping[RegistrationState, int]
    offered_until: datetime | None = None


def change(
    workshop_id: int, facts: WorkshopFacts, *, version: int, organiser_id: int, now: datetime
) -> Saved:
    """Save the facts and return what has changed; raises ConcurrentEdit (U-20).

    Seats that come free by a higher capacity go to the waiting list; a lower one removes nobody (rule 4).
    """
    with one_transaction():
        workshop = open_for_editing(workshop_id, version)
        slug = _chosen_slug(facts.slug, workshop.slug) or workshop.slug
        before = [facts_of(one) for one in workshop.sessions]
        changed = set_columns(workshop, _columns(facts) | {"slug": slug})
        if "zone" in changed:
            move_to_zone(workshop)
            end_offers_by_the_start(workshop, actor=organiser(organiser_id), now=now)
        if _SHOWN & set(changed):
            _tell_calendars(workshop, before, now)
        waiting = db.session.scalars(Registration.queue(workshop_id)).all()
        fill_free_seats(workshop, now=now, actor=organiser(organiser_id))
        if changed:
            note(
                "workshop_changed", workshop, organiser_id=organiser_id, now=now, details={"changed": changed}
            )
        return _saved(changed, [one for one in waiting if one.state is not RegistrationState.WAITING])


def _saved(changed: list[str], moved_up: Sequence[Registration]) -> Saved:
    ends = {one.offered_until for one in moved_up if one.offered_until}
    return Saved(changed, Counter(one.state for one in moved_up), min(ends, default=None))


def publish(workshop_id: int, *, version: int, organiser_id: int, now: datetime) -> None:
    """Make a draft public; raises NotPossible while something is missing."""
    with one_transaction():
        workshop = open_for_editing(workshop_id, version)
        if workshop.state is not WorkshopState.DRAFT:
            raise NotPossible("Nur ein Entwurf kann veröffentlicht werden.")
        if what_is_missing(workshop, now=now):
            raise NotPossible("Es fehlen noch Angaben.")
        workshop.publish(now)
        note("workshop_published", workshop, organiser_id=organiser_id, now=now)
    log.info("workshop.published", workshop=workshop_id, organiser=organiser_id)


def cancel(workshop_id: int, *, version: int, text: str, organiser_id: int, now: datetime) -> int:
    """Call the workshop off, end every live registration, and return how many people get a mail (rule 7).

    Whoever has not confirmed the address gets none: nobody knows whose it is.
    """
    with one_transaction():
        workshop = open_for_editing(workshop_id, version)
        if workshop.state is not WorkshopState.PUBLISHED:
            raise NotPossible("Nur ein veröffentlichter Workshop kann abgesagt werden.")
        workshop.cancel(now)
        for one in workshop.sessions:
            one.sequence += 1  # calendars show the cancellation (C-12)
        note("workshop_cancelled", workshop, organiser_id=organiser_id, now=now, details={"text": text})
        registrations = list(db.session.scalars(Registration.live(workshop_id)))
        told = sum(_call_off(one, text, organiser_id, now) for one in registrations)
    log.info("workshop.cancelled", workshop=workshop_id, organiser=organiser_id, told=told)
    return told


def duplicate(workshop_id: int, *, organiser_id: int, now: datetime) -> int:
    """Copy texts, rules, questions and mail plan to a new draft, no dates or people; return its id."""
    with one_transaction():
        source = db.session.get_one(Workshop, workshop_id)
        copy = Workshop(created_at=now, **{name: getattr(source, name) for name in _COPIED})
        copy.title = f"{source.title} (Kopie)"
        copy.slug = free_slug(slug_of(source.title), _slugs())
        copy.mail_rules = [MailRule(**_columns_of(one, _MAIL_RULE)) for one in source.mail_rules]
        _copy_questions_and_rules(source, copy)
        db.session.add(copy)
        db.session.flush()
        note("workshop_created", copy, organiser_id=organiser_id, now=now, details={"copy_of": source.id})
        return copy.id


def usual_mail_plan(workshop_format: WorkshopFormat) -> list[MailRule]:
    """Return the lines that a new workshop starts with (T-08); without a meeting room only the reminder."""
    week_before = MailRule(position=1, kind=MailKind.REMINDER, unit=OffsetUnit.DAYS, offset=-7, at=NINE)
    if workshop_format is WorkshopFormat.ON_SITE:
        return [week_before]
    day_before = MailRule(
        position=2, kind=MailKind.MEETING_LINK, unit=OffsetUnit.WORKING_DAYS, offset=-1, at=NINE
    )
    at_dial_in = MailRule(
        position=3, kind=MailKind.MEETING_LINK, anchor=Anchor.DIAL_IN, unit=OffsetUnit.MINUTES, offset=0
    )
    return [week_before, day_before, at_dial_in]


def _columns(facts: WorkshopFacts) -> dict[str, Any]:
    columns = asdict(facts)
    del columns["slug"]
    opens = facts.opens_local
    columns["opens_at"] = to_nearest_instant(opens, facts.zone) if opens else None
    closing = (facts.deadline_on, facts.deadline_time, facts.zone)
    columns["closes_at"] = closing_instant(*closing) if facts.deadline_on else None  # type: ignore[arg-type] # asked just here
    return columns


def _slugs() -> set[str]:
    return set(db.session.scalars(select(Workshop.slug)))


def _chosen_slug(slug: str, own: str = "") -> str:
    """Return a typed slug; raises for a wrong shape, and for one that another workshop has."""
    if slug and not is_slug(slug):
        raise RegistrationError("Nur kleine Buchstaben, Ziffern und Bindestriche sind erlaubt.", field="slug")
    if slug != own and slug in _slugs():
        raise RegistrationError("Diese Adresse hat schon ein anderer Workshop.", field="slug")
    return slug


def _tell_calendars(workshop: Workshop, before: list[Facts], now: datetime) -> None:
    """Another zone or format is another time or place; the rest only has to be newer (C-06)."""
    for one, known in zip(workshop.sessions, before, strict=True):
        one.sequence += 1
        note_change(one, known, now=now)


def _call_off(one: Registration, text: str, organiser_id: int, now: datetime) -> int:
    mail = None if one.state is RegistrationState.UNCONFIRMED else messages.workshop_cancelled
    enter(one, RegistrationState.CANCELLED, now=now, actor=organiser(organiser_id), mail=mail, text=text)
    one.decision_text = text
    return int(mail is not None)


_SHOWN = {"title", "slug", "format", "zone", "contact_name", "contact_email", "contact_phone"}
"""What calendar files say of a workshop."""
_COPIED = (
    *("subtitle", "series", "summary", "description", "audience", "expectations", "language", "format"),
    *("contact_name", "contact_email", "contact_phone", "capacity", "minimum", "limit_per_organisation"),
    *(
        "has_daily_digest",
        "consents",
        "has_waiting_list",
        "decision",
        "review_holds_seat",
        "allows_late_requests",
        "move_up_until_hours",
        "asks_before_moving_up",
        "offer_hours",
        "zone",
    ),
)
_MAIL_RULE = ("position", "kind", "anchor", "unit", "offset", "at", "text")
_QUESTION = ("position", "kind", "label", "purpose", "help_text", "is_required", "options", "option_limits")
_RULE = ("position", "kind", "effect", "parameters")


def _columns_of(record: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def _copy_questions_and_rules(source: Workshop, copy: Workshop) -> None:
    """Rules and questions that ask for a question follow the copy of that question."""
    copies = {one.id: Question(**_columns_of(one, _QUESTION)) for one in source.questions}
    copy.questions = list(copies.values())
    db.session.add(copy)
    db.session.flush()
    for one in source.questions:
        if one.depends_on_id in copies:
            copies[one.id].depends_on_id = copies[one.depends_on_id].id
            copies[one.id].depends_on_value = one.depends_on_value
    for rule in source.rules:
        asked = copies[rule.question_id].id if rule.question_id else None
        copy.rules.append(EligibilityRule(**_columns_of(rule, _RULE), question_id=asked))
