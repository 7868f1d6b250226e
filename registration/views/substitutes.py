"""Naming a substitute: the seat passes when she confirms her address (domain.md)."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, url_for
from sqlalchemy import select

from registration import clock
from registration.errors import RegistrationError
from registration.extensions import csrf, db
from registration.forms.substitute import SubstituteForm
from registration.models import JournalEntry, Registration
from registration.services.substituting import name_substitute
from registration.steps.recording import Details
from registration.views.languages import reader_language
from registration.views.link_guard import link_or_404
from registration.vocabulary import LinkPurpose

blueprint = Blueprint("substitutes", __name__, url_prefix="/my-registration/<token>/substitute")


def can_pass_on(registration: Registration) -> bool:
    """Whether there is a seat that somebody else could take."""
    workshop = registration.workshop
    return registration.has_seat and workshop.is_published and not workshop.is_over(clock.now())


def has_named_somebody(registration: Registration) -> bool:
    """Whether a colleague was named whose time to confirm has not ended.

    Nothing here depends on whether she was registered already (L-55): that is why no name is shown.
    """
    hours = timedelta(hours=current_app.config["CONFIRMATION_HOURS"])
    named = select(JournalEntry).where(
        JournalEntry.registration_id == registration.id,
        JournalEntry.action == "substitute_named",
        JournalEntry.at > clock.now() - hours,
    )
    return registration.has_seat and bool(db.session.scalar(select(named.exists())))


@blueprint.route("", methods=["GET", "POST"])
@csrf.exempt  # the form checks its token itself and is shown again with what was typed
def new(token: str) -> Any:
    registration = link_or_404(LinkPurpose.MANAGE, token).registration
    form = SubstituteForm()
    if not can_pass_on(registration):
        return redirect(url_for("my_registration.show", token=token), 303)
    if not form.is_submitted():
        return _page(registration, token, form)
    if not form.validate():
        return _page(registration, token, form), 422
    try:
        name_substitute(registration.id, _details(registration, form), now=clock.now())
    except RegistrationError as refusal:
        form.refuse(refusal)
        return _page(registration, token, form), 422
    return redirect(url_for("my_registration.show", token=token), 303)


def _details(registration: Registration, form: SubstituteForm) -> Details:
    return Details(
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        email=form.email.data or "",
        organisation=registration.organisation_name,
        role=form.role.data or "",
        language=reader_language(),
    )


def _page(registration: Registration, token: str, form: SubstituteForm) -> str:
    return render_template(
        "my_registration/substitute.html",
        registration=registration,
        workshop=registration.workshop,
        token=token,
        form=form,
    )
