"""The public list of workshops, and the page of each one. Plain reading sets no cookie (L-20)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from flask import Blueprint, Response, abort, render_template
from sqlalchemy import bindparam
from sqlalchemy.orm import selectinload

from registration import clock
from registration.extensions import db
from registration.mail.calendar import workshop_calendar
from registration.models import Workshop, WorkshopSession
from registration.steps.offers import Offer, find_offer
from registration.views.availability import Availability, availabilities, counted
from registration.views.calendar_files import calendar_file
from registration.views.eligibility_words import who_may_register
from registration.views.languages import reader_language
from registration.views.page_cache import kept_page
from registration.vocabulary import WorkshopState

blueprint = Blueprint("workshops", __name__)

PUBLIC_STATES = (WorkshopState.PUBLISHED, WorkshopState.CANCELLED)
# Built once: putting a query together takes longer than the database needs for it.
_UPCOMING = (
    Workshop.published()
    .where(Workshop.sessions.any(WorkshopSession.ends_at > bindparam("now")))
    .options(selectinload(Workshop.sessions))
)


@dataclass(frozen=True)
class Card:
    """One workshop on the list; `next_session` is the one that comes next or is under way."""

    workshop: Workshop
    next_session: WorkshopSession
    availability: Availability

    @property
    def month(self) -> date:
        """The first day of the month under which it stands."""
        return self.next_session.starts_local.date().replace(day=1)


@blueprint.get("/")
@blueprint.get("/workshops")
def index() -> str:
    now = clock.now()
    cards = _cards(now)
    months = [(month, list(group)) for month, group in groupby(cards, key=lambda card: card.month)]
    open_count = sum(card.availability.is_open for card in cards)
    return render_template("workshops/index.html", months=months, open_count=open_count, now=now)


@blueprint.get("/workshops/<slug>")
def show(slug: str) -> str:
    now = clock.now()
    offer = public_offer(slug, now)
    numbers = tuple(offer.count)
    return kept_page(offer.workshop, numbers, now=now, render=lambda: _page(offer, now))


def _page(offer: Offer, now: datetime) -> str:
    return render_template(
        "workshops/show.html",
        workshop=offer.workshop,
        availability=counted(offer.workshop, offer.count, now=now),
        who=who_may_register(offer.workshop),
        now=now,
    )


@blueprint.get("/workshops/<slug>/calendar.ics")
def calendar(slug: str) -> Response:
    """The sessions for everybody's calendar, without the meeting room (C-11)."""
    now = clock.now()
    workshop = public_offer(slug, now, WorkshopState.PUBLISHED).workshop
    if not workshop.sessions:
        abort(404)
    language = reader_language()
    return calendar_file(workshop_calendar(workshop, now=now, with_room=False, language=language))


def public_offer(slug: str, now: datetime, *states: WorkshopState, with_register: bool = False) -> Offer:
    """The workshop of this address, for reading only; 404 for what the public must not see."""
    offer = find_offer(slug, now=now, with_register=with_register)
    if offer is None or offer.workshop.state not in (states or PUBLIC_STATES):
        abort(404)
    return offer


def _cards(now: datetime) -> list[Card]:
    """What is still to come, next first."""
    workshops = db.session.scalars(_UPCOMING, {"now": now}).all()
    seats = availabilities(workshops, now=now)
    cards = (Card(one, _next_session(one.sessions, now), seats[one.id]) for one in workshops)
    return sorted(cards, key=lambda card: card.next_session.starts_at)


def _next_session(sessions: Iterable[WorkshopSession], now: datetime) -> WorkshopSession:
    return next(one for one in sessions if one.ends_at > now)
