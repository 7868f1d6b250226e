"""What a registration would lead to, before it is sent: for a script, or as the whole form again.

It writes no registration, holds no seat and sends no mail; only the attempts of a client are counted (L-56).
"""

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for

from registration import clock
from registration.errors import TooManyRequests
from registration.extensions import csrf
from registration.rules.addresses import provider_meant
from registration.services.foreseeing import foresee
from registration.services.guarding import count_outlook
from registration.steps.offers import Offer
from registration.views.outlook_words import outlook_words
from registration.views.registrations import form_of, form_page
from registration.views.sent_forms import outlook_of
from registration.views.workshops import public_offer
from registration.vocabulary import WorkshopState

blueprint = Blueprint("outlook", __name__)

LONGEST_DOMAIN = 255


@blueprint.route("/workshops/<slug>/outlook", methods=["GET", "POST"])
@csrf.exempt
def show(slug: str) -> Any:
    """The form as it was typed, with the outlook; "part" asks for the outlook alone."""
    if request.method != "POST":
        return redirect(url_for("registrations.new", slug=slug))
    now = clock.now()
    offer = public_offer(slug, now, WorkshopState.PUBLISHED, with_register=True)
    form = form_of(offer.workshop)
    is_part = "part" in request.args
    if is_part and not form.csrf_token.validate(form):
        abort(400)
    try:
        count_outlook(request.remote_addr or "unknown", now=now)
    except TooManyRequests as refusal:
        if is_part:
            abort(429)
        form.refuse(refusal)
        return form_page(offer, form, now), 429
    if is_part:
        return _part(offer, form.answers, now)
    words = outlook_words(outlook_of(offer, form, now), offer.workshop)
    return form_page(offer, form, now, outlook=words)


def _part(offer: Offer, answers: dict[int, str], now: datetime) -> str:
    """Of the few fields that a script sends: neither a name nor an address; with a hint to a slip (M-24)."""
    domain = request.form.get("email_domain", "")[:LONGEST_DOMAIN]
    organisation = request.form.get("organisation", "")
    outlook = foresee(offer, organisation=organisation, email_domain=domain, answers=answers, now=now)
    words = outlook_words(outlook, offer.workshop)
    return render_template(
        "registrations/outlook.html",
        outlook=words,
        domain=domain,
        meant_domain=provider_meant(domain.lower()),
    )
