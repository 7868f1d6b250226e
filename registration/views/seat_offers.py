"""Answering an offer from the waiting list: the seat is taken, or let go to the next (domain.md)."""

from typing import Any

from flask import Blueprint

from registration.extensions import csrf
from registration.forms.withdrawal import OfferForm
from registration.services.offering import accept_offer, let_go
from registration.views.link_guard import link_or_404
from registration.views.my_registration import decide
from registration.vocabulary import LinkPurpose

blueprint = Blueprint("seat_offers", __name__, url_prefix="/my-registration/<token>/offer")


@blueprint.post("")
@csrf.exempt  # the form checks its token itself, and the page is shown again
def answer(token: str) -> Any:
    registration = link_or_404(LinkPurpose.MANAGE, token).registration
    form = OfferForm()
    return decide(token, registration, form, let_go if form.decision.data == "let_go" else accept_offer)
