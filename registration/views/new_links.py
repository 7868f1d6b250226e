"""Asking for the private link again; the answer is the same for every address (M-36, L-55)."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from registration import clock
from registration.extensions import csrf
from registration.forms.new_link import NewLinkForm
from registration.forms.registration import SEND_AGAIN
from registration.services.requesting_links import send_new_link
from registration.views.languages import reader_language

blueprint = Blueprint("new_links", __name__)


@blueprint.route("/new-link", methods=["GET", "POST"])
@csrf.exempt
def new() -> Any:
    if "sent" in request.args:
        return render_template("new_links/sent.html")
    form = NewLinkForm()
    if form.validate_on_submit():
        send_new_link(form.email.data or "", language=reader_language(), now=clock.now())
        return redirect(url_for("new_links.new", sent="yes"), 303)
    outdated = [SEND_AGAIN] if form.csrf_token.errors else []
    page = render_template("new_links/new.html", form=form, others=outdated)
    return (page, 422) if form.is_submitted() else page
