"""Confirming an address: the mailed link shows a page, only its button confirms (M-30…M-32)."""

from typing import Any

from flask import Blueprint, redirect, render_template, request

from registration import clock
from registration.errors import LinkExpired, NotPossible
from registration.models import Registration
from registration.services.confirming import confirm_address
from registration.views.link_guard import link_or_404
from registration.views.private_addresses import private_address
from registration.vocabulary import LinkPurpose, RegistrationState

blueprint = Blueprint("confirmations", __name__)


@blueprint.route("/confirm/<token>", methods=["GET", "POST"])
def show(token: str) -> Any:
    now = clock.now()
    # whoever confirms is led away: no page shows the workshop
    link = link_or_404(LinkPurpose.CONFIRM, token, with_workshop=request.method != "POST")
    registration = link.registration
    if registration.address_confirmed_at is not None:
        # an old mail that turns up later must not open the own page (L-54)
        address = None if link.is_expired(now) else _own_address(registration)
        return _page("confirmations/already.html", registration, own_address=address)
    has_lapsed = registration.state == RegistrationState.LAPSED and not registration.has_lapsed_too_early(now)
    if link.is_expired(now) or has_lapsed:
        return _page("confirmations/expired.html", registration), 410
    if request.method != "POST":  # HEAD is a look as well
        return _page("confirmations/show.html", registration, token=token)
    address = _own_address(registration)
    try:
        confirm_address(registration.id, now=now, link_id=link.id)
    except LinkExpired:
        return _page("confirmations/expired.html", registration), 410
    except NotPossible as refusal:
        return _page("confirmations/refused.html", registration, refusal=refusal), 409
    return redirect(address, 303) if address else _page("confirmations/already.html", registration)


@blueprint.get("/not-confirmed")
def not_me() -> str:
    """Where the other button leads: nothing happens, whoever presses it, and whatever for."""
    return render_template("confirmations/not_me.html", about=request.args.get("about", ""))


def _page(template: str, registration: Registration, **values: Any) -> str:
    return render_template(template, registration=registration, workshop=registration.workshop, **values)


def _own_address(registration: Registration) -> str | None:
    return private_address(registration, LinkPurpose.MANAGE, "my_registration.show")
