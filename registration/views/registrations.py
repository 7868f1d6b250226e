"""Registering: the form of a workshop, and the page after it, which is the same for everybody (L-55)."""

from typing import Any

from flask import Blueprint, redirect, render_template, session, url_for
from sqlalchemy import select

from registration import clock
from registration.errors import RegistrationClosed, RegistrationError, TooManyRequests
from registration.extensions import csrf, db
from registration.forms.registration import RegistrationForm, form_for
from registration.models import Organisation, Workshop
from registration.services.registering import Details, register
from registration.views.availability import Chance, availability
from registration.views.eligibility_words import who_may_register
from registration.views.languages import reader_language
from registration.views.privacy import privacy_version
from registration.views.workshops import public_workshop
from registration.vocabulary import WorkshopState

blueprint = Blueprint("registrations", __name__)

MOST_SUGGESTIONS = 100
"""A longer register is not sent along with the form: pages stay small."""


@blueprint.route("/workshops/<slug>/register", methods=["GET", "POST"])
@csrf.exempt
def new(slug: str) -> Any:
    workshop = public_workshop(slug, WorkshopState.PUBLISHED)
    form = form_for(workshop)
    if not form.is_submitted():
        return _form_page(workshop, form)
    if form.is_from_robot:
        return _received(slug, "")
    if not form.validate():
        return _form_page(workshop, form), 422
    try:
        register(workshop.id, _details(form), now=clock.now())
    except RegistrationClosed:
        return _form_page(workshop, form), 422
    except RegistrationError as refusal:
        form.refuse(refusal)
        return _form_page(workshop, form), 429 if isinstance(refusal, TooManyRequests) else 422
    return _received(slug, form.email.data or "")


@blueprint.get("/workshops/<slug>/registered")
def received(slug: str) -> str:
    workshop = public_workshop(slug)
    address = session.get("received", {}).get(slug)
    return render_template("registrations/received.html", workshop=workshop, address=address)


def _received(slug: str, address: str) -> Any:
    session["received"] = {slug: address}
    return redirect(url_for("registrations.received", slug=slug), 303)


def _form_page(workshop: Workshop, form: RegistrationForm) -> str:
    now = clock.now()
    seats = availability(workshop, now=now)
    is_closed = seats.chance == Chance.CLOSED
    takes_late = is_closed and workshop.allows_late_requests and not workshop.is_over(now)
    can_send = seats.is_open or takes_late
    return render_template(
        "registrations/new.html",
        workshop=workshop,
        form=form,
        form_key=form.key,
        availability=seats,
        is_closed=is_closed,
        takes_late=takes_late,
        can_send=can_send,
        shows_fields=can_send or form.is_submitted(),
        who=who_may_register(workshop),
        organisations=_suggestions() if can_send else [],
        now=now,
    )


def _suggestions() -> list[str]:
    names = db.session.scalars(
        select(Organisation.name).order_by(Organisation.name).limit(MOST_SUGGESTIONS + 1)
    )
    found = list(names)
    return found if len(found) <= MOST_SUGGESTIONS else []


def _details(form: RegistrationForm) -> Details:
    return Details(
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        email=form.email.data or "",
        organisation=form.organisation.data or "",
        role=form.role.data or "",
        note=form.note.data or "",
        answers=form.answers,
        language=reader_language(),
        form_key=form.key,
        privacy_version=privacy_version(),
        is_late_request=bool(form.is_late_request.data),
    )
