"""Registering: the form of a workshop, and the page after it, which is the same for everybody (L-55)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from flask import Blueprint, Response, current_app, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import generate_csrf
from markupsafe import escape

from registration import clock
from registration.errors import RegistrationClosed, RegistrationError, TooManyRequests
from registration.extensions import csrf
from registration.forms.registration import SO_FAST, RegistrationForm, form_class, new_form_key
from registration.models import Workshop
from registration.rules.addresses import typo_hint
from registration.rules.pools import Choice
from registration.services.guarding import count_refused_attempt
from registration.services.registering import Details, register
from registration.steps.counting import full_options
from registration.steps.offers import Offer
from registration.views.availability import Availability, Chance, counted
from registration.views.eligibility_words import who_may_register
from registration.views.full_options import mark_full
from registration.views.languages import reader_language
from registration.views.notices import notice_shown_with, present_notice
from registration.views.outlook_words import OutlookWords
from registration.views.page_cache import kept_page
from registration.views.sent_forms import (
    outlook_of,
    remember,
    remembered_form_key,
    remembered_organisation,
    remembered_outlook,
)
from registration.views.workshops import public_offer
from registration.vocabulary import WorkshopState

blueprint = Blueprint("registrations", __name__)

TOO_MANY = _l(
    "Zu viele Versuche in kurzer Zeit. Ihre Angaben stehen noch im Formular. Versuchen Sie es in einer "
    "Stunde noch einmal, oder schreiben Sie an %(whom)s."
)


@blueprint.route("/workshops/<slug>/register", methods=["GET", "POST"])
@csrf.exempt
def new(slug: str) -> Any:
    now = clock.now()
    is_sent = request.method == "POST"
    offer = public_offer(slug, now, with_register=is_sent)
    if offer.workshop.state is WorkshopState.CANCELLED:  # perhaps while the form was open: its page says so
        return redirect(url_for("workshops.show", slug=slug), 303)
    if not is_sent:
        is_from_before = "further" in request.args or "corrected" in request.args
        organisation = remembered_organisation(slug) if is_from_before else ""
        return _begun_form(offer, organisation, now) if organisation else _fresh_form(offer, now)
    form = form_of(offer.workshop)
    if form.is_from_robot:
        return _received(slug, "")
    if not form.validate() or _came_too_fast(form, now):
        return form_page(offer, form, now), 422
    outlook = outlook_of(offer, form, now)  # before a seat is held: known people get none (L-55)
    try:
        register(offer.workshop.id, _details(slug, form, now), now=now, offer=offer)
    except RegistrationError as refusal:
        return _refused(slug, form, refusal, now)
    remember(slug, form.organisation.data or "", form.key, outlook)
    return _received(slug, form.email.data or "")


def _came_too_fast(form: RegistrationForm, now: datetime) -> bool:
    """Whether nobody can have typed it; then the form says so, and what came in is not lost (L-39)."""
    if not form.was_sent_within(current_app.config["FORM_MINIMUM_SECONDS"], now):
        return False
    form.form_errors.append(SO_FAST)
    return True


def _refused(slug: str, form: RegistrationForm, refusal: RegistrationError, now: datetime) -> Any:
    """The form with what was typed and why it was refused; whoever tries very often has to wait."""
    try:
        count_refused_attempt(_client(), now=now)
    except TooManyRequests as too_many:
        refusal = too_many
    as_it_is = public_offer(slug, now)  # it may have changed while the person was typing
    if isinstance(refusal, TooManyRequests):
        whom = as_it_is.workshop.contact_email or current_app.config["HELP_EMAIL"]
        form.form_errors.append(TOO_MANY % {"whom": whom})
        return form_page(as_it_is, form, now), 429
    if not isinstance(refusal, RegistrationClosed):  # this the page says by itself
        form.refuse(refusal)
    return form_page(as_it_is, form, now), 422


@blueprint.get("/workshops/<slug>/registered")
def received(slug: str) -> Response:
    now = clock.now()
    workshop = public_offer(slug, now).workshop
    address = session.get("received", {}).get(slug)
    page = render_template(
        "registrations/received.html",
        workshop=workshop,
        address=address,
        meant_address=typo_hint(address or ""),
        outlook=remembered_outlook(workshop),
        organisation=remembered_organisation(slug),
        is_open=workshop.takes_registrations(now),
    )
    return Response(page, headers={"Cache-Control": "private, no-store"})  # it names her address


def _received(slug: str, address: str) -> Any:
    session["received"] = {slug: address}
    return redirect(url_for("registrations.received", slug=slug), 303)


def _fresh_form(offer: Offer, now: datetime) -> str:
    """The empty form: what differs for every visitor is put into the page that is kept."""
    seats = counted(offer.workshop, offer.count, now=now)
    full = frozenset(full_options(offer.workshop, now=now))

    def render() -> str:
        can_send = seats.is_open or _takes_late(offer.workshop, seats, now)
        form = form_of(offer.workshop, has_token=can_send)
        form.form_key.data = _FORM_KEY
        if can_send:
            form.csrf_token.current_token = _CSRF_TOKEN  # type: ignore[attr-defined] # wtforms.csrf is untyped
        return form_page(offer, form, now, replace(seats, sentence=_SENTENCE), full=full)

    page = kept_page(offer.workshop, seats.chance, full, now=now, render=render)
    if _CSRF_TOKEN in page:  # a page without a form sets no cookie (L-20)
        page = page.replace(_CSRF_TOKEN, escape(generate_csrf())).replace(_FORM_KEY, new_form_key())
    return page.replace(_SENTENCE, escape(seats.sentence))


def _begun_form(offer: Offer, organisation: str, now: datetime) -> str:
    """A new form of its own, with the organisation of the one that was just sent.

    For a colleague (U-15), or in its place: a slip in the address costs nobody the seat that is held (M-24).
    """
    form = form_of(offer.workshop)
    form.organisation.data = organisation
    return form_page(offer, form, now)


# Nobody can guess these, so that no text of an organiser is taken for one of them.
_CSRF_TOKEN, _FORM_KEY, _SENTENCE = new_form_key(), new_form_key(), new_form_key()
_form_classes: WeakKeyDictionary[Workshop, type[RegistrationForm]] = WeakKeyDictionary()


def form_of(workshop: Workshop, *, has_token: bool = True) -> RegistrationForm:
    """The form of a kept workshop, whose questions stay as they are."""
    if workshop not in _form_classes:
        _form_classes[workshop] = form_class(workshop)
    return _form_classes[workshop](meta={"csrf": has_token})


def form_page(
    offer: Offer,
    form: RegistrationForm,
    now: datetime,
    seats: Availability | None = None,
    outlook: OutlookWords | None = None,
    full: Collection[Choice] | None = None,
) -> str:
    """The page with the form as it was typed; `outlook` when somebody has asked for it."""
    workshop = offer.workshop
    full = full_options(workshop, now=now) if full is None else full
    mark_full(form, full, can_wait=workshop.has_waiting_list)
    seats = seats or counted(workshop, offer.count, now=now)
    is_closed = seats.chance == Chance.CLOSED
    takes_late = _takes_late(workshop, seats, now)
    replaces = _replaced_form(workshop.slug)
    can_send = seats.is_open or takes_late or (replaces != "" and not is_closed)
    return render_template(
        "registrations/new.html",
        workshop=workshop,
        form=form,
        form_key=form.key,
        privacy_version=present_notice(now),
        availability=seats,
        is_closed=is_closed,
        takes_late=takes_late,
        can_send=can_send,
        shows_fields=can_send or form.is_submitted(),
        who=who_may_register(workshop),
        outlook=outlook,
        is_corrected=replaces != "",
        now=now,
    )


def _client() -> str:
    return request.remote_addr or "unknown"


def _takes_late(workshop: Workshop, seats: Availability, now: datetime) -> bool:
    """Whether a request after the deadline can be sent (T-04)."""
    return seats.chance == Chance.CLOSED and workshop.allows_late_requests and not workshop.is_over(now)


def _replaced_form(slug: str) -> str:
    """The key of the form that this one is to replace; empty for every other one."""
    return remembered_form_key(slug) if "corrected" in request.args else ""


def _details(slug: str, form: RegistrationForm, now: datetime) -> Details:
    return Details(
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        email=form.email.data or "",
        organisation=form.organisation.data or "",
        role=form.role.data or "",
        note=form.note.data or "",
        support_needs=form.support_needs.data or "",
        answers=form.answers,
        language=reader_language(),
        form_key=form.key,
        replaces=_replaced_form(slug),
        privacy_version=notice_shown_with(form.privacy_version.data or "", now),
        is_late_request=bool(form.is_late_request.data),
        consents=form.consents,
        client=_client(),
    )
