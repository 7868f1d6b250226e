"""The public list of workshops, and the page of each one. Plain reading sets no cookie (L-20)."""

from datetime import datetime

from flask import Blueprint, Response, abort, render_template, request

from registration import clock
from registration.mail.calendar import workshop_calendar
from registration.models import Workshop
from registration.steps.catalogue import upcoming
from registration.steps.offers import Offer, find_offer
from registration.views.availability import counted
from registration.views.calendar_files import calendar_file
from registration.views.eligibility_words import who_may_register
from registration.views.event_data import event_data
from registration.views.kept_lists import kept_list
from registration.views.languages import reader_language
from registration.views.list_page import list_page
from registration.views.page_cache import kept_page
from registration.views.previews import Preview, preview
from registration.views.wanted import page_number, read
from registration.views.words import long_date
from registration.vocabulary import WorkshopState

blueprint = Blueprint("workshops", __name__)

PUBLIC_STATES = (WorkshopState.PUBLISHED, WorkshopState.CANCELLED)


@blueprint.get("/")
@blueprint.get("/workshops")
def index() -> str:
    now = clock.now()
    wanted, number = read(request.args), page_number(request.args)
    catalogue = upcoming(now)
    asked = (wanted, number)
    return kept_list(
        *asked, catalogue=catalogue, now=now, make=lambda count: list_page(catalogue, *asked, count, now)
    )


@blueprint.get("/workshops/<slug>")
def show(slug: str) -> str:
    now = clock.now()
    offer = public_offer(slug, now)
    numbers = tuple(offer.count)
    return kept_page(offer.workshop, numbers, now=now, render=lambda: _page(offer, now))


def _page(offer: Offer, now: datetime) -> str:
    workshop = offer.workshop
    seats = counted(workshop, offer.count, now=now)
    return render_template(
        "workshops/show.html",
        workshop=workshop,
        availability=seats,
        who=who_may_register(workshop),
        event=event_data(workshop, seats),
        preview=_preview(workshop),
        now=now,
    )


def _preview(workshop: Workshop) -> Preview:
    """In a link preview the date stands first: it is asked for first."""
    first = workshop.first_session
    date = f"{long_date(first.starts_local)}. " if first else ""
    return preview(
        workshop.title,
        f"{date}{workshop.summary or workshop.subtitle}",
        "workshops.show",
        kind="event",
        slug=workshop.slug,
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
