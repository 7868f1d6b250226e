"""Changing one's own address: asked for on one's own page, confirmed by the mail to the new one (M-34)."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from registration import clock
from registration.errors import LinkExpired, NotPossible, RegistrationError
from registration.extensions import csrf
from registration.forms.new_address import NewAddressForm
from registration.models import Registration
from registration.services.changing_address import (
    confirm_new_address,
    drop_new_address,
    request_new_address,
)
from registration.views.link_guard import link_or_404
from registration.views.private_addresses import private_address
from registration.vocabulary import LinkPurpose

blueprint = Blueprint("new_addresses", __name__)


def can_change_address(registration: Registration) -> bool:
    """Whether there is a confirmed address to be replaced."""
    return registration.is_live and registration.address_confirmed_at is not None


@blueprint.route("/my-registration/<token>/address", methods=["GET", "POST"])
@csrf.exempt  # the form checks its token itself and is shown again with what was typed
def new(token: str) -> Any:
    registration = link_or_404(LinkPurpose.MANAGE, token).registration
    form = NewAddressForm()
    if not can_change_address(registration):
        return redirect(url_for("my_registration.show", token=token), 303)
    if not form.is_submitted():
        return _form_page(registration, token, form)
    if not form.validate():
        return _form_page(registration, token, form), 422
    try:
        request_new_address(registration.id, form.email.data or "", now=clock.now())
    except RegistrationError as refusal:
        form.refuse(refusal)
        return _form_page(registration, token, form), 422
    return redirect(url_for("my_registration.show", token=token, saved="address"), 303)


@blueprint.post("/my-registration/<token>/address/dropped")
def drop(token: str) -> Any:
    drop_new_address(link_or_404(LinkPurpose.MANAGE, token).registration.id, now=clock.now())
    return redirect(url_for("my_registration.show", token=token), 303)


@blueprint.route("/new-address/<token>", methods=["GET", "POST"])
def confirm(token: str) -> Any:
    now = clock.now()
    link = link_or_404(LinkPurpose.NEW_ADDRESS, token)
    registration = link.registration
    newest = registration.link(LinkPurpose.NEW_ADDRESS)
    if link.is_expired(now) or newest is None or newest.id != link.id:
        return _page("expired", registration), 410
    if not registration.pending_email:
        return _page("already", registration)
    if request.method != "POST":  # HEAD is a look as well
        return _page("confirm", registration)
    try:
        confirm_new_address(link.id, now=now)
    except LinkExpired:
        return _page("expired", registration), 410
    except NotPossible as refusal:
        return _page("refused", registration, refusal=refusal), 409
    address = private_address(registration, LinkPurpose.MANAGE, "my_registration.show")
    return redirect(address, 303) if address else _page("already", registration)


def _form_page(registration: Registration, token: str, form: NewAddressForm) -> str:
    return render_template(
        "my_registration/address.html",
        registration=registration,
        workshop=registration.workshop,
        token=token,
        form=form,
    )


def _page(name: str, registration: Registration, **values: Any) -> str:
    return render_template(
        f"new_addresses/{name}.html", registration=registration, workshop=registration.workshop, **values
    )
